#include "ui/scenario/scenario_page.h"

#include <QAction>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QItemSelectionModel>
#include <QLabel>
#include <QMenu>
#include <QSplitter>
#include <QToolBar>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

#include "ui/link/core_link.h"
#include "ui/model/run_session.h"
#include "ui/scenario/canvas.h"
#include "ui/scenario/file_pane.h"
#include "ui/scenario/forecast_bar.h"
#include "ui/scenario/inspector.h"
#include "ui/scenario/outline_model.h"
#include "ui/scenario/problem_list.h"
#include "ui/scenario/strategy_section.h"
#include "ui/scenario/sweep_dialog.h"
#include "ui/shell/icons.h"
#include "ui/shell/main_window.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/settings.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

// The tree beside the canvas. Its keys are the canvas's, so that everything can be done without the picture.
class Outline : public QTreeView {
 public:
  Outline(ScenarioEditor* editor, std::function<void()> settings) : editor_(editor), settings_(std::move(settings)) {}

 protected:
  void keyPressEvent(QKeyEvent* event) override {
    const bool control = event->modifiers() & Qt::ControlModifier;
    if (event->key() == Qt::Key_Insert) return editor_->addClient();
    if (event->key() == Qt::Key_Delete) return editor_->deleteSelected();
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (enter && state() != EditingState) return settings_();
    if (control && event->key() == Qt::Key_D) return editor_->duplicateSelected();
    if (control && event->key() == Qt::Key_G)
      return event->modifiers() & Qt::ShiftModifier ? editor_->ungroupSelected() : editor_->groupSelected();
    QTreeView::keyPressEvent(event);
  }

 private:
  ScenarioEditor* editor_;
  std::function<void()> settings_;           // Enter: to the inspector
};

class ScenarioPage : public Page {
 public:
  Q_DECLARE_TR_FUNCTIONS(ScenarioPage)
 public:
  explicit ScenarioPage(const StudioContext& context)
      : Page(context), editor_(new ScenarioEditor(context.document, this)), model_(new OutlineModel(editor_, this)) {
    setAccessibleName(title());
    canvas_ = new Canvas(editor_, context.theme);
    inspector_ = new Inspector(editor_, context.theme);
    file_ = new FilePane(context.document, context.theme);
    forecast_ = new ForecastBar(editor_, context.link, context.session, context.theme);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(buildTools());
    column->addWidget(buildSplitter(), 1);
    column->addWidget(forecast_);
    connectParts();
    setFocusProxy(canvas_);
  }

  ~ScenarioPage() override {
    if (context_.settings) context_.settings->setLayout(QStringLiteral("scenario"), splitter_->saveState());
  }

  QString pageId() const override { return QStringLiteral("scenario"); }
  QString title() const override { return tr("Scenario"); }
  bool readyForScreenshot() const override { return forecast_->upToDate(); }

 private:
  QWidget* buildTools() {
    auto* bar = new QToolBar;
    bar->setObjectName(QStringLiteral("tools"));
    bar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    bar->setIconSize(QSize(18, 18));
    bar->setMovable(false);
    const auto add = [&](const char* icon, const QString& text, const QString& hint, auto run) {
      QAction* action = bar->addAction(themedIcon(QString::fromLatin1(icon)), text);
      action->setToolTip(hint);
      action->setObjectName(QStringLiteral("tool.") + QString::fromLatin1(icon));
      connect(action, &QAction::triggered, this, run);
      if (auto* button = bar->widgetForAction(action)) {
        button->setObjectName(QStringLiteral("btn.") + QString::fromLatin1(icon));
        button->setAccessibleName(text);
        button->setFocusPolicy(Qt::TabFocus);
      }
      return action;
    };
    add_ = add("add", tr("Add client"), tr("Add a client (Ins)"), [this] { editor_->addClient(); });
    duplicate_ = add("duplicate", tr("Duplicate"), tr("Duplicate the selected clients (Ctrl+D)"),
                     [this] { editor_->duplicateSelected(); });
    group_ =
        add("group", tr("Group"), tr("Put the selected clients into a group (Ctrl+G)"), [this] { editor_->groupSelected(); });
    delete_ = add("delete", tr("Delete"), tr("Delete the selected clients (Del)"), [this] { editor_->deleteSelected(); });
    bar->addSeparator();
    add("fit", tr("Fit"), tr("Show the whole federation (F)"), [this] { canvas_->fit(); });
    add("sweep", tr("Sweep…"), tr("Runs this scenario with several methods, seeds and values, and compares them"), [this] { openSweep(); });
    auto* gap = new QWidget;
    gap->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    bar->addWidget(gap);
    showFile_ =
        add("file", tr("Show as file"), tr("Shows the scenario as the JSON file that is saved, beside the picture"), [this] {});
    showFile_->setCheckable(true);
    connect(showFile_, &QAction::toggled, this, [this](bool on) {
      file_->setVisible(on);
      // Beside each other there is room for three columns only on a wide window.
      left_->setVisible(!on || width() >= 1200);
    });
    return bar;
  }

