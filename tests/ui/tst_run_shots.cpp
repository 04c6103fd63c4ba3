// Screenshots of the Run page in all states, themes and sizes, for eyes: FEDLLM_SHOTS=DIR names the folder.
#include <QTabWidget>

#include "recorded_run.h"
#include "run_stage.h"
#include "ui/plot/table_twin.h"

using namespace fedllm;
using namespace fedllm::ui;
using test::Stage;
using test::SyntheticRun;

class TestRunShots : public QObject {
  Q_OBJECT
 private slots:
  void screenshots() {
    const QString folder = qEnvironmentVariable("FEDLLM_SHOTS");
    if (folder.isEmpty()) QSKIP("FEDLLM_SHOTS names no folder for screenshots");
    for (const char* themeName : {"light", "dark", "contrast"})
      for (const QSize& size : {QSize(940, 620), QSize(1510, 910)}) shoot(folder, QString::fromLatin1(themeName), size);
  }

 private:
  static void shoot(const QString& folder, const QString& theme, QSize size) {
    auto save = [&](const Stage& stage, const char* what) {
      stage.settle();
      QVERIFY(stage.view->grab().save(QStringLiteral("%1/%2-%3-%4.png").arg(folder, QLatin1String(what), theme).arg(size.width())));
    };
    {
      Stage stage(size, theme);
      QVERIFY(stage.view->grab().save(QStringLiteral("%1/empty-%2-%3.png").arg(folder, theme).arg(size.width())));
    }
    {
      Stage stage(size, theme);
      SyntheticRun run;
      run.start();
      stage.show(run);
      save(stage, "start4");
    }
    {
      Stage stage(size, theme);
      SyntheticRun run;
      run.toMidRound(4);
      stage.show(run);
      stage.view->focus()->setClient(1);
      stage.view->focus()->setRound(3);
      save(stage, "mid4");
    }
    {
      Stage stage(size, theme);
      SyntheticRun run, earlier;
      run.finish();
      earlier.level = 1.3;
      earlier.finish();
      stage.show(run, &earlier);
      save(stage, "done4prev");
      auto* tabs = stage.view->findChild<QTabWidget*>("run.tabs");
      const char* names[] = {"comm", "time", "aggregation", "updates", "events", "tryit"};
      for (int tab = 1; tab < tabs->count(); ++tab) {
        tabs->setCurrentIndex(tab);
        save(stage, names[tab]);
      }
      tabs->setCurrentIndex(0);
      for (auto* panel : stage.view->findChildren<PicturePanel*>()) panel->showTable(true);
      save(stage, "tables");
    }
    {
      Stage stage(size, theme);
      SyntheticRun run;
      run.everyRound = run.references = true;
      run.aggregator = "fedsa-lora";
      run.hidden = "FedSA-LoRA leaves a factor with its client, so the server does not see what each learned";
      run.finish();
      stage.show(run);
      stage.view->findChild<QTabWidget*>("run.tabs")->setCurrentIndex(2);
      stage.view->focus()->setRound(2);
      save(stage, "personal4");
    }
    for (const char* name : {"fedavg", "flexlora", "fedsa-lora"}) {
      Stage stage(size, theme);
      stage.record = std::make_unique<RunRecord>(QString::fromLatin1(name));
      test::applyRecorded(QString::fromLatin1(name), *stage.record);
      stage.view->setRecords(stage.record.get(), nullptr, {});
      stage.view->findChild<QTabWidget*>("run.tabs")->setCurrentIndex(name == QLatin1String("fedavg") ? 3 : 2);
      save(stage, name);
    }
    {
      Stage stage(size, theme);
      SyntheticRun run;
      run.error = 3e-8;
      run.finish();
      stage.show(run);
      stage.view->findChild<QTabWidget*>("run.tabs")->setCurrentIndex(2);
      save(stage, "exact4");
    }
    {
      Stage stage(size, theme);
      SyntheticRun run;
      run.clients = 50;
      run.rounds = 20;
      run.topics = {"brainstorming", "classification", "closed_qa", "creative_writing", "general_qa", "information_extraction", "open_qa", "summarization"};
      run.toMidRound(12);
      stage.show(run);
      save(stage, "mid50");
    }
    {
      Stage stage(size, theme);
      SyntheticRun run;
      run.clients = 10;
      run.name = "local_training_information_extraction_";
      run.topics = {"brainstorming", "classification", "closed_qa", "creative_writing", "general_qa", "information_extraction", "open_qa", "summarization"};
      run.finish();
      stage.show(run);
      stage.view->focus()->setClient(7);
      save(stage, "done10long");
    }
  }
};

QTEST_MAIN(TestRunShots)
#include "tst_run_shots.moc"
