// MemberView: this machine's part in somebody else's room, from asking to the result: a stepper and the present step below it.
// Objects: member, stepper.lab, label.lab.checkCode, progress.lab.fetch, btn.lab.leave, btn.lab.forget.
#pragma once

#include <QTimer>
#include <QWidget>

#include "wire/lab.pb.h"

class QLabel;
class QProgressBar;
class QPushButton;
class QStackedWidget;
class QVBoxLayout;

namespace fedllm::ui {

class Card;
class ConsentCard;
class DataPanel;
class LabLink;
class Refresher;
class ScoreCard;
class Stepper;
class TakingPart;
class Theme;

class MemberView : public QWidget {
  Q_OBJECT
 public:
  enum Step { Ask, Fetch, Data, Agree, Train, Outcome };
  MemberView(std::string membership, LabLink* lab, Theme* theme, QWidget* parent = nullptr);
  const std::string& membership() const { return membership_; }
  static Step stepOf(const wire::Membership& membership);
  void addFiles(const QStringList& files);     // dropped on the page

 signals:
  void runWanted(const QString& run);
  void doctorWanted(const wire::DoctorRequest& about);

 private:
  QWidget* buildAsk();
  QWidget* buildFetch();
  QWidget* buildAgree();
  QWidget* buildEnd();
  QWidget* scrolled(QWidget* content);
  void buildHead(QVBoxLayout* column);
  void refresh();
  void showStep(const wire::Membership& membership);
  void showAsking(const wire::Membership& membership);
  void showFetching(const wire::Membership& membership);
  void showEnd(const wire::Membership& membership);
  void send(wire::MembershipCommand command, std::function<void(bool)> done = {});
  void send(wire::MembershipCommand::Kind kind);
  void leave();
  void joinAgain();

  const std::string membership_;
  LabLink* lab_;
  Theme* theme_;
  Refresher* refresher_;
  Stepper* stepper_;
  QStackedWidget* stack_;
  QLabel *room_, *host_, *problem_, *askSentence_, *code_, *codeHint_, *fetchSentence_, *fetchBytes_, *endIcon_, *endSentence_;
  QProgressBar* fetch_;
  DataPanel* data_;
  ConsentCard* consent_;
  TakingPart* part_;
  ScoreCard *scores_, *endScores_;
  QPushButton *leave_, *forget_, *changeData_, *again_;
  QWidget *askPage_, *fetchPage_, *dataPage_, *agreePage_, *partPage_, *endPage_;
  QTimer second_;
  Step last_ = Ask;                            // before the way ended
  bool editingData_ = false, consented_ = false;
};

}  // namespace fedllm::ui
