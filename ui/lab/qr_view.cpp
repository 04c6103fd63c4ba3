#include "ui/lab/qr_view.h"

#include <qrencode.h>

#include <QPainter>
#include <memory>

namespace fedllm::ui {
namespace {

constexpr int kQuiet = 4;                      // modules around the code, as the standard asks

struct FreeCode {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

// A little off white in dark surroundings: read as well, and not blinding.
QColor paper(const QPalette& palette) {
  const QColor white(Qt::white);
  return palette.color(QPalette::Window).lightness() < 128 ? white.darker(112) : white;
}

}  // namespace

QrView::QrView(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("qr.ticket"));
  setAccessibleName(tr("Ticket as a QR code"));
  QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Preferred);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
}

void QrView::setText(const QString& text) {
  if (text == text_) return;
  text_ = text;
  const QByteArray bytes = text.toUtf8();
  const std::unique_ptr<QRcode, FreeCode> code(
      bytes.isEmpty() ? nullptr : QRcode_encodeData(int(bytes.size()), reinterpret_cast<const unsigned char*>(bytes.constData()), 0, QR_ECLEVEL_M));
  side_ = code ? code->width : 0;
  bits_.assign(size_t(side_) * size_t(side_), false);
  for (size_t i = 0; i < bits_.size(); ++i) bits_[i] = code->data[i] & 1;
  setAccessibleDescription(text);
  update();
}

QSize QrView::sizeHint() const { return {196, 196}; }
QSize QrView::minimumSizeHint() const { return {120, 120}; }

void QrView::paintEvent(QPaintEvent*) {
  if (side_ == 0) return;
  QPainter painter(this);
  const qreal ratio = devicePixelRatioF();
  painter.scale(1 / ratio, 1 / ratio);         // whole device pixels: a module is never blurred
  const QSize pixels = size() * ratio;
  const int cell = std::max(1, std::min(pixels.width(), pixels.height()) / (side_ + 2 * kQuiet));
  const int whole = cell * (side_ + 2 * kQuiet);
  const QPoint corner((pixels.width() - whole) / 2, (pixels.height() - whole) / 2);
  painter.fillRect(QRect(corner, QSize(whole, whole)), paper(palette()));
  for (int y = 0; y < side_; ++y)
    for (int x = 0; x < side_; ++x)
      if (module(x, y)) painter.fillRect(corner.x() + (x + kQuiet) * cell, corner.y() + (y + kQuiet) * cell, cell, cell, Qt::black);
}

}  // namespace fedllm::ui