  QWidget* buildSplitter() {
    outline_ = new Outline(editor_, [this] { inspector_->focusFirst(); });
    outline_->setObjectName(QStringLiteral("canvas.outline"));
    outline_->setAccessibleName(tr("Outline of the federation"));
    outline_->setWhatsThis(
        tr("The same federation as a tree: coordinator, groups, clients and their links. Enter goes to the settings, F2 renames, Ins adds, Del deletes."));
    outline_->setModel(model_);
    outline_->setSelectionMode(QAbstractItemView::ExtendedSelection);
    outline_->setEditTriggers(QAbstractItemView::EditKeyPressed | QAbstractItemView::DoubleClicked);
    outline_->setUniformRowHeights(true);
    outline_->setFrameShape(QFrame::NoFrame);
    outline_->setIndentation(14);
    outline_->setTabKeyNavigation(false);
    outline_->setContextMenuPolicy(Qt::CustomContextMenu);
    outline_->header()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
    outline_->header()->setStretchLastSection(true);
    outline_->header()->setMinimumSectionSize(40);
    outline_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    problems_ = new ProblemList(editor_, context_.theme);
    problems_->setFrameShape(QFrame::NoFrame);
    left_ = new QSplitter(Qt::Vertical);
    left_->addWidget(outline_);
    left_->addWidget(problems_);
    left_->setStretchFactor(0, 3);
    left_->setStretchFactor(1, 1);
    splitter_ = new QSplitter;
    splitter_->setObjectName(QStringLiteral("splitter"));
    splitter_->setChildrenCollapsible(false);
    for (QWidget* part : std::initializer_list<QWidget*>{left_, canvas_, file_, inspector_}) splitter_->addWidget(part);
    splitter_->setStretchFactor(1, 1);
    splitter_->setSizes({250, 420, 330, 290});
    file_->hide();
    if (context_.settings) splitter_->restoreState(context_.settings->layout(QStringLiteral("scenario")));
    return splitter_;
  }

