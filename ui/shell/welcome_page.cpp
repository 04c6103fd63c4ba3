#include "ui/shell/welcome_page.h"

#include <QCommandLinkButton>
#include <QDateTime>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>

#include "base/home.h"
#include "spec/scenario_json.h"
#include "ui/link/core_link.h"
#include "ui/model/run_session.h"
#include "ui/model/scenario_document.h"
#include "ui/shell/big_button.h"
#include "ui/shell/main_window.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/recent_table.h"
#include "ui/shell/settings.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr int kRunsShown = 8;

class WelcomePage : public Page {
 public:
  Q_DECLARE_TR_FUNCTIONS(WelcomePage)
 public:
  explicit WelcomePage(const StudioContext& context) : Page(context) {
    setAccessibleName(title());
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(28, 20, 28, 14);
    column->setSpacing(12);
    addHead(column);
    addSamples(column);
    addWays(column);
    addRecent(column);
    addComputer(column);
    setFocusProxy(sample_);
    connect(context_.link, &CoreLink::stateChanged, this, [this] { coreChanged(); });
    connect(context_.session, &RunSession::startFailed, this, [this] { setStarting(false); });
    connect(context_.session, &RunSession::currentChanged, this, [this] { setStarting(false); refresh(); });
    coreChanged();
  }

  QString pageId() const override { return QStringLiteral("welcome"); }
  QString title() const override { return tr("Welcome"); }
  bool readyForScreenshot() const override { return listed_; }

 protected:
  void showEvent(QShowEvent* event) override {
    Page::showEvent(event);
    refresh();
  }

  // Enter starts the sample wherever the focus is, unless a control of its own takes the key.
  void keyPressEvent(QKeyEvent* event) override {
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) sample_->click();
    else Page::keyPressEvent(event);
  }

 private:
  void addHead(QVBoxLayout* column) {
    auto* head = new QLabel(QStringLiteral("FedLLM Studio"));
    QFont font = head->font();
    font.setPointSizeF(font.pointSizeF() * 1.9);
    font.setBold(true);
    head->setFont(font);
    column->addWidget(head);
    auto* what = new QLabel(
        tr("Several clients improve one language model together. Their data stay where they are; only small adapters travel."));
    what->setWordWrap(true);
    column->addWidget(what);
  }

  void addSamples(QVBoxLayout* column) {
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    sample_ = new BigButton(context_.theme, QStringLiteral("play"), tr("Run the sample"),
                            tr("4 clients with different mixes of data, a tiny model, 5 rounds: under 40 s"), true);
    sample_->setObjectName(QStringLiteral("btn.sample"));
    sample_->setWhatsThis(tr("Starts a shipped scenario at once and shows its curves. Enter does the same."));
    connect(sample_, &QAbstractButton::clicked, this, [this] { start(QStringLiteral("builtin:desk-iid")); });
    skewed_ = new BigButton(context_.theme, QStringLiteral("play"), tr("Run it with skewed labels"),
                            tr("Each client knows only two of eight desks. See what that does to the curves"), false);
    skewed_->setObjectName(QStringLiteral("btn.skewed"));
    skewed_->setWhatsThis(
        tr("The same federation, but the labels are spread unevenly, so that the clients pull in different directions."));
    connect(skewed_, &QAbstractButton::clicked, this, [this] { start(QStringLiteral("builtin:desk-skewed")); });
    row->addWidget(sample_, 1);
    row->addWidget(skewed_, 1);
    column->addLayout(row);
  }

  void addWays(QVBoxLayout* column) {
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    const auto add = [&](const char* name, const QString& text, const QString& hint, auto run) {
      auto* button = new QPushButton(text);
      button->setObjectName(QString::fromLatin1(name));
      button->setToolTip(hint);
      button->setAutoDefault(false);
      connect(button, &QPushButton::clicked, this, run);
      row->addWidget(button);
    };
    add("btn.new", tr("New scenario"), tr("Design a federation of your own (Ctrl+N)"), [this] {
      if (auto* w = shell()) w->newScenario();
    });
    add("btn.open", tr("Open a scenario…"), tr("Open a scenario file (Ctrl+O)"), [this] {
      if (auto* w = shell()) w->openScenario();
    });
    add("btn.design", tr("Look at the sample's design"), tr("Opens the sample without running it"), [this] {
      if (auto* w = shell()) w->openScenario(QStringLiteral("builtin:desk-iid"));
    });
    row->addStretch(1);
    column->addLayout(row);
  }

  void addRecent(QVBoxLayout* column) {
    auto* label = new QLabel(tr("&Recent scenarios and runs"));
    QFont font = label->font();
    font.setBold(true);
    label->setFont(font);
    column->addWidget(label);
    recent_ = new RecentTable(context_.theme);
    recent_->setObjectName(QStringLiteral("table.recent"));
    recent_->setAccessibleName(tr("Recent scenarios and runs"));
    label->setBuddy(recent_);
    connect(recent_, &RecentTable::runChosen, this, [this](const QString& run) {
      context_.session->open(run);
      emit showPage(QStringLiteral("run"));
    });
    connect(recent_, &RecentTable::fileChosen, this, [this](const QString& path) {
      if (auto* w = shell()) w->openScenario(path);
    });
    column->addWidget(recent_, 1);
  }

  void addComputer(QVBoxLayout* column) {
    computer_ = new QLabel;
    computer_->setObjectName(QStringLiteral("label.computer"));
    computer_->setWordWrap(true);
    column->addWidget(computer_);
  }

  MainWindow* shell() const { return qobject_cast<MainWindow*>(window()); }

  void start(const QString& scenario) {
    const auto loaded = spec::load_scenario(scenario.toStdString());
    if (!loaded.ok()) return showProblem(statusText(loaded.status()));
    if (!context_.document->isModified()) (void)context_.document->load(scenario);
    setStarting(true);
    context_.session->start(*loaded, context_.document->baseDir());
    emit showPage(QStringLiteral("run"));
  }

  void showProblem(const QString& sentence) { computer_->setText(sentence); }

  void setStarting(bool on) {
    sample_->setEnabled(!on);
    skewed_->setEnabled(!on);
  }

  void coreChanged() {
    const auto& hello = context_.link->hello();
    if (context_.link->state() != CoreLink::State::Ready) {
      computer_->setText(tr("This computer: %1").arg(context_.link->stateSentence()));
      return;
    }
    const bool model =
        QFileInfo::exists(QString::fromStdString(assets_dir()) + QStringLiteral("/models/microworld/model.safetensors"));
    const QString memory = QLocale().formattedDataSize(qint64(hello.memory_bytes()), 1);
    computer_->setText(tr("This computer: %n core(s), %1 memory, %2, core ready", nullptr, hello.cores())
                           .arg(memory, model ? tr("sample model ready") : tr("sample model missing")));
    refresh();
  }

  // Files at once, runs when the core has answered.
  void refresh() {
    recent_->setFiles(context_.settings ? context_.settings->recent() : QStringList());
    if (context_.link->state() != CoreLink::State::Ready || !isVisible()) return;
    context_.link->listRuns(this, [this](Result<wire::ListRunsReply> reply) {
      listed_ = true;
      if (reply.ok()) recent_->setRuns(*reply, kRunsShown);
    });
  }

  BigButton *sample_ = nullptr, *skewed_ = nullptr;
  RecentTable* recent_ = nullptr;
  QLabel* computer_ = nullptr;
  bool listed_ = false;
};

}  // namespace

Page* makeWelcomePage(const StudioContext& context) { return new WelcomePage(context); }

}  // namespace fedllm::ui
