#include "ui/lab/member_model.h"

#include <QFont>
#include <QLocale>
#include <algorithm>
#include <cmath>
#include <tuple>

#include "ui/lab/lab_text.h"
#include "ui/run/run_text.h"
#include "ui/shell/icons.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr qint64 kNowMs = 5000;              // younger news counts as now
constexpr int kIcon = 16;

std::tuple<int, int> place(const wire::RoomMemberInfo& member) {
  const bool out = member.state() == "left" || member.state() == "revoked" || member.state() == "refused";
  return {lab_text::isAsking(member) ? 0 : out ? 2 : 1, member.slot() < 0 ? 1 << 30 : member.slot()};
}

std::vector<wire::RoomMemberInfo> sorted(const wire::HostedRoom& room) {
  std::vector<wire::RoomMemberInfo> members(room.members().begin(), room.members().end());
  std::stable_sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return place(a) < place(b); });
  return members;
}

bool sameMembers(const std::vector<wire::RoomMemberInfo>& a, const std::vector<wire::RoomMemberInfo>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) { return x.member() == y.member(); });
}

bool left(int column) { return column <= RoomMemberModel::State; }

}  // namespace

RoomMemberModel::RoomMemberModel(Theme* theme, QObject* parent) : QAbstractTableModel(parent), theme_(theme) {
  connect(theme, &Theme::changed, this, [this] {
    icons_.clear();
    if (!members_.empty()) emit dataChanged(index(0, 0), index(int(members_.size()) - 1, Count - 1));
  });
}

void RoomMemberModel::setRoom(const wire::HostedRoom& room, qint64 nowMs) {
  nowMs_ = nowMs;
  std::vector<wire::RoomMemberInfo> now = sorted(room);
  if (sameMembers(members_, now)) return tellDifferences(std::move(now));
  beginResetModel();
  members_ = std::move(now);
  endResetModel();
}

void RoomMemberModel::tellDifferences(std::vector<wire::RoomMemberInfo> now) {
  std::vector<bool> differs(now.size());
  for (size_t i = 0; i < now.size(); ++i) differs[i] = now[i].SerializeAsString() != members_[i].SerializeAsString();
  members_ = std::move(now);
  for (size_t i = 0; i < differs.size(); ++i) {
    if (!differs[i]) continue;
    const size_t first = i;
    while (i + 1 < differs.size() && differs[i + 1]) ++i;
    emit dataChanged(index(int(first), 0), index(int(i), Count - 1));
  }
}

void RoomMemberModel::setNow(qint64 nowMs) {
  nowMs_ = nowMs;
  if (!members_.empty()) emit dataChanged(index(0, State), index(int(members_.size()) - 1, State), {Qt::DisplayRole});
}

const wire::RoomMemberInfo* RoomMemberModel::at(int row) const {
  return row >= 0 && row < int(members_.size()) ? &members_[size_t(row)] : nullptr;
}

int RoomMemberModel::rowOf(const std::string& member) const {
  for (size_t i = 0; i < members_.size(); ++i)
    if (members_[i].member() == member) return int(i);
  return -1;
}

int RoomMemberModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int(members_.size()); }
int RoomMemberModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int(Count); }

QString RoomMemberModel::text(const wire::RoomMemberInfo& member, int column) const {
  const QLocale locale;
  switch (column) {
    case Name: return lab_text::from(member.name());
    case Check: return lab_text::code(member.check_code());
    case State: {
      const QString word = lab_text::memberState(member.state());
      if (member.seen_ms() <= 0 || nowMs_ - member.seen_ms() < kNowMs) return word;
      return tr("%1 · %2").arg(word, lab_text::age(nowMs_, member.seen_ms()));
    }
    case Slot: return member.slot() < 0 ? QStringLiteral("–") : locale.toString(member.slot());
    case Records: return member.examples() > 0 ? locale.toString(qlonglong(member.examples())) : QStringLiteral("–");
    case Sent: return run_text::bytes(double(member.sent_bytes()));
    case Received: return run_text::bytes(double(member.received_bytes()));
    case RoundTrip: return lab_text::roundTrip(member.round_trip_s());
    case Uplink: return lab_text::speed(member.uplink_mbit_s());
    case Downlink: return lab_text::speed(member.downlink_mbit_s());
    case Cores: return member.cores() > 0 ? locale.toString(member.cores()) : QStringLiteral("–");
    case Memory: return member.memory_bytes() > 0 ? run_text::bytes(double(member.memory_bytes())) : QStringLiteral("–");
    case Clock: return member.seen_ms() > 0 ? lab_text::clockOffset(member.clock_offset_ms()) : QStringLiteral("–");
    case Version: return lab_text::from(member.program_version());
    default: return {};
  }
}

QString RoomMemberModel::tip(const wire::RoomMemberInfo& member, int column) const {
  if (column == State) return tr("Last heard of %1").arg(lab_text::age(nowMs_, member.seen_ms()));
  if (column == Records && member.test_examples() > 0)
    return tr("%1 to train on, %2 held out").arg(QLocale().toString(qlonglong(member.examples())), QLocale().toString(qlonglong(member.test_examples())));
  if (column == Name) return tr("%1 at %2").arg(lab_text::from(member.name()), lab_text::from(member.address()));
  return {};
}

