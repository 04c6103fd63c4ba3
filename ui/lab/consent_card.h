// ConsentCard: what a member agrees to before anything runs: who asks, which base model, what is trained, what leaves the
// machine each round, what it costs. Label counts only if ticked. Not now is the default button. Objects: card.lab.consent,
// btn.lab.consent, btn.lab.decline, check.lab.tellLabels.
#pragma once

#include "ui/lab/card.h"
#include "wire/lab.pb.h"

class QCheckBox;
class QGridLayout;

namespace fedllm::ui {

class Theme;

class ConsentCard : public Card {
  Q_OBJECT
 public:
  explicit ConsentCard(Theme* theme, QWidget* parent = nullptr);
  void setMembership(const wire::Membership& membership, bool live);

 signals:
  void decided(bool consent, bool tellLabels);

 protected:
  void keyPressEvent(QKeyEvent* event) override;

 private:
  QLabel* row(QGridLayout* form, const QString& title, const char* name);

  Theme* theme_;
  QLabel *who_, *base_, *trained_, *leaves_, *stays_, *cost_;
  QCheckBox* labels_;
  QPushButton *agree_, *notNow_;
};

}  // namespace fedllm::ui