  void connectParts() {
    connect(outline_->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] { fromOutline(); });
    connect(model_, &QAbstractItemModel::modelReset, this, [this] { toOutline(); });
    connect(editor_, &ScenarioEditor::selectionChanged, this, [this] { toOutline(); refresh(); });
    connect(editor_, &ScenarioEditor::changed, this, [this] { refresh(); });
    connect(canvas_, &Canvas::settingsAsked, inspector_, &Inspector::focusFirst);
    connect(canvas_, &Canvas::menuAsked, this, [this](const QPoint& at) { showMenu(at); });
    connect(outline_, &QWidget::customContextMenuRequested, this,
            [this](const QPoint& at) { showMenu(outline_->viewport()->mapToGlobal(at)); });
    connect(problems_, &ProblemList::chosen, this, [this](const QString& path) { goToProblem(path); });
    connect(forecast_, &ForecastBar::modulesKnown, inspector_, &Inspector::setModules);
    connect(forecast_, &ForecastBar::bytesKnown, inspector_->strategy(), &StrategySection::setBytes);
    connect(forecast_, &ForecastBar::runAsked, this, [this] {
      if (auto* shell = qobject_cast<MainWindow*>(window())) return shell->runScenario();
      context_.session->start(context_.document->scenario(), context_.document->baseDir());
      emit showPage(QStringLiteral("run"));
    });
    toOutline();
    refresh();
  }

  void openSweep() {
    if (!sweep_) {
      sweep_ = new SweepDialog(context_.link, context_.theme, this);
      connect(sweep_, &SweepDialog::runAsked, this, [this](const QString& run) {
        context_.session->open(run);
        emit showPage(QStringLiteral("run"));
      });
    }
    sweep_->setScenario(context_.document->scenario(), context_.document->baseDir());
    sweep_->show();
    sweep_->raise();
  }

  // What this page has no field for is set on the Data page.
  void goToProblem(const QString& path) {
    if (!inspector_->focusPath(path) && isDataPath(path)) emit showPage(QStringLiteral("data"));
  }

  // Outline and canvas show one selection.
  void toOutline() {
    syncing_ = true;
    outline_->expandToDepth(1);
    auto* selection = outline_->selectionModel();
    QItemSelection wanted;
    for (const NodeId& node : editor_->selected())
      if (const QModelIndex index = model_->indexOf(node); index.isValid()) wanted.select(index, index);
    selection->select(wanted, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    if (const QModelIndex current = model_->indexOf(editor_->current()); current.isValid()) {
      selection->setCurrentIndex(current, QItemSelectionModel::NoUpdate);
      outline_->scrollTo(current);
    }
    syncing_ = false;
  }

  void fromOutline() {
    if (syncing_) return;
    std::vector<NodeId> nodes;
    for (const QModelIndex& index : outline_->selectionModel()->selectedRows()) {
      NodeId node;
      if (model_->nodeAt(index, &node)) nodes.push_back(node);
      else                                   // a group stands for its clients
        for (int row = 0; row < model_->rowCount(index); ++row)
          if (model_->nodeAt(model_->index(row, 0, index), &node)) nodes.push_back(node);
    }
    if (nodes.empty()) return;
    NodeId current;
    if (!model_->nodeAt(outline_->currentIndex(), &current) || std::find(nodes.begin(), nodes.end(), current) == nodes.end())
      current = nodes.back();
    syncing_ = true;
    editor_->select(nodes, current);
    syncing_ = false;
  }

  void refresh() {
    const bool clients = !editor_->selectedClients().empty();
    const bool may = editor_->mayChangeClients();
    const QString why = tr("The data decide how many clients there are with this split (Data page)");
    add_->setEnabled(may);
    duplicate_->setEnabled(may && clients);
    delete_->setEnabled(may && clients && editor_->current().kind != NodeId::Kind::Link);
    group_->setEnabled(clients);
    add_->setToolTip(may ? tr("Add a client (Ins)") : why);
    duplicate_->setToolTip(!may ? why : clients ? tr("Duplicate the selected clients (Ctrl+D)") : tr("Select a client first"));
    delete_->setToolTip(!may ? why : clients ? tr("Delete the selected clients (Del)") : tr("Select a client first"));
    group_->setToolTip(clients ? tr("Put the selected clients into a group (Ctrl+G)") : tr("Select a client first"));
  }

  void showMenu(const QPoint& at) {
    QMenu menu;
    menu.setToolTipsVisible(true);
    menu.addActions({add_, duplicate_, group_});
    QAction* ungroup = menu.addAction(tr("Ungroup"), editor_, &ScenarioEditor::ungroupSelected);
    ungroup->setEnabled(group_->isEnabled());
    QAction* rename = menu.addAction(tr("Rename"), canvas_, &Canvas::startRename);
    rename->setEnabled(editor_->current().kind == NodeId::Kind::Client);
    menu.addAction(delete_);
    menu.exec(at);
  }

  ScenarioEditor* editor_;
  OutlineModel* model_;
  Canvas* canvas_ = nullptr;
  Inspector* inspector_ = nullptr;
  FilePane* file_ = nullptr;
  ForecastBar* forecast_ = nullptr;
  Outline* outline_ = nullptr;
  ProblemList* problems_ = nullptr;
  SweepDialog* sweep_ = nullptr;
  QSplitter *splitter_ = nullptr, *left_ = nullptr;
  QAction *add_ = nullptr, *duplicate_ = nullptr, *group_ = nullptr, *delete_ = nullptr, *showFile_ = nullptr;
  bool syncing_ = false;
};

}  // namespace

Page* makeScenarioPage(const StudioContext& context) { return new ScenarioPage(context); }

}  // namespace fedllm::ui
