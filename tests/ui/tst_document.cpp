// ScenarioDocument: undo and redo are identities, gestures merge, the crash journal brings edits back and leaves nothing.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <QtTest>
#include <random>

#include "spec/scenario_json.h"
#include "ui/model/scenario_document.h"
#include "ui/scenario/scenario_edits.h"

using namespace fedllm;
using namespace fedllm::ui;

namespace {

spec::Scenario sample() {
  spec::Scenario s;
  s.name = "sample";
  s.dataset.files = {"a.jsonl"};
  s.partition.clients = 4;
  return s;
}

// One of the edits that the pages make, chosen by chance.
void randomEdit(ScenarioDocument& document, std::mt19937& random) {
  const int clients = edits::clientCount(document.scenario());
  const int client = clients > 0 ? int(random() % clients) : 0;
  switch (random() % 8) {
    case 0: return document.edit("add", [&](spec::Scenario& s) { edits::addClient(s, clients); });
    case 1: return document.edit("copy", [&](spec::Scenario& s) { if (clients) edits::addClient(s, clients, nullptr, client); });
    case 2: return document.edit("delete", [&](spec::Scenario& s) { edits::removeClients(s, {client}); });
    case 3:
      return document.edit("rename", [&](spec::Scenario& s) { edits::rename(s, client, QString("n%1").arg(random() % 100)); });
    case 4:
      return document.edit(
          "move", [&](spec::Scenario& s) { edits::place(s, client, QPointF(int(random() % 500), int(random() % 500))); });
    case 5: return document.edit("group", [&](spec::Scenario& s) { edits::setGroup(s, {client}, random() % 2 ? "g" : ""); });
    case 6: return document.edit("rank", [&](spec::Scenario& s) { s.lora.rank = 1 + int(random() % 64); });
    default:
      return document.edit("speed",
                           [&](spec::Scenario& s) { edits::needOverride(s, client).speed = (random() % 10) / 4.0 + 0.25; });
  }
}

QString onlyJournal(const QString& folder) {
  const auto files = QDir(folder).entryList({"*.jsonl"}, QDir::Files);
  return files.size() == 1 ? folder + "/" + files[0] : QString();
}

}  // namespace

class TestDocument : public QObject {
  Q_OBJECT
 private slots:
  void undoAllAndRedoAllAreIdentities() {
    for (unsigned seed = 1; seed <= 10; ++seed) {
      std::mt19937 random(seed);
      ScenarioDocument document;
      document.reset(sample(), {});
      const std::string first = spec::to_json(document.scenario());
      for (int i = 0; i < 30; ++i) randomEdit(document, random);
      const std::string last = spec::to_json(document.scenario());
      const int steps = document.undoStack()->count();
      while (document.undoStack()->canUndo()) document.undoStack()->undo();
      QCOMPARE(spec::to_json(document.scenario()), first);
      QVERIFY(!document.isModified());
      while (document.undoStack()->canRedo()) document.undoStack()->redo();
      QCOMPARE(spec::to_json(document.scenario()), last);
      QCOMPARE(document.undoStack()->index(), steps);
    }
  }

  void namesAreInTheMenu() {
    ScenarioDocument document;
    document.edit("Move client 3", [](spec::Scenario& s) { s.rounds = 7; });
    QCOMPARE(document.undoStack()->undoText(), QString("Move client 3"));
  }

  void aDragIsOneStep() {
    ScenarioDocument document;
    document.reset(sample(), {});
    for (int i = 0; i < 40; ++i)
      document.edit(
          "move", [i](spec::Scenario& s) { edits::place(s, 0, QPointF(10 * i, 0)); }, "move");
    QCOMPARE(document.undoStack()->count(), 1);
    document.endMerge();
    document.edit("move", [](spec::Scenario& s) { edits::place(s, 0, QPointF(0, 90)); }, "move");
    QCOMPARE(document.undoStack()->count(), 2);
    document.undoStack()->undo();
    document.undoStack()->undo();
    QVERIFY(document.scenario() == sample());
  }

