#include "ui/scenario/method_popup.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPainter>
#include <QPushButton>
#include <QScreen>
#include <QScrollArea>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include "ui/scenario/consequence_card.h"
#include "ui/scenario/method_exclusions.h"
#include "ui/scenario/method_words.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr int kAggregator = Qt::UserRole, kSummary = Qt::UserRole + 1, kHeading = Qt::UserRole + 2;
constexpr int kPad = 6;

// A heading, or a title above its line of consequences.
class MethodDelegate : public QStyledItemDelegate {
 public:
  MethodDelegate(const Theme* theme, QObject* parent) : QStyledItemDelegate(parent), theme_(theme) {}

  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    const int line = option.fontMetrics.height();
    return {100, index.data(kHeading).toBool() ? line + 10 : 2 * line + 6};
  }

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    QStyleOptionViewItem item = option;
    initStyleOption(&item, index);
    item.text.clear();
    item.widget->style()->drawControl(QStyle::CE_ItemViewItem, &item, painter, item.widget);
    const bool heading = index.data(kHeading).toBool(), enabled = option.state & QStyle::State_Enabled;
    const bool selected = (option.state & QStyle::State_Selected) && enabled;
    const QColor text = selected ? option.palette.color(QPalette::HighlightedText) : enabled ? theme_->text() : theme_->mutedText();
    const QRect inside = option.rect.adjusted(heading ? kPad : 3 * kPad, 3, -kPad, -3);
    painter->save();
    QFont font = option.font;
    font.setBold(heading);
    painter->setFont(font);
    painter->setPen(heading ? theme_->accent() : text);
    const auto line = [&](const QRect& where, const QString& words, Qt::Alignment align) {
      painter->drawText(where, int(align), painter->fontMetrics().elidedText(words, Qt::ElideRight, where.width()));
    };
    line(inside, index.data(Qt::DisplayRole).toString(), heading ? Qt::AlignBottom | Qt::AlignLeft : Qt::AlignTop | Qt::AlignLeft);
    if (!heading) {
      painter->setPen(selected ? text : theme_->mutedText());
      line(inside, index.data(kSummary).toString(), Qt::AlignBottom | Qt::AlignLeft);
    }
    painter->restore();
  }

 private:
  const Theme* theme_;
};

// Enter chooses, wherever the list's own handling of it would go.
class MethodList : public QListWidget {
 public:
  std::function<void()> entered;

 protected:
  void keyPressEvent(QKeyEvent* event) override {
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Space) return entered();
    QListWidget::keyPressEvent(event);
  }
};

QString asText(std::string_view text) { return QString::fromUtf8(text.data(), qsizetype(text.size())); }

}  // namespace

MethodPopup::MethodPopup(const Theme* theme, std::span<const spec::MethodFacts> methods, QWidget* parent)
    : QFrame(parent, Qt::Popup), theme_(theme), methods_(methods), title_(new QLabel), card_(new ConsequenceCard(QStringLiteral("preview"))), use_(new QPushButton(tr("&Use this method"))) {
  setObjectName(QStringLiteral("popup.methods"));
  setAccessibleName(tr("Methods"));
  setFrameShape(StyledPanel);
  auto* list = new MethodList;
  list_ = list;
  list->entered = [this] { choose(); };
  list_->setObjectName(QStringLiteral("methods.list"));
  list_->setAccessibleName(tr("Methods by family"));
  list_->setWhatsThis(tr("How the coordinator combines what clients send. Arrow keys move, Enter chooses, Escape leaves it as it was."));
  list_->setItemDelegate(new MethodDelegate(theme, list_));
  list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  list_->setUniformItemSizes(false);
  list_->setMinimumWidth(360);
  QFont bold = title_->font();
  bold.setBold(true);
  title_->setFont(bold);
  title_->setObjectName(QStringLiteral("preview.title"));
  title_->setWordWrap(true);
  use_->setObjectName(QStringLiteral("btn.useMethod"));
  use_->setDefault(true);
  auto* right = new QVBoxLayout;
  right->addWidget(title_);
  right->addWidget(card_);
  right->addStretch(1);
  right->addWidget(use_, 0, Qt::AlignRight);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(8, 8, 8, 8);
  row->addWidget(list_, 5);
  row->addLayout(right, 4);
  connect(list_, &QListWidget::currentRowChanged, this, &MethodPopup::showCurrent);
  connect(list_, &QListWidget::itemDoubleClicked, this, &MethodPopup::choose);
  connect(use_, &QPushButton::clicked, this, &MethodPopup::choose);
}

