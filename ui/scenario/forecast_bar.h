// ForecastBar: what the run will cost, asked of the core after every edit: bytes exactly, time as a range, and the button
// that starts it. One question is under way at a time and the latest edit wins, so that a slider does not queue. GUI thread.
#pragma once

#include <QElapsedTimer>
#include <QWidget>

#include "ui/scenario/method_bytes.h"
#include "ui/scenario/scenario_editor.h"
#include "wire/control.pb.h"

class QLabel;
class QPushButton;

namespace fedllm::ui {

class CoreLink;
class RunSession;
class Theme;

class ForecastBar : public QWidget {
  Q_OBJECT
 public:
  ForecastBar(ScenarioEditor* editor, CoreLink* link, RunSession* session, const Theme* theme, QWidget* parent = nullptr);
  bool upToDate() const { return answered_ && !asking_; }
  const wire::ForecastInfo& forecast() const { return forecast_; }
  double lastAnswerMs() const { return lastAnswerMs_; }      // from edit to figures

 signals:
  void runAsked();
  void modulesKnown(const QStringList& names);
  void bytesKnown(const MethodBytes& bytes);                 // empty: not known

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void ask();
  void take(const wire::CheckReply& reply);
  void refresh();

  ScenarioEditor* editor_;
  CoreLink* link_;
  RunSession* session_;
  const Theme* theme_;
  QLabel *time_, *bytes_, *adapter_, *data_, *problems_;
  QPushButton* run_;
  wire::ForecastInfo forecast_;
  QString failure_;
  bool asking_ = false, again_ = false, answered_ = false;
  QElapsedTimer sinceEdit_;
  double lastAnswerMs_ = 0;
};

}  // namespace fedllm::ui
