#include "ui/chat/answer_card.h"

#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>
#include <vector>

#include "ui/chat/answer_text.h"
#include "ui/shell/elided_label.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr int kChoices = 5, kWaitTickMs = 200, kHashDigits = 8;

QString withoutSpaceInFront(const QString& text) {
  const auto first = std::find_if(text.begin(), text.end(), [](QChar c) { return !c.isSpace(); });
  return text.mid(first - text.begin());
}

QString shownWord(const QString& text) {
  QString word = text;
  word.replace(QLatin1Char('\n'), QStringLiteral("⏎"));
  return word.trimmed().isEmpty() ? QStringLiteral("␣") : word.trimmed();
}

}  // namespace

// The likeliest first words: name, bar, probability. The text twin is its accessible description.
class ChoiceBars : public QWidget {
 public:
  explicit ChoiceBars(Theme* theme) : theme_(theme) { setAccessibleName(AnswerCard::tr("Likeliest first words")); }
  QSize sizeHint() const override { return {160, kChoices * (fontMetrics().height() + 1)}; }
  QSize minimumSizeHint() const override { return {90, 2 * (fontMetrics().height() + 1)}; }
  void set(std::vector<std::pair<QString, double>> choices) {
    choices_ = std::move(choices);
    setVisible(!choices_.empty());
    QStringList parts;
    for (const auto& [word, p] : choices_) parts << AnswerCard::tr("%1 %2 %").arg(word, QLocale().toString(100 * p, 'f', 0));
    setAccessibleDescription(parts.join(QStringLiteral(", ")));
    setToolTip(parts.join(QLatin1Char('\n')));
    update();
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    const int line = fontMetrics().height() + 1;
    const int words = width() * 2 / 5, share = fontMetrics().horizontalAdvance(QStringLiteral("100 %"));
    const int room = std::max(8, width() - words - share - 8);
    for (size_t i = 0; i < choices_.size() && int(i + 1) * line <= height(); ++i) {
      const auto& [word, p] = choices_[i];
      const int y = int(i) * line;
      painter.setPen(theme_->text());
      painter.drawText(QRect(0, y, words, line), Qt::AlignRight | Qt::AlignVCenter, fontMetrics().elidedText(word, Qt::ElideRight, words));
      painter.fillRect(QRect(words + 4, y + 3, room, line - 6), theme_->grid());
      painter.fillRect(QRectF(words + 4, y + 3, room * p, line - 6), theme_->accent());
      painter.drawText(QRect(words + room + 8, y, share, line), Qt::AlignRight | Qt::AlignVCenter,
                       AnswerCard::tr("%1 %").arg(QLocale().toString(100 * p, 'f', 0)));
    }
  }

 private:
  Theme* theme_;
  std::vector<std::pair<QString, double>> choices_;
};

AnswerCard::AnswerCard(const QString& objectName, Theme* theme, QWidget* parent) : QWidget(parent), theme_(theme) {
  setObjectName(objectName);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(6, 2, 6, 2);
  column->setSpacing(1);
  title_ = new ElidedLabel;
  title_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  QFont bold = title_->font();
  bold.setBold(true);
  title_->setFont(bold);
  answer_ = new AnswerText;
  answer_->setObjectName(objectName + QStringLiteral(".answer"));
  answer_->setWhatsThis(tr("The answer, written while its tokens come. It can be selected and copied."));
  verdict_ = new QLabel;
  verdict_->setObjectName(objectName + QStringLiteral(".verdict"));
  verdict_->setWordWrap(true);                     // an error is a whole sentence
  verdict_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  bars_ = new ChoiceBars(theme);
  stamp_ = new ElidedLabel;
  stamp_->setObjectName(objectName + QStringLiteral(".stamp"));
  stamp_->setForegroundRole(QPalette::PlaceholderText);
  stamp_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  stamp_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  column->addWidget(title_);
  column->addWidget(answer_);
  column->addWidget(verdict_);
  column->addWidget(bars_);
  column->addWidget(stamp_);
  column->addStretch(1);
  waiting_.setInterval(kWaitTickMs);
  connect(&waiting_, &QTimer::timeout, this, [this] {
    verdict_->setText(tr("waiting for the core, %1 s").arg(QLocale().toString(since_.elapsed() / 1000.0, 'f', 1)));
  });
  connect(theme, &Theme::changed, this, [this] {
    const QColor colors[] = {theme_->mutedText(), theme_->good(), theme_->bad(), theme_->bad()};
    setVerdict(verdict_->text(), colors[int(mood_)]);
    update();
  });
}

