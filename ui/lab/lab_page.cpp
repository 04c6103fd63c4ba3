#include "ui/lab/lab_page.h"

#include <QCoreApplication>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QMimeData>
#include <QScrollArea>
#include <QStackedWidget>
#include <QTabBar>
#include <QUrl>
#include <QVBoxLayout>

#include "ui/lab/card.h"
#include "ui/lab/doctor_dialog.h"
#include "ui/lab/host_form.h"
#include "ui/lab/host_view.h"
#include "ui/lab/join_form.h"
#include "ui/lab/lab_text.h"
#include "ui/lab/member_view.h"
#include "ui/lab/slot_strip.h"
#include "ui/lab/ticket_text.h"
#include "ui/link/core_link.h"
#include "ui/link/lab_link.h"
#include "ui/model/run_session.h"
#include "ui/model/scenario_document.h"
#include "ui/shell/dropped_files.h"
#include "ui/shell/icons.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

class LabPage final : public Page {
  Q_DECLARE_TR_FUNCTIONS(LabPage)
 public:
  explicit LabPage(const StudioContext& context) : Page(context), lab_(context.lab) {
    setObjectName(QStringLiteral("page.lab"));
    setAccessibleName(title());
    setAcceptDrops(true);
    tabs_ = new QTabBar;
    tabs_->setObjectName(QStringLiteral("tabs.lab"));
    tabs_->setAccessibleName(tr("Rooms"));
    tabs_->setDocumentMode(true);
    tabs_->setExpanding(false);
    tabs_->setDrawBase(false);
    tabs_->setUsesScrollButtons(true);
    stale_ = paragraph({}, "label.lab.stale");
    stack_ = new QStackedWidget;
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(tabs_);
    column->addWidget(stale_);
    column->addWidget(stack_, 1);
    stale_->setContentsMargins(14, 6, 14, 0);
    addTab(QStringLiteral("start"), tr("Start"), QStringLiteral("add"), buildStart());
    connect(tabs_, &QTabBar::currentChanged, this, &LabPage::showTab);
    connect(lab_, &LabLink::changed, this, &LabPage::refresh);
    connect(lab_, &LabLink::foundChanged, this, [this] { join_->setFound(lab_->found(), lab_->isSearching()); });
    connect(context.theme, &Theme::changed, this, &LabPage::refresh);
    connect(context.document, &ScenarioDocument::changed, this, [this] {
      if (isVisible()) host_->refresh();
    });
    refresh();
  }
  ~LabPage() override { lab_->browse(false); }

  QString pageId() const override { return QStringLiteral("lab"); }
  QString title() const override { return tr("Lab"); }
  bool readyForScreenshot() const override { return (lab_->isKnown() || !lab_->problem().isEmpty()) && (!lab_->isSearching() || tabs_->currentIndex() > 0); }

 protected:
  void showEvent(QShowEvent* event) override {
    Page::showEvent(event);
    host_->refresh();
    browse();
  }
  void hideEvent(QHideEvent* event) override {
    Page::hideEvent(event);
    lab_->browse(false);
  }

  // Tickets and data files are taken here; anything else is the window's to open or to refuse.
  void dragEnterEvent(QDragEnterEvent* event) override { event->setAccepted(!ticketIn(event->mimeData()).isEmpty() || takesData(event->mimeData())); }
  void dropEvent(QDropEvent* event) override {
    const QString ticket = ticketIn(event->mimeData());
    if (!ticket.isEmpty()) {
      tabs_->setCurrentIndex(0);
      join_->setTicket(ticket);
    } else if (takesData(event->mimeData())) {
      const QStringList files = droppedFiles(event->mimeData()).paths;
      if (auto* member = qobject_cast<MemberView*>(stack_->currentWidget())) member->addFiles(files);
      else join_->setFiles(files);
    } else {
      return event->ignore();
    }
    event->acceptProposedAction();
  }

 private:
  static QString ticketIn(const QMimeData* mime) {
    if (mime->urls().size() == 1 && mime->urls()[0].isLocalFile()) return ticketInFile(mime->urls()[0].toLocalFile());
    const JoinText text = readJoinText(mime->hasUrls() ? QString() : mime->text());
    return text.kind == JoinText::Kind::Ticket ? text.text : QString();
  }
  bool takesData(const QMimeData* mime) const {
    return !qobject_cast<HostView*>(stack_->currentWidget()) && droppedFiles(mime).kind == DroppedFiles::Kind::Data;
  }

