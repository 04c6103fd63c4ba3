#include "ui/lab/lab_text.h"

#include <QCoreApplication>
#include <QHash>
#include <QLocale>
#include <QRegularExpression>
#include <cmath>

#include "ui/run/run_text.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui::lab_text {
namespace {

struct Words { Q_DECLARE_TR_FUNCTIONS(LabText) };

const QString kNothing = QStringLiteral("–");

enum class Tone { Plain, Busy, Good, Warning, Bad, Muted };

struct State {
  const char* word;
  const char* icon;
  Tone tone;
};

// Of a member as its host sees it and of a membership as its member sees it: one vocabulary.
const State* find(const std::string& state) {
  static const QHash<QString, State> states{
      {"asking", {QT_TRANSLATE_NOOP("LabText", "asks to join"), "ask", Tone::Warning}},
      {"enrolled", {QT_TRANSLATE_NOOP("LabText", "admitted"), "ok", Tone::Plain}},
      {"connecting", {QT_TRANSLATE_NOOP("LabText", "connecting"), "link", Tone::Busy}},
      {"fetching", {QT_TRANSLATE_NOOP("LabText", "fetching"), "download", Tone::Busy}},
      {"preparing", {QT_TRANSLATE_NOOP("LabText", "preparing"), "data", Tone::Busy}},
      {"mapping", {QT_TRANSLATE_NOOP("LabText", "choosing data"), "data", Tone::Busy}},
      {"consenting", {QT_TRANSLATE_NOOP("LabText", "deciding"), "ask", Tone::Warning}},
      {"ready", {QT_TRANSLATE_NOOP("LabText", "ready"), "ok", Tone::Good}},
      {"training", {QT_TRANSLATE_NOOP("LabText", "training"), "play", Tone::Busy}},
      {"evaluating", {QT_TRANSLATE_NOOP("LabText", "measuring"), "measure", Tone::Busy}},
      {"waiting", {QT_TRANSLATE_NOOP("LabText", "waiting"), "wait", Tone::Plain}},
      {"paused", {QT_TRANSLATE_NOOP("LabText", "paused"), "pause", Tone::Warning}},
      {"reconnecting", {QT_TRANSLATE_NOOP("LabText", "reconnecting"), "gone", Tone::Warning}},
      {"gone", {QT_TRANSLATE_NOOP("LabText", "gone"), "gone", Tone::Muted}},
      {"left", {QT_TRANSLATE_NOOP("LabText", "left"), "leave", Tone::Muted}},
      {"revoked", {QT_TRANSLATE_NOOP("LabText", "removed"), "error", Tone::Bad}},
      {"refused", {QT_TRANSLATE_NOOP("LabText", "refused"), "error", Tone::Bad}},
      {"done", {QT_TRANSLATE_NOOP("LabText", "done"), "ok", Tone::Good}},
  };
  const auto it = states.find(QString::fromStdString(state));
  return it == states.end() ? nullptr : &*it;
}

QString word(const std::string& state) {
  const State* known = find(state);
  return known ? Words::tr(known->word) : from(state);
}

}  // namespace

QString from(const std::string& text) {
  QString shown = QString::fromStdString(text);
  for (QChar& c : shown)
    if (c.category() == QChar::Other_Control || c.category() == QChar::Other_Format) c = u' ';
  return shown.trimmed();
}

QString sentence(const std::string& text) {
  QString said = sentenceText(from(text));
  static const QRegularExpression name(QStringLiteral("^\\S*[0-9]"));       // "enp3s0 has …" keeps its spelling
  if (!said.isEmpty() && !name.match(said).hasMatch()) said[0] = said[0].toUpper();
  return said;
}

QString memberState(const std::string& state) { return word(state); }

QString membershipState(const std::string& state) {
  if (state == "asking") return Words::tr("waiting to be admitted");
  if (state == "revoked") return Words::tr("removed from the room");
  return word(state);
}

QString phase(const std::string& phase) {
  if (phase == "gathering") return Words::tr("gathering");
  if (phase == "running") return Words::tr("training");
  if (phase == "paused") return Words::tr("paused");
  if (phase == "ended") return Words::tr("ended");
  return from(phase);
}

QString stateIcon(const std::string& state) {
  const State* known = find(state);
  return QString::fromLatin1(known ? known->icon : "info");
}

QColor stateColor(const std::string& state, const Theme& theme) {
  const State* known = find(state);
  switch (known ? known->tone : Tone::Plain) {
    case Tone::Plain: return theme.text();
    case Tone::Busy: return theme.accent();
    case Tone::Good: return theme.good();
    case Tone::Warning: return theme.warning();
    case Tone::Bad: return theme.bad();
    case Tone::Muted: return theme.mutedText();
  }
  return theme.text();
}

bool isAsking(const wire::RoomMemberInfo& member) { return member.state() == "asking"; }

bool isHere(const wire::RoomMemberInfo& member) {
  const std::string& s = member.state();
  return s != "asking" && s != "gone" && s != "left" && s != "revoked" && s != "refused";
}

bool canHaveSlot(const wire::RoomMemberInfo& member) { return isHere(member) || member.state() == "gone"; }

QString code(const std::string& checkCode) {
  const QString all = from(checkCode);
  return all.size() == 8 ? all.left(4) + QChar(0x2009) + all.mid(4) : all;
}

QString age(qint64 nowMs, qint64 seenMs) { return seenMs <= 0 ? kNothing : run_text::age(std::max<qint64>(0, nowMs - seenMs)); }

QString clockOffset(qint64 milliseconds) {
  const double seconds = double(milliseconds) / 1000;
  const QString sign = seconds < 0 ? QStringLiteral("−") : QStringLiteral("+");
  if (std::abs(seconds) < 100) return sign + Words::tr("%1 s").arg(QLocale().toString(std::abs(seconds), 'f', 1));
  return sign + duration(qint64(std::abs(seconds)));
}

QString roundTrip(double seconds) {
  if (!std::isfinite(seconds) || seconds <= 0) return kNothing;
  const double ms = seconds * 1000;
  return Words::tr("%1 ms").arg(QLocale().toString(ms, 'f', ms < 10 ? 1 : 0));
}

QString speed(double megabits) {
  if (!std::isfinite(megabits) || megabits <= 0) return kNothing;
  return QLocale().toString(megabits, 'f', megabits < 10 ? 1 : 0);
}

QString hash(const std::string& sha256) { return from(sha256.substr(0, 12)); }

QString duration(qint64 seconds) {
  if (seconds < 60) return Words::tr("%1 s").arg(std::max<qint64>(0, seconds));
  if (seconds < 3600) return Words::tr("%1 min").arg(seconds / 60);
  if (seconds < 86400) return Words::tr("%1 h %2 min").arg(seconds / 3600).arg(seconds % 3600 / 60);
  return Words::tr("%1 d %2 h").arg(seconds / 86400).arg(seconds % 86400 / 3600);
}

QString left(const wire::LeftBytes& left) {
  QString text = Words::tr("%1 of updates, %2, %3 of text")
                     .arg(run_text::bytes(double(left.update_bytes())), Words::tr("%n number(s)", nullptr, int(left.numbers())),
                          run_text::bytes(double(left.text_bytes())));
  if (left.label_counts() > 0) text += QStringLiteral(", ") + Words::tr("%n label count(s)", nullptr, int(left.label_counts()));
  return text;
}

bool isEnd(const std::string& state) { return state == "done" || state == "refused" || state == "left" || state == "revoked"; }

}  // namespace fedllm::ui::lab_text
