// Stepper: where a member stands on its way: the steps in a row, those done ticked, the present one filled. Its accessible
// description says the same in words. Objects: stepper.lab.
#pragma once

#include <QStringList>
#include <QWidget>

namespace fedllm::ui {

class Theme;

class Stepper : public QWidget {
  Q_OBJECT
 public:
  Stepper(Theme* theme, const QStringList& steps, QWidget* parent = nullptr);
  void setStep(int step, bool stopped = false);      // stopped: the way ends here
  int step() const { return step_; }
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return {420, sizeHint().height()}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  Theme* theme_;
  QStringList steps_;
  int step_ = 0;
  bool stopped_ = false;
};

}  // namespace fedllm::ui
