// BigButton: a card that is a button: icon, title and one or two lines of explanation. The primary one is filled with the
// accent colour and is the page's default. GUI thread.
#pragma once

#include <QAbstractButton>

namespace fedllm::ui {

class Theme;

class BigButton : public QAbstractButton {
  Q_OBJECT
 public:
  BigButton(Theme* theme, QString icon, const QString& title, QString detail, bool primary, QWidget* parent = nullptr);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  QFont titleFont() const;
  int textWidth(int width) const;

  Theme* theme_;
  QString icon_, detail_;
  bool primary_;
};

}  // namespace fedllm::ui
