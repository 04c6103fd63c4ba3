#include "ui/lab/lab_presence.h"

#include <QCoreApplication>

#include "ui/lab/lab_text.h"

namespace fedllm::ui {
namespace {
struct Words { Q_DECLARE_TR_FUNCTIONS(LabPresence) };

QString listed(const QStringList& names) { return names.join(Words::tr(", ")); }
}  // namespace

LabPresence presenceIn(const wire::LabState& state) {
  LabPresence presence;
  for (const auto& room : state.rooms()) {
    presence.hosted << lab_text::from(room.name());
    for (const auto& member : room.members()) {
      presence.asking += lab_text::isAsking(member);
      presence.members += lab_text::isHere(member);
    }
  }
  for (const auto& membership : state.memberships()) {
    const std::string& word = membership.state();
    if (lab_text::isEnd(word) && word != "done") continue;      // a room whose run is done may start another
    const QString room = lab_text::from(membership.room_name());
    presence.joined << (room.isEmpty() ? lab_text::from(membership.address()) : room);
    if (word == "consenting") presence.consents << presence.joined.last();
  }
  return presence;
}

QString LabPresence::waitingSentence() const {
  QStringList parts;
  if (asking > 0) parts << Words::tr("%n machine(s) ask(s) to be let in", nullptr, asking);
  if (!consents.isEmpty()) parts << Words::tr("%1 waits for your consent").arg(listed(consents));
  return parts.join(Words::tr("; "));
}

QString LabPresence::goingOnSentence() const {
  QStringList parts;
  if (hosted.size() == 1)
    parts << Words::tr("The room %1 is open here, with %n member(s).", nullptr, members).arg(hosted[0]);
  else if (!hosted.isEmpty())
    parts << Words::tr("The rooms %1 are open here, with %n member(s).", nullptr, members).arg(listed(hosted));
  if (!joined.isEmpty()) parts << Words::tr("This machine is a member of %1.").arg(listed(joined));
  return parts.join(u'\n');
}

}  // namespace fedllm::ui
