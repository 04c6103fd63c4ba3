#include "ui/run/run_moment.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/run/run_text.h"

namespace fedllm::ui {
namespace {

struct Words { Q_DECLARE_TR_FUNCTIONS(LiveCanvas) };

const ClientRound* part(const RunRecord& record, int client, int round) {
  const auto& clients = record.clientRounds(round);
  return client < int(clients.size()) ? &clients[client] : nullptr;
}

double valueOf(const Series& series, int round) {
  const size_t at = series.nearest(round);
  return at < series.size() && series.x(at) == float(round) ? series.y(at) : std::numeric_limits<double>::quiet_NaN();
}

ClientMoment liveMoment(const RunRecord& record, int client) {
  const ClientRecord& now = record.clients()[client];
  ClientMoment moment{now.state, now.step, now.steps};
  const bool busy = moment.isBusy() || moment.state == QLatin1String("waiting");
  if (busy && record.state() != QLatin1String("running")) moment.state = QStringLiteral("stopped");
  moment.uplinkSoFar = now.uplinkPayload;
  moment.downlinkSoFar = now.downlinkPayload;
  moment.loss = now.stepLoss.lastY();
  return moment;
}

ClientMoment pastMoment(const RunRecord& record, int client, int round) {
  ClientMoment moment;
  if (const ClientRound* there = part(record, client, round)) {
    moment.state = there->state;
    moment.step = there->step;
    moment.steps = there->steps;
  }
  for (int r = 0; r <= round; ++r) {
    const ClientRound* there = part(record, client, r);
    moment.uplinkSoFar += there ? there->uplinkPayload : 0;
    moment.downlinkSoFar += there ? there->downlinkPayload : 0;
  }
  moment.loss = valueOf(record.clients()[client].roundLoss, round);
  return moment;
}

}  // namespace

double ClientMoment::progress() const {
  if (isSent()) return 1;
  const bool under = isBusy() || state == QLatin1String("stopped");
  return under && steps > 0 ? std::min(1.0, double(step) / steps) : 0;
}

bool isHistory(const RunRecord& record, int round) {
  return round >= 0 && round < int(record.rounds_().size()) && record.rounds_()[round].committed;
}

ClientMoment clientMoment(const RunRecord& record, int client, int round) {
  const bool past = isHistory(record, round);
  ClientMoment moment = past ? pastMoment(record, client, round) : liveMoment(record, client);
  if (const ClientRound* there = part(record, client, past ? round : record.round())) {
    moment.uplink = there->uplinkPayload;
    moment.downlink = there->downlinkPayload;
  }
  return moment;
}

QString coordinatorMoment(const RunRecord& record, int round) {
  if (isHistory(record, round)) return round == 0 ? Words::tr("start adapter saved") : Words::tr("round %1 saved").arg(round);
  if (record.state() != QLatin1String("running")) return run_text::state(record.state());
  if (record.round() == 0) return Words::tr("evaluating");
  for (const ClientRecord& client : record.clients())
    if (client.state == QLatin1String("training") || client.state == QLatin1String("waiting")) return Words::tr("waiting for updates");
  return Words::tr("aggregating");
}

}  // namespace fedllm::ui
