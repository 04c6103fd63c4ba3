// PromptPanel: how a record becomes text. Template or prompt format (the base model's own is named, with the reason), system
// text, label column and held-out share beside a live preview of the exact text, with what is masked from the loss drawn
// muted and what is learned underlined, in words as well.
#pragma once

#include <QWidget>

#include "ui/shell/page.h"
#include "wire/control.pb.h"

class QComboBox;
class QDoubleSpinBox;
class QFormLayout;
class QLabel;
class QPlainTextEdit;
class QSpinBox;
class QTextEdit;

namespace fedllm::ui {

class PromptPanel : public QWidget {
  Q_OBJECT
 public:
  explicit PromptPanel(const StudioContext& context, QWidget* parent = nullptr);
  QWidget* preview() const { return previewBox_; }          // placed by the page
  void setDataset(const wire::DatasetInfo& dataset);
  void showScenario();
  void showClient(int client);                              // preview records of this client, -1: any

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void buildForm();
  void addTemplates();
  void buildPreview();
  void editTemplate();
  void askPreview();
  void showRecord(const wire::PreviewReply& reply);
  void showText(const wire::PreviewRecord& record);
  void showFacts(const wire::PreviewRecord& record);
  void showModelFormat(const wire::TextInfo& text);

  StudioContext context_;
  wire::DatasetInfo dataset_;
  QFormLayout* form_ = nullptr;
  QComboBox* template_ = nullptr;
  QLabel* modelFormat_ = nullptr;
  QPlainTextEdit* system_ = nullptr;
  QPlainTextEdit* prompt_ = nullptr;
  QPlainTextEdit* response_ = nullptr;
  QComboBox* label_ = nullptr;
  QDoubleSpinBox* testShare_ = nullptr;
  QWidget* previewBox_ = nullptr;
  QSpinBox* record_ = nullptr;
  QTextEdit* text_ = nullptr;
  QLabel* facts_ = nullptr;
  int client_ = -1;
  bool asking_ = false, again_ = false;
};

}  // namespace fedllm::ui
