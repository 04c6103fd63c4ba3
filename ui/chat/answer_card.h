// AnswerCard: one column of the try-it box: whose answer, the answer while it is written, right or wrong (icon, word and
// colour), the likeliest first words as bars with their probabilities, the hash of the adapter that spoke and its tokens a
// second. While it waits, it says so.
#pragma once

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

#include "wire/control.pb.h"

class QLabel;

namespace fedllm::ui {

class AnswerText;
class ChoiceBars;
class Theme;

class AnswerCard : public QWidget {
  Q_OBJECT
 public:
  AnswerCard(const QString& objectName, Theme* theme, QWidget* parent = nullptr);
  void setTitle(const QString& title);
  void clear(const QString& hint = {});
  void wait();
  void add(const wire::TryPart& part);   // the first one replaces what the card said before
  void stopped();                        // what was written stays
  // `stamp`: what the hash is of ("base model", "adapter of round 3"). expected empty: no verdict.
  void show(const wire::TryReply& reply, const QString& stamp, const QString& expected);
  void fail(const QString& sentence);
  QString verdict() const;
  QString answer() const;

 private:
  void showStamp(const wire::TryReply& reply, const QString& stamp);
  void setVerdict(const QString& text, const QColor& color);

  Theme* theme_;
  AnswerText* answer_;
  QLabel *title_, *verdict_, *stamp_;
  ChoiceBars* bars_;
  QTimer waiting_;
  QElapsedTimer since_;
  bool writing_ = false;
  int tokens_ = 0;
  enum class Mood { None, Right, Wrong, Failed } mood_ = Mood::None;
};

}  // namespace fedllm::ui
