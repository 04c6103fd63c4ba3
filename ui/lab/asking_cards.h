// AskingCards: those who ask to be admitted, one card each: name, address, the check code that is also on their screen, and
// two buttons, of which Not now is the default: Enter on a card never lets anybody in. Objects: card.lab.asking,
// btn.lab.admit, btn.lab.notNow.
#pragma once

#include <QFrame>
#include <QHash>
#include <QScrollArea>

#include "wire/lab.pb.h"

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace fedllm::ui {

class Theme;

class AskingCard : public QFrame {
  Q_OBJECT
 public:
  AskingCard(Theme* theme, QWidget* parent = nullptr);
  void setMember(const wire::RoomMemberInfo& member, bool live);

 signals:
  void decided(const QString& member, bool admit);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  Theme* theme_;
  QString member_;
  QLabel *icon_, *text_, *code_;
  QPushButton *admit_, *notNow_;
};

class AskingCards : public QScrollArea {
  Q_OBJECT
 public:
  explicit AskingCards(Theme* theme, QWidget* parent = nullptr);
  void setRoom(const wire::HostedRoom& room, bool live);   // live: commands reach the core
  int count() const { return int(cards_.size()); }

 signals:
  void decided(const QString& member, bool admit);

 private:
  Theme* theme_;
  QVBoxLayout* column_;
  QHash<QString, AskingCard*> cards_;
};

}  // namespace fedllm::ui
