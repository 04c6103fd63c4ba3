#include "ui/dataset/dataset_page.h"

#include <QCoreApplication>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QGroupBox>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <QTimer>
#include <QVBoxLayout>

#include "spec/scenario_json.h"
#include "ui/dataset/client_bars.h"
#include "ui/dataset/heat_map.h"
#include "ui/dataset/import_panel.h"
#include "ui/dataset/partition_model.h"
#include "ui/dataset/partition_panel.h"
#include "ui/dataset/prompt_panel.h"
#include "ui/link/core_link.h"
#include "ui/model/scenario_document.h"
#include "ui/shell/dropped_files.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr int kTokensAfterMs = 600;    // token counts need tokenising: asked for once the knobs rest

class DatasetPage final : public Page {
  Q_DECLARE_TR_FUNCTIONS(DatasetPage)
 public:
  explicit DatasetPage(const StudioContext& context, QWidget* parent = nullptr) : Page(context, parent) {
    setObjectName("page.data");
    setAcceptDrops(true);
    model_ = new PartitionModel(this);
    tokensLater_.setSingleShot(true);
    tokensLater_.setInterval(kTokensAfterMs);
    connect(&tokensLater_, &QTimer::timeout, this, [this] { askTokens(); });
    build();
    connect(context_.document, &ScenarioDocument::changed, this, [this] { showScenario(); });
    connect(context_.link, &CoreLink::stateChanged, this, [this](CoreLink::State state) {
      if (state == CoreLink::State::Ready && isVisible()) import_->importNow();
    });
  }

  QString pageId() const override { return "data"; }
  QString title() const override { return tr("Data"); }
  bool readyForScreenshot() const override {
    return !import_->importing() && !asking_ && (model_->clients() > 0 || failed_ || context_.document->scenario().dataset.files.empty());
  }

 protected:
  void showEvent(QShowEvent* event) override {
    Page::showEvent(event);
    QTimer::singleShot(0, this, [this] { showScenario(); });
  }
  // Data files are added here; anything else is the window's to open or to refuse.
  void dragEnterEvent(QDragEnterEvent* event) override {
    event->setAccepted(droppedFiles(event->mimeData()).kind == DroppedFiles::Kind::Data);
  }
  void dropEvent(QDropEvent* event) override {
    const DroppedFiles dropped = droppedFiles(event->mimeData());
    if (dropped.kind != DroppedFiles::Kind::Data) return event->ignore();
    event->acceptProposedAction();
    import_->addFiles(dropped.paths);
  }

 private:
  static QGroupBox* group(const QString& title, QWidget* content) {
    auto* box = new QGroupBox(title);
    auto* layout = new QVBoxLayout(box);
    layout->addWidget(content);
    return box;
  }

  QWidget* buildSettings() {
    import_ = new ImportPanel(context_);
    prompt_ = new PromptPanel(context_);
    partition_ = new PartitionPanel(context_);
    auto* column = new QWidget;
    auto* layout = new QVBoxLayout(column);
    layout->addWidget(group(tr("Source"), import_));
    layout->addWidget(group(tr("Split between clients"), partition_));
    layout->addWidget(group(tr("Text and label"), prompt_));
    layout->addStretch();
    auto* scroll = new QScrollArea;
    scroll->setObjectName("scroll.dataSettings");
    scroll->setFocusPolicy(Qt::NoFocus);   // its fields take the focus, it only scrolls
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(column);
    scroll->setMinimumWidth(column->minimumSizeHint().width() + 18);
    return scroll;
  }

  QWidget* buildViews() {
    heat_ = new HeatMap(model_, context_.theme);
    bars_ = new ClientBars(model_, context_.theme);
    table_ = new QTableView;
    table_->setObjectName("table.partition");
    table_->setModel(model_);
    table_->setAccessibleName(tr("Split as a table"));
    auto* pictures = new QSplitter(Qt::Vertical);
    pictures->addWidget(heat_);
    pictures->addWidget(bars_);
    pictures->setStretchFactor(0, 3);
    pictures->setStretchFactor(1, 2);
    stack_ = new QStackedWidget;
    stack_->addWidget(pictures);
    stack_->addWidget(table_);
    empty_ = new QLabel;
    empty_->setObjectName("label.partitionEmpty");
    empty_->setAlignment(Qt::AlignCenter);
    empty_->setWordWrap(true);
    stack_->addWidget(empty_);
    return stack_;
  }

  QWidget* buildHead() {
    auto* head = new QWidget;
    auto* row = new QHBoxLayout(head);
    row->setContentsMargins(0, 0, 0, 0);
    skew_ = new QLabel;
    skew_->setObjectName("label.skew");
    skew_->setWordWrap(true);
    skew_->setWhatsThis(tr("Jensen-Shannon divergence of the clients' label shares from the whole, in bits (0: alike, at "
                           "most log2 of the number of clients), and Gini "
                           "coefficient of the clients' sizes (0: equal)."));
    tableButton_ = new QPushButton(tr("Show as table"));
    tableButton_->setObjectName("btn.partitionTable");
    tableButton_->setCheckable(true);
    tableButton_->setShortcut(QKeySequence("Ctrl+T"));
    connect(tableButton_, &QPushButton::toggled, this, [this] { showSplit(); });
    row->addWidget(skew_, 1);
    row->addWidget(tableButton_);
    return head;
  }

