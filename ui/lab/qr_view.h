// QrView: a text as a QR code (libqrencode, error correction M), drawn in whole device pixels with its quiet zone, dark on
// light in every theme, so that phones and cameras read it from a screen or a projector. Objects: qr.ticket.
#pragma once

#include <QWidget>
#include <vector>

namespace fedllm::ui {

class QrView : public QWidget {
  Q_OBJECT
 public:
  explicit QrView(QWidget* parent = nullptr);
  void setText(const QString& text);           // too long for a code: nothing is drawn
  int modules() const { return side_; }        // of one side, without the quiet zone; 0: none
  bool module(int x, int y) const { return bits_[size_t(y) * size_t(side_) + size_t(x)]; }
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override { return width; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QString text_;
  int side_ = 0;
  std::vector<bool> bits_;
};

}  // namespace fedllm::ui
