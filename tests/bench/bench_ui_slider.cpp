// One step of the alpha slider until the split is redrawn: 100 clients x 20 labels x 50 000 records, through the real core
// over its unix socket. Prints the median and the 95th percentile of 100 steps. Goal: 16 ms.
#include <QApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QLabel>
#include <QProcess>
#include <QSlider>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <vector>

#include "base/home.h"
#include "ui/dataset/dataset_page.h"
#include "ui/dataset/heat_map.h"
#include "ui/dataset/partition_model.h"
#include "ui/link/core_link.h"
#include "ui/model/run_session.h"
#include "ui/model/scenario_document.h"
#include "ui/shell/theme.h"

using namespace fedllm;
using namespace fedllm::ui;

namespace {

constexpr int kRecords = 50000, kLabels = 20, kClients = 100, kSteps = 100;

void writeDataset(const QString& path) {
  std::ofstream out(path.toStdString());
  for (int i = 0; i < kRecords; ++i)
    out << "{\"instruction\":\"question " << i << "\",\"response\":\"answer " << i % 97 << "\",\"topic\":\"topic " << i % kLabels << "\"}\n";
}

}  // namespace

int main(int argc, char** argv) {
  QApplication app(argc, argv);
  QTemporaryDir folder;
  writeDataset(folder.filePath("data.jsonl"));
  const auto paths = resolve_home(folder.filePath("home").toStdString());
  if (!paths.ok()) return std::fprintf(stderr, "%s\n", paths.status().to_string().c_str()), 1;
  QProcess core;
  core.start(qEnvironmentVariable("FEDLLM_BIN") + "/fedllm", {"core", "--home", folder.filePath("home")});

  CoreLink link(QString::fromStdString(paths->socket));
  ScenarioDocument document;
  RunSession session(&link);
  Theme theme;
  theme.apply("light");
  spec::Scenario scenario;
  scenario.dataset.files = {folder.filePath("data.jsonl").toStdString()};
  scenario.dataset.label = "topic";
  scenario.partition.method = "dirichlet";
  scenario.partition.clients = kClients;
  document.reset(scenario, folder.filePath("bench.json"));
  Page* page = makeDatasetPage({&link, &document, &session, &theme});
  page->resize(1200, 700);
  page->show();
  link.start();
  auto* heat = page->findChild<HeatMap*>("heatmap");
  auto* model = page->findChild<PartitionModel*>();
  auto* slider = page->findChild<QSlider*>("slider.alpha");
  if (!QTest::qWaitFor([&] { return model->clients() == kClients; }, 20000)) {
    const auto* said = page->findChild<QLabel*>("label.importSummary");
    const auto* why = page->findChild<QLabel*>("label.partitionEmpty");
    return std::fprintf(stderr, "no split within 20 s: %s; %s\n", qPrintable(said->text()), qPrintable(why->text())), 1;
  }
  QTest::qWait(1500);

  std::vector<double> milliseconds;
  for (int i = 0; i < kSteps; ++i) {
    QEventLoop loop;
    QElapsedTimer timer;
    const auto connection = QObject::connect(model, &PartitionModel::replaced, &loop, [&] {
      heat->repaint();
      milliseconds.push_back(timer.nsecsElapsed() / 1e6);
      loop.quit();
    });
    QTimer::singleShot(2000, &loop, &QEventLoop::quit);
    timer.start();
    slider->setValue(20 + i * 3);
    loop.exec();
    QObject::disconnect(connection);
    QTest::qWait(5);
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  if (milliseconds.empty()) return std::fprintf(stderr, "no step was answered\n"), 1;
  std::printf("slider step to redrawn split, %d clients x %d labels x %d records: median %.1f ms, p95 %.1f ms, core %.1f ms (%zu steps)\n",
              kClients, kLabels, kRecords, milliseconds[milliseconds.size() / 2], milliseconds[milliseconds.size() * 95 / 100],
              model->reply().core_ms(), milliseconds.size());
  delete page;
  core.terminate();
  core.waitForFinished(5000);
  return 0;
}
