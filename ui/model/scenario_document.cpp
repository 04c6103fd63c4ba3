#include "ui/model/scenario_document.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QUndoCommand>

#include "base/file.h"
#include "spec/scenario_json.h"
#include "ui/model/journal.h"
#include "ui/model/rebase.h"

namespace fedllm::ui {
namespace {

constexpr int kUndoLimit = 500;
constexpr int kMergeId = 1;

// A step keeps both values: scenarios are small, and a value cannot fail to undo. Their relative paths are those of the folder
// the step was made in; `set` knows it.
class EditCommand : public QUndoCommand {
 public:
  using Set = std::function<void(const spec::Scenario&)>;
  EditCommand(Set set, spec::Scenario before, spec::Scenario after, QString key)
      : set_(std::move(set)), before_(std::move(before)), after_(std::move(after)), key_(std::move(key)) {}
  void undo() override { set_(before_); }
  void redo() override { set_(after_); }
  int id() const override { return key_.isEmpty() ? -1 : kMergeId; }
  bool mergeWith(const QUndoCommand* other) override {
    const auto* next = static_cast<const EditCommand*>(other);
    if (key_ != next->key_) return false;
    after_ = next->after_;
    setObsolete(after_ == before_);
    return true;
  }

 private:
  Set set_;
  spec::Scenario before_, after_;
  QString key_;
};

}  // namespace

class ScenarioDocument::Impl {
 public:
  explicit Impl(ScenarioDocument* document) : document(document) {
    stack.setUndoLimit(kUndoLimit);
    QObject::connect(&stack, &QUndoStack::cleanChanged, document,
                     [document](bool clean) { emit document->modifiedChanged(!clean); });
    QObject::connect(&stack, &QUndoStack::indexChanged, document, [this] { indexMoved(); });
  }

  void set(const spec::Scenario& value) {
    scenario = value;
    problems = spec::validate(scenario);
    emit document->changed();
  }

  // Consecutive edits with one merge key share a gesture, and only they merge.
  QString gestureKey(const QString& mergeKey) {
    if (mergeKey.isEmpty() || mergeKey != openGesture) ++gesture;
    openGesture = mergeKey;
    return mergeKey.isEmpty() ? QString() : mergeKey + QLatin1Char('#') + QString::number(gesture);
  }

  void push(const QString& name, spec::Scenario after, const QString& key, bool mayMerge) {
    if (!journal.active()) journalStart = stack.index();
    journal.push(scenario, path, name, key, after);
    const int limit = stack.undoLimit();
    if (limit > 0 && stack.count() == limit && stack.index() == limit && !mayMerge) --journalStart;   // the oldest step falls off
    const int indexBefore = stack.index();
    auto* command = new EditCommand([this, base = baseDir()](const spec::Scenario& value) { set(rebased(value, base, baseDir())); },
                                    scenario, std::move(after), key);
    command->setText(name);
    pushing = true;
    stack.push(command);
    pushing = false;
    settled = scenario;
    if (stack.index() < indexBefore) journal.index(stack.index() - journalStart);   // a gesture that came back to where it began
  }

  // Undo and redo as the journal sees them; a step below where the journal began is written as a step of its own.
  void indexMoved() {
    if (pushing) return;
    openGesture.clear();
    const int steps = stack.index() - journalStart;
    if (journal.active() && steps >= 0) {
      journal.index(steps);
    } else if (!(settled == scenario)) {
      if (!journal.active()) journalStart = stack.index() - 1;
      journal.push(settled, path, ScenarioDocument::tr("Undo"), {}, scenario);
    }
    settled = scenario;
  }

  void start(const spec::Scenario& value, const QString& newPath) {
    pushing = true;
    stack.clear();
    stack.setUndoLimit(kUndoLimit);
    stack.setClean();
    pushing = false;
    openGesture.clear();
    journal.close();
    path = newPath;
    settled = value;
    set(value);
  }

  QString baseDir() const { return path.isEmpty() ? QDir::homePath() : QFileInfo(path).absolutePath(); }

