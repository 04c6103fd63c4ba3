// ReadinessView: what the core found in a member's data: what must be changed, what one should know, the counts, and a few
// records as the base model sees them. Objects: report.lab, list "label.lab.finding", text.lab.samples.
#pragma once

#include "ui/lab/card.h"
#include "wire/lab.pb.h"

class QGridLayout;
class QPlainTextEdit;

namespace fedllm::ui {

class Theme;

class ReadinessView : public Card {
  Q_OBJECT
 public:
  explicit ReadinessView(Theme* theme, QWidget* parent = nullptr);
  void setReport(const wire::ReadinessReport& report, bool fresh);   // not fresh: the choice was changed since

 private:
  void addFinding(const char* icon, const QColor& color, const QString& word, const QString& sentence);
  QString counts(const wire::ReadinessReport& report) const;

  Theme* theme_;
  QGridLayout* findings_;
  QLabel *counts_, *labels_, *samplesTitle_;
  QPlainTextEdit* samples_;
  std::string shown_;
};

}  // namespace fedllm::ui