  void anEditThatChangesNothingIsNone() {
    ScenarioDocument document;
    QSignalSpy changed(&document, &ScenarioDocument::changed);
    document.edit("nothing", [](spec::Scenario& s) { s.rounds = 5; });
    QCOMPARE(document.undoStack()->count(), 0);
    QCOMPARE(changed.count(), 0);
  }

  void problemsFollowEveryEdit() {
    ScenarioDocument document;
    document.reset(sample(), {});
    QVERIFY(!spec::has_errors(document.problems()));
    document.edit("rank", [](spec::Scenario& s) { s.lora.rank = 0; });
    QVERIFY(spec::has_errors(document.problems()));
    document.undoStack()->undo();
    QVERIFY(!spec::has_errors(document.problems()));
  }

  void saveAndLoad() {
    QTemporaryDir dir;
    ScenarioDocument document, other;
    document.reset(sample(), {});
    document.edit("rounds", [](spec::Scenario& s) { s.rounds = 9; });
    QVERIFY(document.isModified());
    QVERIFY(document.save(dir.filePath("s.json")).ok());
    QVERIFY(!document.isModified());
    QCOMPARE(document.baseDir(), QDir(dir.path()).absolutePath());
    QVERIFY(other.load(dir.filePath("s.json")).ok());
    QVERIFY(other.scenario() == document.scenario());
    QVERIFY(!document.save("/nowhere/at/all/s.json").ok());
    const Status missing = other.load(dir.filePath("missing.json"));
    QVERIFY(!missing.ok() && QString::fromStdString(missing.message()).contains("missing.json"));
    QVERIFY(other.scenario() == document.scenario());
  }

  void savingElsewhereKeepsTheFilesInReach() {
    QTemporaryDir dir;
    QVERIFY(QDir(dir.path()).mkpath("one/data") && QDir(dir.path()).mkpath("two/deep"));
    QVERIFY(QFile::link(dir.filePath("two/deep"), dir.filePath("link")));
    spec::Scenario s = sample();
    s.base_model = "model";
    s.dataset.files = {"data/a.jsonl", "/abs/b.jsonl", "builtin:desk_train.jsonl"};
    s.dataset.test_files = {"../t.jsonl"};
    s.evaluation.control_files = {"data/c.jsonl"};
    const auto reaches = [&](const ScenarioDocument& document, const std::string& file, const char* wanted) {
      return QDir::cleanPath(QFileInfo(document.baseDir()).canonicalFilePath() + "/" + QString::fromStdString(file)) ==
             QFileInfo(dir.path()).canonicalFilePath() + "/" + wanted;
    };
    ScenarioDocument document;
    document.reset(s, dir.filePath("one/s.json"));
    document.edit("rounds", [](spec::Scenario& v) { v.rounds = 9; });
    for (const char* place : {"two/deep/s.json", "link/s.json", "s.json"}) {
      QVERIFY(document.save(dir.filePath(place)).ok());
      QVERIFY(!document.isModified());
      ScenarioDocument again;
      QVERIFY(again.load(dir.filePath(place)).ok());
      QVERIFY(again.scenario() == document.scenario());
      const spec::Scenario& now = again.scenario();
      QVERIFY2(reaches(again, now.dataset.files[0], "one/data/a.jsonl"), now.dataset.files[0].c_str());
      QCOMPARE(now.dataset.files[1], std::string("/abs/b.jsonl"));
      QCOMPARE(now.dataset.files[2], std::string("builtin:desk_train.jsonl"));
      QVERIFY(reaches(again, now.dataset.test_files[0], "t.jsonl"));
      QVERIFY(reaches(again, now.evaluation.control_files[0], "one/data/c.jsonl"));
      QVERIFY(reaches(again, now.base_model, "one/model"));
    }
    document.undoStack()->undo();                     // a step from before the move names the files from here, too
    QCOMPARE(document.scenario().rounds, sample().rounds);
    QVERIFY(reaches(document, document.scenario().dataset.files[0], "one/data/a.jsonl"));
  }