  void build() {
    auto* right = new QWidget;
    auto* rightLayout = new QVBoxLayout(right);
    rightLayout->addWidget(buildHead());
    auto* settings = buildSettings();
    auto* parts = new QSplitter(Qt::Vertical);
    parts->addWidget(buildViews());
    parts->addWidget(prompt_->preview());
    parts->setStretchFactor(0, 4);
    parts->setStretchFactor(1, 1);
    rightLayout->addWidget(parts, 1);
    auto* sides = new QSplitter(Qt::Horizontal);
    sides->setObjectName("splitter.data");
    sides->addWidget(settings);
    sides->addWidget(right);
    sides->setStretchFactor(0, 0);
    sides->setStretchFactor(1, 1);
    sides->setSizes({330, 800});
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(sides);

    connect(import_, &ImportPanel::imported, this, [this] {
      failed_ = false;
      prompt_->setDataset(import_->dataset());
      partition_->setFields(import_->dataset());
      askSplit();
    });
    connect(import_, &ImportPanel::failed, this, [this] {
      failed_ = true;
      model_->clear();
      showSplit();
    });
    connect(heat_, &HeatMap::selected, this, [this](int client, int) { selectClient(client); });
    connect(bars_, &ClientBars::selected, this, [this](int client) {
      heat_->select(client, 0);
      selectClient(client);
    });
    // A mnemonic's underline makes labels a hair wider than their hint: keep them whole.
    for (QLabel* label : settings->findChildren<QLabel*>())
      if (label->buddy()) label->setMinimumWidth(label->sizeHint().width() + 4);
    showSplit();
  }

  void selectClient(int client) {
    const bool held = client >= model_->clients();
    bars_->setSelected(held ? -1 : client);
    prompt_->showClient(held ? -1 : client);
    table_->selectRow(client);
  }

  void showScenario() {
    if (!isVisible()) return;
    import_->showScenario();
    partition_->showScenario();
    if (import_->importing()) return;
    prompt_->showScenario();
    askSplit();
  }

  wire::PartitionRequest request(bool withTokens) const {
    wire::PartitionRequest request;
    request.set_scenario_json(spec::to_json(context_.document->scenario()));
    request.set_base_dir(context_.document->baseDir().toStdString());
    request.set_with_tokens(withTokens);
    return request;
  }

  // One question in flight; the newest knobs are asked for when it returns, so a fast drag never queues up.
  void askSplit() {
    if (import_->dataset().records() == 0) return showSplit();
    if (asking_) {
      again_ = true;
      return;
    }
    asking_ = true;
    context_.link->partitionPreview(request(false), this, [this](Result<wire::PartitionReply> reply) {
      asking_ = false;
      problem_ = reply.ok() ? QString() : statusText(reply.status());
      if (reply.ok()) model_->setReply(*reply);
      else model_->clear();
      showSplit();
      tokensLater_.start();
      if (std::exchange(again_, false)) askSplit();
    });
  }

  void askTokens() {
    if (model_->clients() == 0 || !isVisible()) return;
    context_.link->partitionPreview(request(true), this, [this](Result<wire::PartitionReply> reply) {
      if (reply.ok() && !asking_) model_->setTokens(*reply);
    });
  }

  void showSplit() {
    const bool any = model_->clients() > 0;
    if (!any) {
      empty_->setText(!problem_.isEmpty() ? problem_
                      : failed_           ? tr("The import stopped. What is wrong is written on the left.")
                      : import_->importing() ? tr("Reading the files…")
                                          : tr("Add files on the left and the split between clients appears here."));
      skew_->clear();
      stack_->setCurrentIndex(2);
      return;
    }
    stack_->setCurrentIndex(tableButton_->isChecked() ? 1 : 0);
    const QLocale locale;
    const wire::PartitionReply& reply = model_->reply();
    QString text = tr("<b>Label skew</b> (Jensen-Shannon) %1 &nbsp; <b>Size skew</b> (Gini) %2 &nbsp; <b>Labels a client</b> %3 &nbsp; <b>Held out</b> %4")
                       .arg(locale.toString(reply.jensen_shannon(), 'f', 2), locale.toString(reply.size_gini(), 'f', 2),
                            locale.toString(reply.effective_labels(), 'f', 1), locale.toString(qlonglong(reply.test_records())));
    if (const QString most = model_->mostSkewed(); !most.isEmpty()) text += " &nbsp; " + most.toHtmlEscaped();
    skew_->setText(text);
  }

  PartitionModel* model_ = nullptr;
  ImportPanel* import_ = nullptr;
  PromptPanel* prompt_ = nullptr;
  PartitionPanel* partition_ = nullptr;
  HeatMap* heat_ = nullptr;
  ClientBars* bars_ = nullptr;
  QTableView* table_ = nullptr;
  QStackedWidget* stack_ = nullptr;
  QLabel* empty_ = nullptr;
  QLabel* skew_ = nullptr;
  QPushButton* tableButton_ = nullptr;
  QTimer tokensLater_;
  QString problem_;
  bool asking_ = false, again_ = false, failed_ = false;
};

}  // namespace

Page* makeDatasetPage(const StudioContext& context) { return new DatasetPage(context); }

}  // namespace fedllm::ui
