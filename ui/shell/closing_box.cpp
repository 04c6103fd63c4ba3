#include "ui/shell/closing_box.h"

#include <QCheckBox>
#include <QPushButton>

namespace fedllm::ui {

ClosingBox::ClosingBox(bool running, const LabPresence& lab, bool keepRunning, QWidget* parent)
    : QMessageBox(parent), running_(running), lab_(lab) {
  setObjectName(QStringLiteral("dialog.running"));
  setAttribute(Qt::WA_DeleteOnClose);
  setIcon(QMessageBox::Question);
  setTextFormat(Qt::PlainText);                // names of rooms are a peer's words
  say();
  auto* background = addButton(lab_.any() ? tr("Keep going in the background") : tr("Keep training in the background"), AcceptRole);
  QPushButton* pause = nullptr;
  if (running_) {
    pause = addButton(tr("Pause and quit"), ActionRole);
    pause->setToolTip(lab_.hosted.isEmpty() ? tr("It can be resumed later, after its last saved round")
                                            : tr("The run waits and can be resumed later; the room stays open"));
  }
  auto* end = addButton(endWord(), DestructiveRole);
  end->setToolTip(lab_.any() ? ending() : tr("Rounds that are done stay, and the run can be resumed later"));
  addButton(Cancel);
  setDefaultButton(background);
  auto* keep = new QCheckBox(lab_.any() ? tr("Keep going after log-out, too") : tr("Keep running after log-out, too"));
  keep->setChecked(keepRunning);
  setCheckBox(keep);
  connect(this, &QMessageBox::buttonClicked, this, [this, background, pause, end](QAbstractButton* chosen) {
    if (chosen == background) emit answered(Answer::Background);
    else if (pause && chosen == pause) emit answered(Answer::Pause);
    else if (chosen == end) emit answered(Answer::End);
  });
}

bool ClosingBox::keepAfterLogOut() const { return checkBox()->isChecked(); }

void ClosingBox::say() {
  const bool room = !lab_.hosted.isEmpty();
  setWindowTitle(running_ ? tr("A run is going on") : room ? tr("A room is open") : tr("This machine is in a room"));
  if (!lab_.any()) {
    setText(tr("A run is going on. What should become of it when this window closes?"));
    return setInformativeText(tr("In the background it goes on as it is; opening the window again shows all of it."));
  }
  QStringList what;
  if (running_) what << tr("A run is going on.");
  what << lab_.goingOnSentence() << tr("What should become of this when the window closes?");
  setText(what.join(u'\n'));
  setInformativeText(background() + QStringLiteral("\n\n") + ending());
}

QString ClosingBox::background() const {
  QStringList text;
  if (!lab_.hosted.isEmpty())
    text << tr("In the background the room stays open: members stay, train and come back, and whoever has the ticket may join.");
  if (!lab_.joined.isEmpty())
    text << tr("In the background this machine stays a member: it goes on with what you agreed to and waits for the host.");
  if (running_ && lab_.hosted.isEmpty()) text << tr("The run goes on as it is.");
  if (lab_.asking > 0) text << tr("%n machine(s) that ask(s) to be let in wait(s) until the window is open again.", nullptr, lab_.asking);
  if (!lab_.consents.isEmpty()) text << tr("Nothing is trained for %1 before you agree.").arg(lab_.consents.join(tr(", ")));
  return text.join(u' ');
}

QString ClosingBox::ending() const {
  QStringList text;
  if (running_) text << tr("Ending stops the run; its saved rounds stay.");
  if (!lab_.hosted.isEmpty()) text << tr("Closing the room tells its members; opened again under the same name it knows them.");
  if (!lab_.joined.isEmpty()) text << tr("Leaving ends this machine's part; the room goes on, and you may come back without a ticket.");
  return text.join(u' ');
}

QString ClosingBox::endWord() const {
  if (!lab_.any()) return tr("Stop and quit");
  if (running_ || (!lab_.hosted.isEmpty() && !lab_.joined.isEmpty())) return tr("End everything and quit");
  if (lab_.hosted.isEmpty()) return tr("Leave and quit");
  return lab_.hosted.size() > 1 ? tr("Close the rooms and quit") : tr("Close the room and quit");
}

}  // namespace fedllm::ui