  // What a killed window leaves: the journal, whose lock nobody holds.
  void aCrashLeavesTenEditsAndDecliningLeavesNothing() {
    QTemporaryDir dir;
    QString left;
    {
      ScenarioDocument document;
      document.setJournalFolder(dir.path());
      document.reset(sample(), {});
      for (int i = 0; i < 10; ++i) document.edit(QString("edit %1").arg(i), [i](spec::Scenario& s) { s.rounds = 100 + i; });
      QVERIFY(document.recoverable().empty());      // it is alive
      left = onlyJournal(dir.path());
      QVERIFY(!left.isEmpty());
      QVERIFY(QFile::copy(left, left + ".saved"));
    }
    QVERIFY(!QFile::exists(left));                    // a clean end takes it along
    QVERIFY(QFile::rename(left + ".saved", left));

    ScenarioDocument next;
    next.setJournalFolder(dir.path());
    auto found = next.recoverable();
    QCOMPARE(found.size(), size_t(1));
    QCOMPARE(found[0].edits, 10);
    QCOMPARE(found[0].name, QString("sample"));
    QVERIFY(next.recover(found[0]).ok());
    QCOMPARE(next.scenario().rounds, 109);
    QCOMPARE(next.undoStack()->count(), 10);
    QVERIFY(next.isModified());
    QVERIFY(!QFile::exists(left));
    QVERIFY(!onlyJournal(dir.path()).isEmpty());      // journalled anew
    next.undoStack()->undo();
    QCOMPARE(next.scenario().rounds, 108);
  }

  void undoneEditsAreNotRecovered() {
    QTemporaryDir dir;
    ScenarioDocument document;
    document.setJournalFolder(dir.path());
    document.reset(sample(), {});
    for (int i = 0; i < 5; ++i) document.edit("e", [i](spec::Scenario& s) { s.rounds = 50 + i; });
    for (int i = 0; i < 20; ++i) document.edit("drag", [i](spec::Scenario& s) { s.lora.alpha = 20 + i; }, "alpha");
    document.undoStack()->undo();
    document.undoStack()->undo();
    const QString copy = dir.filePath("copy.jsonl");
    QVERIFY(QFile::copy(onlyJournal(dir.path()), copy));
    ScenarioDocument next;
    next.setJournalFolder(dir.path());
    const auto found = next.recoverable();
    QCOMPARE(found.size(), size_t(1));
    QCOMPARE(found[0].edits, 4);
    QVERIFY(next.recover(found[0]).ok());
    QVERIFY(next.scenario() == document.scenario());
    QVERIFY(next.undoStack()->canRedo());
  }

  void moreStepsThanUndoKeepsAreRecovered() {
    QTemporaryDir dir;
    ScenarioDocument document;
    document.setJournalFolder(dir.path());
    document.reset(sample(), {});
    for (int i = 0; i < 510; ++i) document.edit("e", [i](spec::Scenario& s) { s.rounds = 1000 + i; });
    for (int i = 0; i < 3; ++i) document.undoStack()->undo();
    QCOMPARE(document.scenario().rounds, 1506);
    QVERIFY(QFile::copy(onlyJournal(dir.path()), dir.filePath("copy.jsonl")));
    ScenarioDocument next;
    next.setJournalFolder(dir.path());
    const auto found = next.recoverable();
    QCOMPARE(found.size(), size_t(1));
    QVERIFY(next.recover(found[0]).ok());
    QCOMPARE(next.scenario().rounds, 1506);
    QVERIFY(next.undoStack()->canRedo());
  }

  void aLineCutByTheCrashIsLeftOut() {
    QTemporaryDir dir;
    ScenarioDocument document;
    document.setJournalFolder(dir.path());
    for (int i = 0; i < 3; ++i) document.edit("e", [i](spec::Scenario& s) { s.rounds = 50 + i; });
    QFile journal(onlyJournal(dir.path()));
    QVERIFY(journal.open(QIODevice::ReadOnly));
    QFile copy(dir.filePath("cut.jsonl"));
    QVERIFY(copy.open(QIODevice::WriteOnly));
    copy.write(journal.readAll().chopped(40));
    copy.close();
    ScenarioDocument next;
    next.setJournalFolder(dir.path());
    const auto found = next.recoverable();
    QCOMPARE(found.size(), size_t(1));
    QCOMPARE(found[0].edits, 2);
    QVERIFY(next.recover(found[0]).ok());
    QCOMPARE(next.scenario().rounds, 51);
  }