QIcon RoomMemberModel::icon(const std::string& state) const {
  const QString name = lab_text::stateIcon(state);
  const QColor color = lab_text::stateColor(state, *theme_);
  QIcon& icon = icons_[name + color.name()];
  if (icon.isNull()) {
    icon.addPixmap(iconPixmap(name, kIcon, color, 2));
    icon.addPixmap(iconPixmap(name, kIcon, theme_->readableOn(theme_->accent()), 2), QIcon::Selected);
  }
  return icon;
}

QVariant RoomMemberModel::data(const QModelIndex& index, int role) const {
  const wire::RoomMemberInfo* member = index.isValid() ? at(index.row()) : nullptr;
  if (!member) return {};
  const int column = index.column();
  switch (role) {
    case Qt::DisplayRole: return text(*member, column);
    case Qt::ToolTipRole: return tip(*member, column);
    case Qt::UserRole: return QString::fromStdString(member->member());
    case Qt::TextAlignmentRole: return int((left(column) ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    case Qt::DecorationRole: return column == State ? QVariant(icon(member->state())) : QVariant();
    case Qt::ForegroundRole:
      if (column == State) return lab_text::stateColor(member->state(), *theme_);
      if (column == Clock && std::abs(member->clock_offset_ms()) > 60'000) return theme_->warning();
      return lab_text::isHere(*member) || lab_text::isAsking(*member) ? QVariant() : QVariant(theme_->mutedText());
    case Qt::FontRole:
      if (!lab_text::isAsking(*member) || column > Check) return {};
      {
        QFont bold;
        bold.setBold(true);
        return bold;
      }
    default: return {};
  }
}

Qt::ItemFlags RoomMemberModel::flags(const QModelIndex& index) const {
  const wire::RoomMemberInfo* member = index.isValid() ? at(index.row()) : nullptr;
  const Qt::ItemFlags flags = QAbstractTableModel::flags(index);
  return member && lab_text::canHaveSlot(*member) ? flags | Qt::ItemIsDragEnabled : flags;
}

QVariant RoomMemberModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation == Qt::Vertical || section < 0 || section >= Count) return {};
  if (role == Qt::TextAlignmentRole) return int((left(section) ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
  const QString titles[] = {tr("Member"), tr("Check code"), tr("State"), tr("Slot"), tr("Records"), tr("Sent"), tr("Received"),
                            tr("Round trip"), tr("Mbit/s up"), tr("Mbit/s down"), tr("Cores"), tr("Memory"), tr("Clock"), tr("Version")};
  const QString tips[] = {tr("The name that the member gave itself"),
                          tr("The same eight characters stand on the member's screen"),
                          tr("What the member does, and when it was last heard of if that is a while ago"),
                          tr("Which client of the scenario the member is. Another one is given by dragging the row, or by the button Slot."),
                          tr("Records that the member trains on"),
                          tr("Payload bytes of updates that came from the member"),
                          tr("Payload bytes of versions, scenario and base model that the member was sent"),
                          tr("Time for a short message there and back"),
                          tr("Measured from the member to here, in megabits per second"),
                          tr("Measured from here to the member, in megabits per second"),
                          tr("Processor cores of the member's machine"),
                          tr("Memory of the member's machine"),
                          tr("The member's clock against this one"),
                          tr("Version of the member's program")};
  if (role == Qt::DisplayRole) return titles[section];
  return role == Qt::ToolTipRole || role == Qt::WhatsThisRole ? QVariant(tips[section]) : QVariant();
}

QString RoomMemberModel::sentence(int row) const {
  const wire::RoomMemberInfo* m = at(row);
  if (!m) return {};
  QStringList parts{tr("%1, last heard of %2").arg(lab_text::memberState(m->state()), lab_text::age(nowMs_, m->seen_ms()))};
  if (m->slot() >= 0) parts << tr("slot %1").arg(m->slot());
  if (m->examples() > 0) parts << tip(*m, Records);
  if (m->cores() > 0) parts << tr("%n core(s), %1", nullptr, m->cores()).arg(text(*m, Memory));
  if (m->round_trip_s() > 0) parts << tr("round trip %1").arg(text(*m, RoundTrip));
  if (m->uplink_mbit_s() > 0) parts << tr("%1 Mbit/s up, %2 down").arg(text(*m, Uplink), text(*m, Downlink));
  parts << tr("sent %1, received %2").arg(text(*m, Sent), text(*m, Received));
  if (m->seen_ms() > 0) parts << tr("clock %1").arg(text(*m, Clock));
  if (!m->program_version().empty()) parts << tr("version %1").arg(text(*m, Version));
  if (!m->address().empty()) parts << lab_text::from(m->address());
  if (m->gentle()) parts << tr("gentle");
  return parts.join(QStringLiteral(" · "));
}

}  // namespace fedllm::ui