  QWidget* buildStart() {
    host_ = new HostForm(context_);
    join_ = new JoinForm(context_);
    auto* hostCard = new Card(tr("Host a room"));
    auto* joinCard = new Card(tr("Join a room"));
    const auto intro = [](const QString& text) { return paragraph(text, "label.lab.intro"); };
    hostCard->body()->addWidget(intro(tr("Others join with a ticket. Their data stays on their machines; only small updates travel.")));
    hostCard->body()->addWidget(host_);
    hostCard->body()->addStretch();
    next_ = intro(tr("What comes then:\n1. Show the code or hand out the ticket.\n2. Compare check codes and watch who gets ready.\n3. Start, "
                     "and follow everybody on the Run page."));
    hostCard->body()->addWidget(next_);
    joinCard->body()->addWidget(intro(tr("Take part with your own data. You see what would leave this machine before anything runs.")));
    joinCard->body()->addWidget(join_, 1);
    auto* page = new QWidget;
    auto* row = new QHBoxLayout(page);
    row->setContentsMargins(14, 10, 14, 14);
    row->setSpacing(12);
    row->addWidget(hostCard, 1);
    row->addWidget(joinCard, 1);
    auto* scroll = new QScrollArea;
    scroll->setObjectName(QStringLiteral("scroll.lab.start"));
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(page);
    connect(host_, &HostForm::wanted, this, &LabPage::hostRoom);
    connect(join_, &JoinForm::wanted, this, &LabPage::joinRoom);
    connect(join_, &JoinForm::doctorWanted, this, [this](const QString& address) {
      wire::DoctorRequest about;
      about.set_ticket_or_address(address.toStdString());
      openDoctor(about);
    });
    return scroll;
  }

  void hostRoom(const wire::HostRoomRequest& request) {
    host_->setBusy(true);
    lab_->hostRoom(request, this, [this](Result<wire::HostedRoom> room) {
      host_->setBusy(false);
      host_->setProblem(room.ok() ? QString() : statusText(room.status()));
      if (room.ok()) wanted_ = QStringLiteral("room/") + QString::fromStdString(room->room());
      refresh();
    });
  }

  void joinRoom(const wire::JoinRoomRequest& request) {
    join_->setBusy(true);
    lab_->joinRoom(request, this, [this](Result<wire::Membership> membership) {
      join_->setBusy(false);
      join_->setProblem(membership.ok() ? QString() : statusText(membership.status()));
      if (membership.ok()) wanted_ = QStringLiteral("member/") + QString::fromStdString(membership->membership());
      refresh();
    });
  }

  void openDoctor(const wire::DoctorRequest& about) { (new DoctorDialog(lab_, context_.theme, about, this))->open(); }

  void openRun(const QString& run) {
    context_.session->open(run);
    emit showPage(QStringLiteral("run"));
  }

  // ------------------------------------------------------------------------------------------------------------ tabs

  void addTab(const QString& id, const QString& title, const QString& icon, QWidget* view) {
    for (QWidget* part : view->findChildren<QWidget*>())
      if (!part->property(kTakesMembers).toBool()) part->setAcceptDrops(false);   // files dropped on a field are the page's
    views_.insert(id, view);
    stack_->addWidget(view);
    const int at = tabs_->addTab(themedIcon(icon), title);
    tabs_->setTabData(at, id);
  }

  int indexOf(const QString& id) const {
    for (int i = 0; i < tabs_->count(); ++i)
      if (tabs_->tabData(i).toString() == id) return i;
    return -1;
  }

  void showTab(int index) {
    QWidget* view = views_.value(tabs_->tabData(index).toString());
    if (view) stack_->setCurrentWidget(view);
    browse();
  }

  // The network is asked only while somebody looks at the list.
  void browse() { lab_->browse(isVisible() && tabs_->currentIndex() == 0); }