  void nonsenseIsNotOffered() {
    QTemporaryDir dir;
    QFile file(dir.filePath("x.jsonl"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("not a journal\n");
    file.close();
    ScenarioDocument document;
    document.setJournalFolder(dir.path());
    QVERIFY(document.recoverable().empty());
    QVERIFY(!QFile::exists(file.fileName()));
  }

  void savingEndsTheJournalAndUndoBelowItIsKept() {
    QTemporaryDir dir;
    ScenarioDocument document;
    document.setJournalFolder(dir.filePath("journal"));
    document.edit("a", [](spec::Scenario& s) { s.rounds = 11; });
    document.edit("b", [](spec::Scenario& s) { s.rounds = 12; });
    QVERIFY(document.save(dir.filePath("s.json")).ok());
    QVERIFY(onlyJournal(dir.filePath("journal")).isEmpty());
    document.undoStack()->undo();                     // below the saved state: an unsaved edit like any other
    const QString journal = onlyJournal(dir.filePath("journal"));
    QVERIFY(!journal.isEmpty());
    QVERIFY(QFile::copy(journal, dir.filePath("journal/copy.jsonl")));
    ScenarioDocument next;
    next.setJournalFolder(dir.filePath("journal"));
    QCOMPARE(next.recoverable().size(), size_t(1));
    QVERIFY(next.recover(next.recoverable()[0]).ok());
    QCOMPARE(next.scenario().rounds, 11);
  }

  // ------------------------------------------------------------------------------------------------- edits as values

  void deletingMovesTheOthersUp() {
    spec::Scenario s = sample();
    for (int i = 0; i < 4; ++i) edits::rename(s, i, QString("n%1").arg(i));
    edits::removeClients(s, {1, 2, 1, 99});
    QCOMPARE(*s.partition.clients, 2);
    QCOMPARE(edits::clientName(s, 0), QString("n0"));
    QCOMPARE(edits::clientName(s, 1), QString("n3"));
    for (const auto& o : s.clients) QVERIFY(o.client < 2);
  }

  void duplicatesCopySettingsNotNames() {
    spec::Scenario s = sample();
    edits::rename(s, 2, "Nord");
    edits::needOverride(s, 2).speed = 0.5;
    const int fresh = edits::addClient(s, 4, nullptr, 2);
    QCOMPARE(fresh, 4);
    QCOMPARE(*edits::overrideOf(s, 4)->speed, 0.5);
    QCOMPARE(edits::clientName(s, 4), QString("Client 5"));
    QVERIFY(edits::clientPosition(s, 4, 5) != edits::clientPosition(s, 2, 5));
  }

  void whereTheDataDecideClientsAreNotAdded() {
    spec::Scenario s = sample();
    s.partition.method = "by_file";
    s.partition.clients.reset();
    s.dataset.files = {"a", "b", "c"};
    const spec::Scenario before = s;
    QCOMPARE(edits::clientCount(s), 3);
    QCOMPARE(edits::addClient(s, 3), -1);
    edits::removeClients(s, {0});
    QVERIFY(s == before);
  }

  void defaultPlacesDoNotOverlap() {
    spec::Scenario s = sample();
    s.partition.clients = 40;
    for (int i = 0; i < 40; ++i)
      for (int k = 0; k < i; ++k) {
        const QPointF apart = edits::clientPosition(s, i, 40) - edits::clientPosition(s, k, 40);
        QVERIFY(qAbs(apart.x()) >= 124 || qAbs(apart.y()) >= 52);
      }
  }
};

QTEST_GUILESS_MAIN(TestDocument)
#include "tst_document.moc"
