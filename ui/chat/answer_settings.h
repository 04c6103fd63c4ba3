// AnswerSettings: how the try-it box's answers are drawn; the default is greedy. SettingsButton: a tool button that says them
// in a few words and opens a popover that explains each. Texts that end an answer stand in one line, | between several, \n for
// a line break. GUI thread.
#pragma once

#include <QStringList>
#include <QToolButton>

#include "wire/control.pb.h"

class QDoubleSpinBox;
class QFormLayout;
class QFrame;
class QLineEdit;
class QSpinBox;

namespace fedllm::ui {

struct AnswerSettings {
  double temperature = 0, topP = 1, repetitionPenalty = 1;
  int topK = 0, newTokens = 64, seed = 1;
  QStringList stops;
  bool isGreedy() const { return temperature == 0; }
  void writeTo(wire::TryRequest& request) const;
  bool operator==(const AnswerSettings&) const = default;
};
QStringList stopTexts(const QString& line);
QString stopLine(const QStringList& texts);

class SettingsButton : public QToolButton {
  Q_OBJECT
 public:
  explicit SettingsButton(QWidget* parent = nullptr);
  const AnswerSettings& settings() const { return settings_; }
  void setSettings(const AnswerSettings& settings);
  void open();

 signals:
  void changed();
  void askWanted();                    // Ctrl+Enter in the popover, which closes it

 private:
  QFrame* buildPopover();
  void addRow(QFormLayout* form, const QString& name, QWidget* input, const QString& meaning);
  QDoubleSpinBox* realBox(const char* name, double low, double high, double step);
  QSpinBox* wholeBox(const char* name, int low, int high);
  void take();
  void refresh();

  AnswerSettings settings_;
  QFrame* popover_;
  QDoubleSpinBox *temperature_, *topP_, *repetition_;
  QSpinBox *topK_, *newTokens_, *seed_;
  QLineEdit* stops_;
};

}  // namespace fedllm::ui
