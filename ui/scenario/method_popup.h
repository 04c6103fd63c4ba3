// MethodPopup: all methods by family, each with its consequences in one line, beside the consequences of the one under the
// cursor. Arrow keys move, Enter chooses, Escape leaves all as it was. A method that runs cannot use is disabled and says why.
// GUI thread; objectName "popup.methods", the list "methods.list", its rows carry the aggregator in Qt::UserRole.
#pragma once

#include <QFrame>
#include <span>

#include "spec/method_facts.h"
#include "ui/scenario/method_bytes.h"

class QLabel;
class QListWidget;
class QPushButton;

namespace fedllm::ui {

class ConsequenceCard;
class Theme;

class MethodPopup : public QFrame {
  Q_OBJECT
 public:
  MethodPopup(const Theme* theme, std::span<const spec::MethodFacts> methods, QWidget* parent = nullptr);
  void open(const spec::Scenario& scenario, const MethodBytes& bytes, QWidget* below);
  void setBytes(const spec::Scenario& scenario, const MethodBytes& bytes);

 signals:
  void chosen(const QString& aggregator);      // "exec:" for a program that is still to be named

 private:
  void addHeading(const QString& text);
  void addMethod(const spec::MethodFacts& method, const QString& aggregator);
  void fill();
  void showCurrent();
  void choose();
  QString summary(const spec::MethodFacts& method, const QString& aggregator) const;

  const Theme* theme_;
  std::span<const spec::MethodFacts> methods_;
  QListWidget* list_;
  QLabel* title_;
  ConsequenceCard* card_;
  QPushButton* use_;
  spec::Scenario scenario_;
  MethodBytes bytes_;
};

}  // namespace fedllm::ui