void AnswerCard::setTitle(const QString& title) {
  title_->setText(title);
  setAccessibleName(tr("Answer of %1").arg(title));
  answer_->setAccessibleName(tr("Answer of %1").arg(title));
}

void AnswerCard::setVerdict(const QString& text, const QColor& color) {
  QPalette palette = verdict_->palette();
  palette.setColor(QPalette::WindowText, color);
  verdict_->setPalette(palette);
  verdict_->setText(text);
  verdict_->setVisible(!text.isEmpty());
}

void AnswerCard::clear(const QString& hint) {
  waiting_.stop();
  writing_ = false;
  mood_ = Mood::None;
  answer_->setAnswer({});
  stamp_->clear();
  bars_->set({});
  setVerdict(hint, theme_->mutedText());
}

void AnswerCard::wait() {
  if (!waiting_.isActive()) since_.start();
  writing_ = false;
  tokens_ = 0;
  mood_ = Mood::None;
  setVerdict(tr("waiting for the core"), theme_->mutedText());
  waiting_.start();
}

// White space in front of the first word is not shown: the reply has none either.
void AnswerCard::add(const wire::TryPart& part) {
  if (!std::exchange(writing_, true)) {
    clear();
    writing_ = true;
  }
  tokens_ = part.tokens();
  const QString text = QString::fromStdString(part.text());
  answer_->append(answer_->document()->isEmpty() ? withoutSpaceInFront(text) : text);
  setVerdict(tr("writing, %n token(s)", nullptr, tokens_), theme_->mutedText());
}

void AnswerCard::stopped() {
  waiting_.stop();
  if (std::exchange(writing_, false)) setVerdict(tr("stopped after %n token(s)", nullptr, tokens_), theme_->mutedText());
  else setVerdict(tr("stopped"), theme_->mutedText());
}

void AnswerCard::show(const wire::TryReply& reply, const QString& stamp, const QString& expected) {
  waiting_.stop();
  writing_ = false;
  const QString text = QString::fromStdString(reply.answer()).trimmed();
  answer_->setAnswer(text.isEmpty() ? tr("(no words)") : text);
  mood_ = expected.isEmpty() ? Mood::None : reply.right() ? Mood::Right : Mood::Wrong;
  if (mood_ == Mood::None) setVerdict(QString(), theme_->mutedText());
  else if (mood_ == Mood::Right) setVerdict(tr("✔ right"), theme_->good());
  else setVerdict(tr("✖ wrong: %1").arg(expected), theme_->bad());
  std::vector<std::pair<QString, double>> choices;
  for (const auto& choice : reply.first_choices())
    if (int(choices.size()) < kChoices) choices.emplace_back(shownWord(QString::fromStdString(choice.text())), std::clamp(choice.probability(), 0.0, 1.0));
  bars_->set(std::move(choices));
  showStamp(reply, stamp);
}

void AnswerCard::showStamp(const wire::TryReply& reply, const QString& stamp) {
  const QLocale locale;
  const QString hash = QString::fromStdString(reply.adapter_sha256());
  const QString seconds = tr("%1 s").arg(locale.toString(reply.seconds(), 'f', 2));
  QStringList parts;
  if (reply.tokens_per_s() > 0) parts << tr("%1 tokens/s").arg(locale.toString(reply.tokens_per_s(), 'f', reply.tokens_per_s() < 10 ? 1 : 0));
  if (!hash.isEmpty()) parts << hash.left(kHashDigits);
  parts << stamp;
  stamp_->setText(parts.join(QStringLiteral(" · ")));
  QStringList tip{hash.isEmpty() ? tr("%1, answered in %2").arg(stamp, seconds) : tr("%1, SHA-256 %2, answered in %3").arg(stamp, hash, seconds)};
  if (reply.tokens() > 0) tip << tr("%n token(s) behind a prompt of %1", nullptr, reply.tokens()).arg(reply.prompt_tokens());
  if (reply.ended() == "length") tip << tr("cut at the limit of new tokens");
  stamp_->setToolTip(tip.join(QLatin1Char('\n')));
}

void AnswerCard::fail(const QString& sentence) {
  clear();
  mood_ = Mood::Failed;
  setVerdict(tr("✖ %1").arg(sentence), theme_->bad());
}

QString AnswerCard::verdict() const { return verdict_->text(); }
QString AnswerCard::answer() const { return answer_->toPlainText(); }

}  // namespace fedllm::ui