  ScenarioDocument* document;
  spec::Scenario scenario;
  std::vector<spec::Problem> problems;
  QUndoStack stack;
  QString path;
  QString openGesture;
  quint64 gesture = 0;
  Journal journal;
  int journalStart = 0;                      // undo index at which the journal began
  spec::Scenario settled;                    // the value that the journal knows
  bool pushing = false;
};

ScenarioDocument::ScenarioDocument(QObject* parent) : QObject(parent), impl_(std::make_unique<Impl>(this)) {
  impl_->problems = spec::validate(impl_->scenario);
}

ScenarioDocument::~ScenarioDocument() { impl_->stack.disconnect(this); }

const spec::Scenario& ScenarioDocument::scenario() const { return impl_->scenario; }
const std::vector<spec::Problem>& ScenarioDocument::problems() const { return impl_->problems; }
QUndoStack* ScenarioDocument::undoStack() { return &impl_->stack; }

void ScenarioDocument::edit(const QString& name, const std::function<void(spec::Scenario&)>& change, const QString& mergeKey) {
  spec::Scenario after = impl_->scenario;
  change(after);
  if (after == impl_->scenario) return;
  const bool mayMerge = !mergeKey.isEmpty() && mergeKey == impl_->openGesture;
  impl_->push(name, std::move(after), impl_->gestureKey(mergeKey), mayMerge);
}

void ScenarioDocument::endMerge() { impl_->openGesture.clear(); }

void ScenarioDocument::reset(const spec::Scenario& scenario, const QString& path) { impl_->start(scenario, path); }

QString ScenarioDocument::path() const { return impl_->path; }

QString ScenarioDocument::baseDir() const { return impl_->baseDir(); }

bool ScenarioDocument::isModified() const { return !impl_->stack.isClean(); }

// Saved into another folder, relative paths are written as they are called from there.
Status ScenarioDocument::save(const QString& path) {
  const QFileInfo file(path);
  const spec::Scenario moved = rebased(impl_->scenario, baseDir(), file.absolutePath());
  FEDLLM_RETURN_IF_ERROR(write_file_atomic(path.toStdString(), spec::to_json(moved)));
  impl_->path = file.absoluteFilePath();
  impl_->scenario = impl_->settled = moved;
  impl_->openGesture.clear();
  impl_->stack.setClean();
  impl_->journal.close();
  emit changed();                            // title and base folder
  return {};
}

// A shipped scenario opens as one that was never saved: it cannot be overwritten.
Status ScenarioDocument::load(const QString& path) {
  FEDLLM_ASSIGN_OR_RETURN(const spec::Scenario scenario, spec::load_scenario(path.toStdString()));
  const bool shipped = path.startsWith(QLatin1String("builtin:"));
  reset(scenario, shipped ? QString() : QFileInfo(path).absoluteFilePath());
  return {};
}

void ScenarioDocument::setJournalFolder(const QString& folder) { impl_->journal.setFolder(folder); }

std::vector<ScenarioDocument::Recoverable> ScenarioDocument::recoverable() const {
  std::vector<Recoverable> found;
  const QString folder = impl_->journal.folder();
  if (folder.isEmpty()) return found;
  for (const QFileInfo& file : QDir(folder).entryInfoList({QStringLiteral("*.jsonl")}, QDir::Files, QDir::Time)) {
    if (!Journal::isOrphan(file.absoluteFilePath())) continue;
    const auto content = Journal::read(file.absoluteFilePath());
    if (!content || content->edits() == 0) {
      QFile::remove(file.absoluteFilePath());   // nothing in it that could be offered
      continue;
    }
    found.push_back({file.absoluteFilePath(), QString::fromStdString(content->base.name), content->edits()});
  }
  return found;
}

// The edits come back as edits: they can be undone, and they are journalled again before the old journal goes.
Status ScenarioDocument::recover(const Recoverable& journal) {
  const auto content = Journal::read(journal.journalFile);
  if (!content) return data_loss("the journal " + journal.journalFile.toStdString() + " cannot be read", "ui.journal");
  reset(content->base, content->path);
  impl_->stack.setUndoLimit(0);              // the journal counts steps from its beginning, also those that had fallen off
  for (const Journal::Step& step : content->steps) {
    if (step.index >= 0) impl_->stack.setIndex(step.index);
    else edit(step.name, [&step](spec::Scenario& scenario) { scenario = step.scenario; }, step.key);
  }
  endMerge();
  discard(journal);
  return {};
}

void ScenarioDocument::discard(const Recoverable& journal) { QFile::remove(journal.journalFile); }

}  // namespace fedllm::ui
