#include "ui/run/run_csv.h"

#include <cmath>

namespace fedllm::ui {
namespace {

QByteArray field(const QString& text) {
  if (!text.contains(QLatin1Char(',')) && !text.contains(QLatin1Char('"')) && !text.contains(QLatin1Char('\n'))) return text.toUtf8();
  return '"' + QString(text).replace(QLatin1String("\""), QLatin1String("\"\"")).toUtf8() + '"';
}

class Writer {
 public:
  explicit Writer(const RunRecord& record) : run_(field(record.run())) { out = "run,client,round,step,metric,value\n"; }
  void row(const QByteArray& client, const QByteArray& round, const QByteArray& step, const QByteArray& metric, double value) {
    if (!std::isfinite(value)) return;
    out += run_ + ',' + client + ',' + round + ',' + step + ',' + metric + ',' + QByteArray::number(value, 'g', 9) + '\n';
  }
  QByteArray out;

 private:
  QByteArray run_;
};

void writeClient(Writer& writer, const ClientRecord& client) {
  const QByteArray name = field(client.name);
  // x = round - 1 + step / steps: the round is the whole number at or above x, the step counts within it.
  int round = 0, step = 0;
  for (size_t i = 0; i < client.stepLoss.size(); ++i) {
    const int now = std::max(1, int(std::ceil(client.stepLoss.x(i) - 1e-4)));
    step = now == round ? step + 1 : 1;
    round = now;
    writer.row(name, QByteArray::number(round), QByteArray::number(step), "loss", client.stepLoss.y(i));
  }
  const std::pair<const Series*, const char*> perRound[] = {
      {&client.roundLoss, "mean_loss"}, {&client.updateNorm, "update_norm"}, {&client.changeNorm, "change_norm"},
      {&client.cosine, "cosine"},       {&client.drift, "drift"}};
  for (const auto& [series, metric] : perRound)
    for (size_t i = 0; i < series->size(); ++i) writer.row(name, QByteArray::number(int(series->x(i))), "", metric, series->y(i));
}

void writeRound(Writer& writer, const RoundRecord& round) {
  const QByteArray number = QByteArray::number(round.round);
  const std::pair<const char*, double> values[] = {
      {"uplink_payload_bytes", round.uplinkPayload}, {"downlink_payload_bytes", round.downlinkPayload},
      {"uplink_wire_bytes", round.uplinkWire}, {"downlink_wire_bytes", round.downlinkWire},
      {"uplink_modelled_bytes", round.uplinkModelled}, {"downlink_modelled_bytes", round.downlinkModelled},
      {"compute_s", round.compute}, {"transfer_s", round.transfer}, {"wait_s", round.wait}, {"eval_s", round.evaluation}, {"wall_s", round.wall},
      {"mean_loss", round.meanLoss}, {"aggregation_error", round.aggregationError}, {"discarded_energy", round.discardedEnergy}};
  for (const auto& [metric, value] : values) writer.row("", number, "", metric, value);
}

}  // namespace

QByteArray runCsv(const RunRecord& record) {
  Writer writer(record);
  for (size_t i = 0; i < record.evalLoss().size(); ++i)
    writer.row("", QByteArray::number(int(record.evalLoss().x(i))), "", "eval_loss", record.evalLoss().y(i));
  for (const ClientRecord& client : record.clients()) writeClient(writer, client);
  for (const RoundRecord& round : record.rounds_())
    if (round.committed) writeRound(writer, round);
  for (const ModuleRecord& module : record.modules())
    for (size_t i = 0; i < module.error.size(); ++i)
      writer.row("", QByteArray::number(int(module.error.x(i))), "", field(QLatin1String("aggregation_error/") + module.name), module.error.y(i));
  for (const Tile& tile : record.tiles()) {
    QString of = tile.adapter;
    if (!tile.topic.isEmpty()) of += QLatin1Char('/') + tile.topic;
    const QByteArray client = tile.client >= 0 && tile.client < int(record.clients().size()) ? field(record.clients()[tile.client].name) : QByteArray();
    const QByteArray round = QByteArray::number(tile.round);
    writer.row(client, round, "", field(QLatin1String("exact/") + of), tile.exact);
    writer.row(client, round, "", field(QLatin1String("held_out_loss/") + of), tile.loss);
  }
  return writer.out;
}

}  // namespace fedllm::ui
