#include "ui/model/event_text.h"

#include <QCoreApplication>
#include <QLocale>
#include <cmath>

#include "ui/model/event_reading.h"

namespace fedllm::ui {
namespace {

struct Words { Q_DECLARE_TR_FUNCTIONS(RunRecord) };

QString bytes(double count) {
  return QLocale().formattedDataSize(qint64(count), count < 1024 ? 0 : 1, QLocale::DataSizeIecFormat);
}
QString number(double value, int digits = 3) {
  return std::isnan(value) ? QStringLiteral("–") : QLocale().toString(value, 'f', digits);
}
QString message(const EventReading& event) { return event.detail()["message"].toString(); }

QString evalSentence(const EventReading& event, const QString& name) {
  const QString adapter = event.detail()["adapter"].toString();
  const QString topic = event.detail()["topic"].toString();
  const QString who = adapter == QLatin1String("base")          ? Words::tr("Base model")
                      : adapter == QLatin1String("global")      ? Words::tr("Global adapter")
                      : adapter == QLatin1String("centralised") ? Words::tr("Adapter trained on all data in one place")
                      : adapter == QLatin1String("local")       ? Words::tr("Adapter of %1, trained alone").arg(name)
                                                                : Words::tr("Adapter of %1").arg(name);
  const QString what = topic.isEmpty() ? Words::tr("all topics") : topic;
  const double exact = event("exact");
  if (std::isnan(exact)) return Words::tr("%1 on %2: loss %3").arg(who, what, number(event("loss")));
  return Words::tr("%1 on %2: loss %3, exact %4 %").arg(who, what, number(event("loss")), number(100 * exact, 0));
}

QString clientSentence(const EventReading& event, const QString& name) {
  const std::string& kind = event.event.kind();
  if (kind == "client_started") return Words::tr("%1 got the adapter (%2)").arg(name, bytes(event.orZero("downlink_payload_bytes")));
  if (kind == "client_rejected") return Words::tr("%1's update was rejected: %2").arg(name, event.detail()["reason"].toString());
  return Words::tr("%1 sent %2, loss %3, norm %4")
      .arg(name, bytes(event.orZero("uplink_payload_bytes")), number(event("mean_loss")), number(event("update_norm"), 2));
}

QString savedSentence(const EventReading& event) {
  if (event.round() == 0) return Words::tr("Start adapter saved");
  return Words::tr("Round %1 saved after %2 s").arg(event.round()).arg(number(event("wall_s"), 1));
}

}  // namespace

QString eventSentence(const EventReading& event, const EventSetting& setting) {
  const std::string& kind = event.event.kind();
  if (kind == "run_started")
    return Words::tr("Run started: %1 clients, %2 rounds, %L3 training records")
        .arg(setting.clients)
        .arg(setting.rounds)
        .arg(qint64(event.orZero("train_records")));
  if (kind == "eval") return evalSentence(event, setting.client);
  if (kind == "round_started") return Words::tr("Round %1 started").arg(event.round());
  if (kind == "client_started" || kind == "client_update" || kind == "client_rejected") return clientSentence(event, setting.client);
  if (kind == "round_committed") return savedSentence(event);
  if (kind == "queued") return Words::tr("Queued: %1").arg(message(event));
  if (kind == "paused") return Words::tr("Paused");
  if (kind == "unpaused") return Words::tr("Going on");
  if (kind == "resumed") return Words::tr("Resumed after round %1").arg(int(event.orZero("from_round")));
  if (kind == "warning") return message(event);
  if (kind == "done") return Words::tr("Done after %1 s").arg(number(event("wall_s"), 1));
  if (kind == "failed") return Words::tr("Failed: %1").arg(message(event));
  if (kind == "stopped") return Words::tr("Stopped and saved");
  return QString::fromStdString(kind);
}

}  // namespace fedllm::ui
