#include "ui/run/run_text.h"

#include <QCoreApplication>
#include <QLocale>
#include <cmath>

namespace fedllm::ui::run_text {
namespace {

struct Words { Q_DECLARE_TR_FUNCTIONS(RunText) };

const QString kNothing = QStringLiteral("–");

}  // namespace

QString bytes(double bytes) {
  if (!std::isfinite(bytes)) return kNothing;
  return QLocale().formattedDataSize(qint64(bytes), bytes < 1024 ? 0 : 1, QLocale::DataSizeIecFormat);
}

QString number(double value) { return std::isfinite(value) ? QLocale().toString(value, 'g', 4) : kNothing; }

QString loss(double value) {
  if (!std::isfinite(value)) return kNothing;
  return std::abs(value) < 100 ? QLocale().toString(value, 'f', 3) : QLocale().toString(value, 'g', 4);
}

QString percent(double share) {
  return std::isfinite(share) ? Words::tr("%1 %").arg(QLocale().toString(100 * share, 'f', 0)) : kNothing;
}

QString seconds(double seconds) {
  if (!std::isfinite(seconds)) return kNothing;
  const qint64 whole = std::max<qint64>(0, qint64(std::llround(seconds)));
  if (whole < 60) return Words::tr("%1 s").arg(whole);
  if (whole < 3600) return whole % 60 ? Words::tr("%1 min %2 s").arg(whole / 60).arg(whole % 60) : Words::tr("%1 min").arg(whole / 60);
  return Words::tr("%1 h %2 min").arg(whole / 3600).arg(whole % 3600 / 60);
}

QString eta(std::optional<std::pair<double, double>> range) {
  if (!range) return {};
  const double low = range->first, high = range->second;
  // A range of whole units, never of one number.
  const auto between = [low, high](double unit) { return std::pair(std::floor(low / unit), std::max(std::ceil(high / unit), std::floor(low / unit) + 1)); };
  if (high < 90) return Words::tr("ETA %1–%2 s").arg(between(1).first).arg(between(1).second);
  if (high < 5400) return Words::tr("ETA %1–%2 min").arg(between(60).first).arg(between(60).second);
  return Words::tr("ETA %1–%2 h").arg(QLocale().toString(low / 3600, 'f', 1), QLocale().toString(high / 3600, 'f', 1));
}

QString age(qint64 milliseconds) {
  const qint64 s = std::max<qint64>(0, milliseconds / 1000);
  if (s < 60) return Words::tr("%1 s ago").arg(s);
  if (s < 3600) return Words::tr("%1 min ago").arg(s / 60);
  return s < 86400 ? Words::tr("%1 h ago").arg(s / 3600) : Words::tr("%1 d ago").arg(s / 86400);
}

QString state(const QString& state) {
  if (state == QLatin1String("running")) return Words::tr("running");
  if (state == QLatin1String("paused")) return Words::tr("paused");
  if (state == QLatin1String("interrupted")) return Words::tr("interrupted");
  if (state == QLatin1String("done")) return Words::tr("done");
  if (state == QLatin1String("failed")) return Words::tr("failed");
  return state;
}

QString stateIcon(const QString& state) {
  if (state == QLatin1String("running")) return QStringLiteral("▶");
  if (state == QLatin1String("paused")) return QStringLiteral("❚❚");
  if (state == QLatin1String("done")) return QStringLiteral("✔");
  if (state == QLatin1String("failed")) return QStringLiteral("✖");
  return QStringLiteral("■");
}

QString clientState(const QString& state) {
  const QString rejected = QStringLiteral("rejected: ");
  if (state.startsWith(rejected)) return Words::tr("rejected: %1").arg(state.mid(rejected.size()));
  if (state == QLatin1String("waiting")) return Words::tr("waiting");
  if (state == QLatin1String("training")) return Words::tr("training");
  if (state == QLatin1String("sent")) return Words::tr("sent");
  if (state == QLatin1String("sat out")) return Words::tr("sat out");
  if (state == QLatin1String("stopped")) return Words::tr("stopped");
  return state;
}

bool isOver(const QString& state) { return state != QLatin1String("running") && state != QLatin1String("paused"); }

}  // namespace fedllm::ui::run_text
