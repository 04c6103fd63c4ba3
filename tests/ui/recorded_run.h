// What `fedllm run --json` printed of real runs (tests/ui/runs, two rounds of builtin:desk-iid each, most local steps left
// out), as the events that the studio watches.
#pragma once

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include "spec/scenario_json.h"
#include "ui/model/run_record.h"

namespace fedllm::test {

inline std::vector<QJsonObject> recordedLines(const QString& name) {
  QFile file(QStringLiteral(FEDLLM_SOURCE_DIR "/tests/ui/runs/") + name + QStringLiteral(".jsonl"));
  std::vector<QJsonObject> lines;
  if (!file.open(QIODevice::ReadOnly)) return lines;
  for (const QByteArray& line : file.readAll().split('\n'))
    if (!line.isEmpty()) lines.push_back(QJsonDocument::fromJson(line).object());
  return lines;
}

// On the command line an event's metrics and detail are merged: numbers were metrics.
inline void applyRecorded(const QString& name, ui::RunRecord& record) {
  wire::EventBatch batch;
  for (QJsonObject line : recordedLines(name)) {
    wire::Event& event = *batch.add_events();
    event.set_kind(line.take(QStringLiteral("event")).toString().toStdString());
    event.set_seq(uint64_t(line.take(QStringLiteral("seq")).toDouble()));
    event.set_time_ms(int64_t(line.take(QStringLiteral("time_ms")).toDouble()));
    line.remove(QStringLiteral("run"));
    if (line.contains(QStringLiteral("round"))) event.set_round(line.take(QStringLiteral("round")).toInt());
    if (line.contains(QStringLiteral("client"))) event.set_client(line.take(QStringLiteral("client")).toInt());
    for (const QString& key : line.keys())
      if (line[key].isDouble()) {
        wire::Metric& metric = *event.add_metrics();
        metric.set_key(key.toStdString());
        metric.set_value(line.take(key).toDouble());
      }
    event.set_detail(QJsonDocument(line).toJson(QJsonDocument::Compact).toStdString());
  }
  spec::Scenario scenario;
  scenario.name = "desk-iid";
  scenario.rounds = 2;
  scenario.training.local_steps = 6;
  scenario.strategy.aggregator = name.toStdString();
  wire::RunInfo info;
  info.set_run(record.run().toStdString());
  info.set_name(scenario.name);
  info.set_rounds(scenario.rounds);
  info.set_scenario_json(spec::to_json(scenario));
  record.setInfo(info);
  record.apply(batch);
}

}  // namespace fedllm::test
