#include "ui/dataset/client_bars.h"

#include <QHelpEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>

#include "ui/dataset/partition_model.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

QString compact(qint64 n) {
  const QLocale locale;
  if (n >= 1000000) return locale.toString(n / 1e6, 'f', 1) + "M";
  return n >= 10000 ? locale.toString(n / 1000) + "k" : locale.toString(n);
}

}  // namespace

ClientBars::ClientBars(PartitionModel* model, Theme* theme, QWidget* parent) : QWidget(parent), model_(model), theme_(theme) {
  setObjectName("bars.clients");
  setAccessibleName(tr("Records per client"));
  setMouseTracking(true);
  connect(model_, &PartitionModel::replaced, this, [this] {
    setAccessibleDescription(model_->description());
    update();
  });
  connect(theme_, &Theme::changed, this, [this] { update(); });
}

void ClientBars::setSelected(int client) {
  selected_ = client;
  update();
}

double ClientBars::slot() const { return double(width()) / std::max(1, model_->clients()); }

int ClientBars::clientAt(double x) const {
  const int client = int(x / slot());
  return client >= 0 && client < model_->clients() ? client : -1;
}

void ClientBars::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), theme_->surface());
  if (model_->clients() == 0) return;
  const QFontMetricsF metrics(font());
  const double text = metrics.height() + 2;
  const double bottom = height() - text, room = std::max(1.0, bottom - text - 4);
  const double barWidth = std::max(1.0, std::min(60.0, slot() * 0.72));
  const bool figures = metrics.horizontalAdvance("00000") <= slot();
  for (int client = 0; client < model_->clients(); ++client) {
    const double left = client * slot() + (slot() - barWidth) / 2;
    double y = bottom;
    for (int label = 0; label < model_->labels(); ++label) {
      const double h = room * model_->count(client, label) / std::max<qint64>(1, model_->largestClient());
      painter.fillRect(QRectF(left, y - h, barWidth, h), model_->labelColor(*theme_, label));
      y -= h;
    }
    painter.setPen(theme_->mutedText());   // dark labels on a dark ground need an edge
    painter.setBrush(Qt::NoBrush);
    if (barWidth > 3) painter.drawRect(QRectF(left, y, barWidth, bottom - y));
    if (client == selected_) {
      painter.setPen(QPen(theme_->accent(), 2));
      painter.drawRect(QRectF(left - 2, y - 2, barWidth + 4, bottom - y + 3));
    }
    if (!figures) continue;
    painter.setPen(theme_->text());
    painter.drawText(QRectF(client * slot(), y - text, slot(), text), Qt::AlignHCenter | Qt::AlignBottom | Qt::TextDontClip, compact(model_->records(client)));
    if (model_->tokens(client) < 0) continue;
    painter.setPen(theme_->mutedText());
    const QString tokens = tr("%1 tok").arg(compact(model_->tokens(client)));
    if (metrics.horizontalAdvance(tokens) <= slot())
      painter.drawText(QRectF(client * slot(), bottom + 1, slot(), text), Qt::AlignHCenter | Qt::AlignTop, tokens);
  }
}

void ClientBars::mousePressEvent(QMouseEvent* event) {
  if (const int client = clientAt(event->position().x()); client >= 0) emit selected(client);
}

bool ClientBars::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  auto* help = static_cast<QHelpEvent*>(event);
  const int client = clientAt(help->pos().x());
  if (client < 0) {
    QToolTip::hideText();
    return true;
  }
  QString text = tr("%1: %2 records").arg(model_->clientName(client), QLocale().toString(model_->records(client)));
  if (model_->tokens(client) >= 0) text += tr(", %1 tokens").arg(QLocale().toString(model_->tokens(client)));
  QToolTip::showText(help->globalPos(), text, this);
  return true;
}

}  // namespace fedllm::ui
