#include "ui/run/run_page.h"

#include <QVBoxLayout>

#include "ui/link/core_link.h"
#include "ui/model/run_session.h"
#include "ui/run/run_text.h"
#include "ui/run/run_view.h"
#include "ui/shell/settings.h"

namespace fedllm::ui {
namespace {

TryItBox::Core coreOf(CoreLink* link, QObject* context) {
  TryItBox::Core core;
  core.ask = [link, context](const wire::TryRequest& request, TryItBox::TakePart part, TryItBox::TakeReply answer) {
    return link->answer(request, context, std::move(part), std::move(answer));
  };
  core.cancel = [link](quint64 call) { link->cancel(call); };
  core.items = [link, context](const QString& run, std::function<void(Result<wire::TryItemsReply>)> answer) {
    link->tryItems(run, context, std::move(answer));
  };
  return core;
}

class RunPage : public Page {
 public:
  explicit RunPage(const StudioContext& context) : Page(context) {
    setObjectName(QStringLiteral("page.run"));
    view_ = new RunView(context.theme, coreOf(context.link, this));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(view_);
    RunSession* session = context.session;
    connect(session, &RunSession::currentChanged, this, [this] { follow(); });
    connect(session, &RunSession::startFailed, view_, &RunView::setNotice);
    connect(session, &RunSession::commandFailed, view_, &RunView::setNotice);
    connect(view_, &RunView::pauseRequested, this, [this] {
      view_->setNotice({});
      context_.session->pause();
    });
    connect(view_, &RunView::resumeRequested, this, [this] {
      view_->setNotice({});
      context_.session->resume();
    });
    connect(view_, &RunView::stopRequested, this, [this](bool abandon) {
      view_->setNotice({});
      context_.session->stop(abandon);
    });
    connect(view_, &RunView::startRequested, this, [this](const spec::Scenario& scenario) {
      const RunRecord* now = context_.session->current();
      if (!now) return;
      view_->setNotice({});
      context_.session->start(scenario, QString::fromStdString(now->info().base_dir()), now->run());
    });
    connect(view_, &RunView::scenarioRequested, this, [this] { emit showPage(QStringLiteral("scenario")); });
    connect(view_, &RunView::secondPassed, this, [this] { watchLink(); });
    connect(context.link, &CoreLink::stateChanged, this, [this] { watchLink(); });
    if (context.settings) {
      connect(context.settings, &StudioSettings::motionChanged, this, [this] { followMotion(); });
      followMotion();
    }
    follow();
  }

  QString pageId() const override { return QStringLiteral("run"); }
  QString title() const override { return RunView::tr("Run"); }
  bool readyForScreenshot() const override { return !context_.session->starting() && view_->readyForScreenshot(); }

 private:
  void follow() {
    const RunSession* session = context_.session;
    view_->setNotice({});
    view_->setRecords(session->current(), session->previous(), session->differenceSentence());
    for (RunRecord* record : {session->current(), session->previous()})
      if (record) connect(record, &RunRecord::changed, this, &RunPage::recordChanged, Qt::UniqueConnection);
    recordChanged();
  }

  // Scenarios arrive after the first events, and a run's end leaves more to know than its last event says: the folder of
  // the adapter, the summary.
  void recordChanged() {
    RunSession* session = context_.session;
    RunRecord* now = session->current();
    if (!now) return;
    if (session->previous() && differenceSeq_ != session->previous()->info().last_seq() + now->info().last_seq()) {
      differenceSeq_ = session->previous()->info().last_seq() + now->info().last_seq();
      view_->setDifference(session->differenceSentence());
    }
    if (!run_text::isOver(now->state()) || now->info().last_seq() >= now->lastSeq() || askedAt_ == now->lastSeq()) return;
    askedAt_ = now->lastSeq();
    context_.link->getRun(now->run(), now, [now](Result<wire::RunInfo> info) {
      if (info.ok()) now->setInfo(*info);
    });
  }

  // An honest word where figures may be old: the core does not answer.
  void watchLink() {
    const bool silent = context_.link->state() == CoreLink::State::NotAnswering;
    view_->setLinkTrouble(silent ? RunView::tr("The core has not answered for %1 s; the figures may be old.")
                                       .arg(int(context_.link->secondsSinceHeartbeat()))
                                 : QString());
  }

  void followMotion() { view_->focus()->setMotionReduced(context_.settings->reduceMotion()); }

  RunView* view_;
  quint64 differenceSeq_ = 0, askedAt_ = 0;
};

}  // namespace

Page* makeRunPage(const StudioContext& context) { return new RunPage(context); }

}  // namespace fedllm::ui
