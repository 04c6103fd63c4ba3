#include "ui/shell/icons.h"

#include <QApplication>
#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QSvgRenderer>

namespace fedllm::ui {
namespace {

QByteArray drawing(const QString& name, const QColor& colour) {
  QFile file(QStringLiteral(":/icons/") + name + QStringLiteral(".svg"));
  if (!file.open(QIODevice::ReadOnly)) return {};
  return file.readAll().replace("currentColor", colour.name().toLatin1());
}

class TintedEngine : public QIconEngine {
 public:
  explicit TintedEngine(QString name) : name_(std::move(name)) {}
  QIconEngine* clone() const override { return new TintedEngine(name_); }

  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state) override {
    const QPalette palette = QApplication::palette();
    QColor colour = palette.color(mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active, QPalette::ButtonText);
    if (mode == QIcon::Selected) colour = palette.color(QPalette::HighlightedText);
    if (state == QIcon::On && mode == QIcon::Normal) colour = palette.color(QPalette::Highlight);
    QSvgRenderer(drawing(name_, colour)).render(painter, rect);
  }

  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override { return scaledPixmap(size, mode, state, 1); }

  QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State state, qreal) override {
    QPixmap pixmap(size);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    paint(&painter, QRect(QPoint(), size), mode, state);
    return pixmap;
  }

 private:
  QString name_;
};

}  // namespace

QIcon themedIcon(const QString& name) { return QIcon(new TintedEngine(name)); }

QPixmap iconPixmap(const QString& name, int size, const QColor& colour, qreal ratio) {
  QPixmap pixmap(QSize(size, size) * ratio);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  QSvgRenderer(drawing(name, colour)).render(&painter, QRectF(0, 0, size * ratio, size * ratio));
  painter.end();
  pixmap.setDevicePixelRatio(ratio);
  return pixmap;
}

}  // namespace fedllm::ui
