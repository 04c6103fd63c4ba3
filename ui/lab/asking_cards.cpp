#include "ui/lab/asking_cards.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/lab/card.h"
#include "ui/lab/lab_text.h"
#include "ui/shell/elided_label.h"
#include "ui/shell/icons.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr int kShownAtOnce = 3;                // further cards are scrolled to
constexpr int kIcon = 22;

}  // namespace

AskingCard::AskingCard(Theme* theme, QWidget* parent) : QFrame(parent), theme_(theme) {
  setObjectName(QStringLiteral("card.lab.asking"));
  icon_ = new QLabel;
  text_ = new ElidedLabel;
  text_->setTextFormat(Qt::PlainText);
  text_->setObjectName(QStringLiteral("label.lab.asking"));
  code_ = new QLabel;
  code_->setTextFormat(Qt::PlainText);
  code_->setObjectName(QStringLiteral("label.lab.code"));
  code_->setFont(QFont(QStringLiteral("monospace")));
  enlarge(code_, 1.5, true);
  admit_ = button(tr("Admit"), "btn.lab.admit", tr("Lets this machine into the room. Compare the check code first."));
  notNow_ = button(tr("Not now"), "btn.lab.notNow", tr("Turns this machine away. It may ask again."));
  admit_->setAutoDefault(true);                // Enter does what it says once it has the focus, and only then
  notNow_->setDefault(true);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(12, 6, 8, 6);
  row->setSpacing(10);
  row->addWidget(icon_);
  row->addWidget(text_, 1);
  row->addWidget(code_);
  row->addWidget(notNow_);                     // first in the tab order, too
  row->addWidget(admit_);
  connect(admit_, &QPushButton::clicked, this, [this] { emit decided(member_, true); });
  connect(notNow_, &QPushButton::clicked, this, [this] { emit decided(member_, false); });
}

void AskingCard::setMember(const wire::RoomMemberInfo& member, bool live) {
  member_ = QString::fromStdString(member.member());
  const QString name = lab_text::from(member.name());
  icon_->setPixmap(iconPixmap(QStringLiteral("ask"), kIcon, theme_->warning(), devicePixelRatioF()));
  text_->setText(tr("%1 at %2 asks to join. Is this the code on its screen?").arg(name, lab_text::from(member.address())));
  code_->setText(lab_text::code(member.check_code()));
  setAccessibleName(tr("%1 asks to join, check code %2").arg(name, code_->text()));
  admit_->setAccessibleName(tr("Admit %1").arg(name));
  notNow_->setAccessibleName(tr("Do not admit %1 now").arg(name));
  admit_->setEnabled(live);
  notNow_->setEnabled(live);
}

void AskingCard::keyPressEvent(QKeyEvent* event) {
  const int key = event->key();
  if (key == Qt::Key_Return || key == Qt::Key_Enter || key == Qt::Key_Escape) return notNow_->click();
  QFrame::keyPressEvent(event);
}

void AskingCard::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(theme_->warning(), 1));
  painter.setBrush(palette().color(QPalette::AlternateBase));
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
  painter.fillRect(QRect(isRightToLeft() ? width() - 4 : 0, 5, 4, height() - 10), theme_->warning());
}

AskingCards::AskingCards(Theme* theme, QWidget* parent) : QScrollArea(parent), theme_(theme) {
  setObjectName(QStringLiteral("scroll.lab.asking"));
  setAccessibleName(tr("Machines that ask to join"));
  setFocusPolicy(Qt::NoFocus);
  setFrameShape(QFrame::NoFrame);
  setWidgetResizable(true);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  auto* inside = new QWidget;
  column_ = new QVBoxLayout(inside);
  column_->setContentsMargins(0, 0, 0, 0);
  column_->setSpacing(6);
  column_->addStretch();
  setWidget(inside);
  viewport()->setAutoFillBackground(false);
  inside->setAutoFillBackground(false);
  hide();
}

void AskingCards::setRoom(const wire::HostedRoom& room, bool live) {
  QHash<QString, AskingCard*> gone = std::exchange(cards_, {});
  for (const auto& member : room.members()) {
    if (!lab_text::isAsking(member)) continue;
    const QString id = QString::fromStdString(member.member());
    AskingCard* card = gone.take(id);
    if (!card) {
      card = new AskingCard(theme_);
      connect(card, &AskingCard::decided, this, &AskingCards::decided);
      column_->insertWidget(column_->count() - 1, card);
    }
    card->setMember(member, live);
    cards_.insert(id, card);
  }
  for (AskingCard* card : std::as_const(gone)) card->deleteLater(), card->hide();
  setVisible(!cards_.isEmpty());
  if (cards_.isEmpty()) return;
  const int shown = std::min(kShownAtOnce, int(cards_.size()));
  setFixedHeight(shown * ((*cards_.begin())->sizeHint().height() + column_->spacing()) - column_->spacing());
}

}  // namespace fedllm::ui
