// AnswerCard: one column of the try-it box: whose answer, the answer, right or wrong (icon, word and colour), the likeliest
// first words as bars with their probabilities, and the hash of the adapter that spoke. While it waits, it says so.
#pragma once

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

#include "wire/control.pb.h"

class QLabel;

namespace fedllm::ui {

class ChoiceBars;
class Theme;

class AnswerCard : public QWidget {
  Q_OBJECT
 public:
  AnswerCard(const QString& objectName, Theme* theme, QWidget* parent = nullptr);
  void setTitle(const QString& title);
  void clear(const QString& hint = {});
  void wait();
  // `stamp`: what the hash is of ("base model", "adapter of round 3"). expected empty: no verdict.
  void show(const wire::TryReply& reply, const QString& stamp, const QString& expected);
  void fail(const QString& sentence);
  QString verdict() const;
  QString answer() const;

 private:
  void setVerdict(const QString& text, const QColor& color);

  Theme* theme_;
  QLabel *title_, *answer_, *verdict_, *stamp_;
  ChoiceBars* bars_;
  QTimer waiting_;
  QElapsedTimer since_;
  enum class Mood { None, Right, Wrong, Failed } mood_ = Mood::None;
};

}  // namespace fedllm::ui