void MethodPopup::addHeading(const QString& text) {
  auto* item = new QListWidgetItem(text, list_);
  item->setFlags(Qt::NoItemFlags);
  item->setData(kHeading, true);
}

QString MethodPopup::summary(const spec::MethodFacts& method, const QString& aggregator) const {
  QStringList parts{exactnessWord(method)};
  if (method.shows_adapters) parts << tr("shows adapters");
  if (method.personal) parts << tr("B stays");
  if (method.own_adapter) parts << tr("twice the work");
  const auto found = bytes_.find(aggregator.toStdString());
  if (found != bytes_.end())
    if (const QString bytes = shortBytesText(found->second); !bytes.isEmpty()) parts << bytes;
  return parts.join(QStringLiteral(" · "));
}

void MethodPopup::addMethod(const spec::MethodFacts& method, const QString& aggregator) {
  const QString line = summary(method, aggregator);
  const bool script = method.name == "exec";
  auto* item = new QListWidgetItem(script ? tr("A program of mine…") : methodTitle(method), list_);
  item->setData(kAggregator, aggregator);
  item->setData(kSummary, line);
  item->setData(Qt::AccessibleDescriptionRole, line);
  item->setToolTip(!method.source.empty() ? QStringLiteral("arXiv:") + asText(method.source) : line);
}

void MethodPopup::fill() {
  const std::string aggregator = scenario_.strategy.aggregator;
  const spec::MethodFacts* present = spec::find_method(aggregator);
  const QString name = !present ? QString() : spec::is_script(aggregator) ? QString::fromStdString(aggregator) : asText(present->name);
  list_->clear();
  std::optional<spec::MethodFamily> family;
  for (const spec::MethodFacts& method : methods_) {
    if (family != method.family) addHeading(familyTitle(method.family));
    family = method.family;
    addMethod(method, asText(method.name));
  }
  addHeading(tr("Your own"));
  const QString script = asText(spec::kScriptPrefix);
  addMethod(*spec::find_method(spec::kScriptPrefix), spec::is_script(aggregator) ? name : script);
  for (int i = 0; i < list_->count(); ++i)
    if (list_->item(i)->data(kAggregator) == name && list_->item(i)->flags() & Qt::ItemIsEnabled) list_->setCurrentRow(i);
  if (list_->currentRow() < 0) list_->setCurrentRow(1);
}

void MethodPopup::showCurrent() {
  const QListWidgetItem* item = list_->currentItem();
  const bool may = item && item->flags() & Qt::ItemIsEnabled;
  use_->setEnabled(may);
  if (!may) return;
  title_->setText(item->text());
  card_->show(withMethod(scenario_, item->data(kAggregator).toString().toStdString()), bytes_);
}

void MethodPopup::setBytes(const spec::Scenario& scenario, const MethodBytes& bytes) {
  scenario_ = scenario;
  bytes_ = bytes;
  if (!isVisible()) return;
  for (int i = 0; i < list_->count(); ++i) {
    QListWidgetItem* item = list_->item(i);
    const spec::MethodFacts* method = spec::find_method(item->data(kAggregator).toString().toStdString());
    if (method && item->flags() & Qt::ItemIsEnabled) item->setData(kSummary, summary(*method, item->data(kAggregator).toString()));
  }
  showCurrent();
}

void MethodPopup::open(const spec::Scenario& scenario, const MethodBytes& bytes, QWidget* below) {
  scenario_ = scenario;
  bytes_ = bytes;
  fill();
  const QRect screen = below->screen()->availableGeometry();
  resize(std::min(780, screen.width() - 20), std::min(560, screen.height() - 20));
  QPoint at = below->mapToGlobal(QPoint(below->width() - width(), below->height()));
  at.setX(std::clamp(at.x(), screen.left(), std::max(screen.left(), screen.right() - width())));
  at.setY(std::clamp(at.y(), screen.top(), std::max(screen.top(), screen.bottom() - height())));
  move(at);
  QWidget::show();
  list_->setFocus(Qt::PopupFocusReason);
  list_->scrollToItem(list_->currentItem(), QAbstractItemView::PositionAtCenter);
}

void MethodPopup::choose() {
  const QListWidgetItem* item = list_->currentItem();
  if (!item || !(item->flags() & Qt::ItemIsEnabled) || item->data(kHeading).toBool()) return;
  const QString aggregator = item->data(kAggregator).toString();
  close();
  emit chosen(aggregator);
}

}  // namespace fedllm::ui
