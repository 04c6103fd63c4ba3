#include "ui/lab/stepper.h"

#include <QPainter>

#include "ui/shell/icons.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {
constexpr int kDot = 24, kGap = 6;
}

Stepper::Stepper(Theme* theme, const QStringList& steps, QWidget* parent) : QWidget(parent), theme_(theme), steps_(steps) {
  setObjectName(QStringLiteral("stepper.lab"));
  setAccessibleName(tr("Progress"));
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  connect(theme, &Theme::changed, this, [this] { update(); });
  setStep(0);
}

void Stepper::setStep(int step, bool stopped) {
  step_ = step;
  stopped_ = stopped;
  const QString name = steps_.value(step);
  setAccessibleDescription(stopped ? tr("Ended at step %1 of %2: %3").arg(step + 1).arg(steps_.size()).arg(name)
                                   : tr("Step %1 of %2: %3").arg(step + 1).arg(steps_.size()).arg(name));
  update();
}

QSize Stepper::sizeHint() const { return {640, kDot + kGap + fontMetrics().height() + 4}; }

void Stepper::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const int count = int(steps_.size());
  const double each = double(width()) / count;
  const auto centre = [&](int i) { return QPointF(each * (isRightToLeft() ? count - 1 - i + 0.5 : i + 0.5), kDot / 2.0 + 1); };
  for (int i = 0; i + 1 < count; ++i) {
    const QPointF a = centre(i), b = centre(i + 1);
    const double away = (kDot / 2.0 + kGap) * (b.x() > a.x() ? 1 : -1);
    painter.setPen(QPen(i < step_ ? theme_->good() : theme_->grid(), 2));
    painter.drawLine(a + QPointF(away, 0), b - QPointF(away, 0));
  }
  for (int i = 0; i < count; ++i) {
    const QRectF dot(centre(i) - QPointF(kDot / 2.0, kDot / 2.0), QSizeF(kDot, kDot));
    const bool done = i < step_, now = i == step_;
    const QColor color = now ? (stopped_ ? theme_->bad() : theme_->accent()) : done ? theme_->good() : theme_->grid();
    painter.setPen(QPen(color, 2));
    painter.setBrush(now ? QBrush(color) : QBrush(theme_->surface()));
    painter.drawEllipse(dot.adjusted(1, 1, -1, -1));
    QFont font = this->font();
    font.setBold(now);
    painter.setFont(font);
    if (done || (now && stopped_)) {
      const QColor ink = done ? theme_->good() : theme_->readableOn(color);
      painter.drawPixmap(dot.center() - QPointF(8, 8), iconPixmap(QString::fromLatin1(done ? "tick" : "close"), 16, ink, devicePixelRatioF()));
    } else {
      painter.setPen(now ? theme_->readableOn(color) : theme_->mutedText());
      painter.drawText(dot, Qt::AlignCenter, locale().toString(i + 1));
    }
    painter.setPen(now ? theme_->text() : theme_->mutedText());
    const QRectF line(centre(i).x() - each / 2, kDot + kGap, each, painter.fontMetrics().height());
    painter.drawText(line, Qt::AlignCenter, painter.fontMetrics().elidedText(steps_[i], Qt::ElideRight, int(each) - 4));
  }
}

}  // namespace fedllm::ui