  HostView* makeHostView(const std::string& room) {
    auto* view = new HostView(room, lab_, context_.theme);
    connect(view, &HostView::runWanted, this, &LabPage::openRun);
    connect(view, &HostView::doctorWanted, this, &LabPage::openDoctor);
    return view;
  }

  MemberView* makeMemberView(const std::string& membership) {
    auto* view = new MemberView(membership, lab_, context_.theme);
    connect(view, &MemberView::runWanted, this, &LabPage::openRun);
    connect(view, &MemberView::doctorWanted, this, &LabPage::openDoctor);
    return view;
  }

  void refresh() {
    QStringList present{QStringLiteral("start")};
    for (const auto& room : lab_->state().rooms()) {
      const QString id = QStringLiteral("room/") + QString::fromStdString(room.room());
      present << id;
      if (!views_.contains(id)) addTab(id, {}, QStringLiteral("lab"), makeHostView(room.room()));
      int asking = 0;
      for (const auto& member : room.members()) asking += lab_text::isAsking(member);
      const QString title = tr("Hosting %1").arg(lab_text::from(room.name()));
      setTabTitle(id, asking > 0 ? tr("%1 (%2 asking)").arg(title).arg(asking) : title, asking > 0 ? "ask" : "lab");
    }
    for (const auto& membership : lab_->state().memberships()) {
      const QString id = QStringLiteral("member/") + QString::fromStdString(membership.membership());
      present << id;
      if (!views_.contains(id)) addTab(id, {}, QStringLiteral("link"), makeMemberView(membership.membership()));
      const QString room = lab_text::from(membership.room_name());
      const bool asks = membership.state() == "consenting";
      const QString title = room.isEmpty() ? tr("Joining…") : tr("Member of %1").arg(room);
      setTabTitle(id, asks ? tr("%1 (asks you)").arg(title) : title, asks ? "ask" : "link");
    }
    dropMissing(present);
    showFirstRoom();
    showStale();
  }

  void setTabTitle(const QString& id, QString title, const char* icon) {
    title.replace(u'&', QStringLiteral("&&"));
    const int at = indexOf(id);
    if (tabs_->tabText(at) == title) return;
    tabs_->setTabText(at, title);
    tabs_->setTabIcon(at, themedIcon(QLatin1String(icon)));
  }

  void dropMissing(const QStringList& present) {
    for (int i = tabs_->count() - 1; i > 0; --i) {
      const QString id = tabs_->tabData(i).toString();
      if (present.contains(id)) continue;
      tabs_->removeTab(i);
      views_.take(id)->deleteLater();
    }
    tabs_->setVisible(tabs_->count() > 1);
  }

  // What was just opened or joined comes to the front; so does what goes on already when the page is first filled.
  void showFirstRoom() {
    if (!wanted_.isEmpty() && indexOf(wanted_) >= 0) {
      tabs_->setCurrentIndex(indexOf(wanted_));
      wanted_.clear();
    }
    if (!lab_->isKnown() || std::exchange(filled_, true)) return;
    if (tabs_->count() > 1) tabs_->setCurrentIndex(1);
  }

  void showStale() {
    const bool ready = context_.link->state() == CoreLink::State::Ready;
    const bool lost = lab_->isKnown() && !lab_->isLive() && tabs_->count() > 1;
    stale_->setText(!lab_->problem().isEmpty() ? lab_->problem()
                    : lost ? tr("The core is not answering. This is what was last known; members come back by themselves when it does.")
                           : QString());
    stale_->setVisible(!stale_->text().isEmpty());
    paintText(stale_, context_.theme->warning());
    paintText(next_, context_.theme->mutedText());
    host_->setEnabled(lab_->problem().isEmpty());
    join_->setEnabled(lab_->problem().isEmpty());
    if (!ready && !lab_->isKnown()) join_->setFound(lab_->found(), true);
  }

  LabLink* lab_;
  QTabBar* tabs_;
  QLabel *stale_, *next_ = nullptr;
  QStackedWidget* stack_;
  HostForm* host_ = nullptr;
  JoinForm* join_ = nullptr;
  QHash<QString, QWidget*> views_;
  QString wanted_;
  bool filled_ = false;
};

}  // namespace

Page* makeLabPage(const StudioContext& context) { return new LabPage(context); }

}  // namespace fedllm::ui
