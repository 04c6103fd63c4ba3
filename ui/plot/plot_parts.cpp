#include "ui/plot/plot_parts.h"

#include <qcustomplot.h>

#include <QFontMetrics>
#include <QLocale>
#include <QSvgGenerator>
#include <QTextLayout>
#include <algorithm>
#include <cmath>

#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr int kLeftDigits = 9;         // room for "999.9 KiB"
constexpr int kEndLabelDigits = 14;   // widest
constexpr double kPrintScale = 2;

// 1, 2, 5, 10 … of the binary unit the range is in, so that labels read 512 KiB, 1 MiB, 1.5 MiB.
class ByteTicker : public QCPAxisTicker {
 protected:
  double getTickStep(const QCPRange& range) override {
    const double raw = range.size() / (mTickCount + 1e-10);
    if (raw < 1) return 1;
    const double unit = std::pow(1024.0, std::floor(std::log(raw) / std::log(1024.0)));
    const double steps[] = {1, 2, 5, 10, 20, 50, 100, 200, 256, 512, 1024};
    for (double step : steps)
      if (step * unit >= raw) return step * unit;
    return 1024 * unit;
  }
  int getSubTickCount(double) override { return 0; }
  QString getTickLabel(double tick, const QLocale& locale, QChar, int) override {
    if (tick <= 0) return tick == 0 ? QStringLiteral("0") : QString();
    const double inUnit = tick / std::pow(1024.0, std::floor(std::log(tick) / std::log(1024.0) + 1e-9));
    return locale.formattedDataSize(qint64(tick), std::abs(inUnit - std::round(inUnit)) < 0.01 ? 0 : 1, QLocale::DataSizeIecFormat);
  }
};

// Powers of ten, so far apart that about five are in sight; over less than two decades 1, 2 and 5 of each.
class DecadeTicker : public QCPAxisTicker {
 protected:
  int getSubTickCount(double) override { return 0; }
  QVector<double> createTickVector(double, const QCPRange& range) override {
    QVector<double> ticks;
    if (range.lower <= 0) return ticks;
    const int low = int(std::floor(std::log10(range.lower))), high = int(std::ceil(std::log10(range.upper)));
    const int step = std::max(1, (high - low + 4) / 5);
    for (int power = low - step; power <= high; ++power)
      for (double digit : {1.0, 2.0, 5.0}) {
        const bool shown = high - low <= 2 || (digit == 1 && power % step == 0);
        if (shown) ticks.push_back(digit * std::pow(10.0, power));
      }
    return ticks;
  }
};

}  // namespace

QSharedPointer<QCPAxisTicker> roundTicker() {
  QSharedPointer<QCPAxisTickerFixed> ticker(new QCPAxisTickerFixed);
  ticker->setTickStep(1);
  ticker->setScaleStrategy(QCPAxisTickerFixed::ssMultiples);
  ticker->setTickCount(6);
  return ticker;
}

QSharedPointer<QCPAxisTicker> valueTicker(const PlotContent& content) {
  if (content.logarithmic && content.decades) return QSharedPointer<QCPAxisTicker>(new DecadeTicker);
  if (content.unit == PlotUnit::Bytes) {
    QSharedPointer<QCPAxisTicker> ticker(new ByteTicker);
    ticker->setTickCount(4);
    return ticker;
  }
  if (content.logarithmic) {
    QSharedPointer<QCPAxisTickerLog> ticker(new QCPAxisTickerLog);
    ticker->setLogBase(2);
    ticker->setSubTickCount(0);
    return ticker;
  }
  QSharedPointer<QCPAxisTicker> ticker(new QCPAxisTicker);
  ticker->setTickCount(4);
  return ticker;
}

QString wrapped(const QString& text, const QFont& font, int width) {
  QTextLayout layout(text, font);
  QStringList lines;
  layout.beginLayout();
  for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
    line.setLineWidth(width);
    lines << text.mid(line.textStart(), line.textLength()).trimmed();
  }
  layout.endLayout();
  return lines.join(QLatin1Char('\n'));
}

void applyTheme(QCustomPlot* plot, const Theme& theme, const QFont& font) {
  plot->setBackground(theme.surface());
  QFont small = font;
  small.setPointSizeF(std::max(7.0, font.pointSizeF() * 0.9));
  // High contrast draws the previous run in the grid's colour: the grid itself steps back.
  const QColor lines = theme.kind() == Theme::Kind::Contrast ? theme.band() : theme.grid();
  for (QCPAxis* axis : {plot->xAxis, plot->yAxis}) {
    axis->setBasePen(QPen(theme.mutedText(), 1));
    axis->setTickPen(QPen(theme.mutedText(), 1));
    axis->setSubTickPen(QPen(theme.mutedText(), 1));
    axis->setTickLabelColor(theme.text());
    axis->setLabelColor(theme.text());
    axis->setTickLabelFont(small);
    axis->setLabelFont(small);
    axis->grid()->setPen(QPen(lines, 1));
    axis->grid()->setZeroLinePen(QPen(lines, 1));
    axis->setSubTicks(false);
    axis->setNumberFormat("gb");
    axis->setNumberPrecision(4);
  }
}

void applyMargins(QCustomPlot* plot, const QFont& font, int endLabels) {
  const QFontMetrics metrics(font);
  const int digit = metrics.horizontalAdvance(QLatin1Char('0'));
  QCPAxisRect* area = plot->axisRect();
  area->setAutoMargins(QCP::msNone);
  area->setMargins(QMargins(kLeftDigits * digit + metrics.height(), metrics.height() / 2,
                            std::clamp(endLabels, 2 * digit, kEndLabelDigits * digit), 2 * metrics.height() + 10));
}

bool exportPng(QCustomPlot* plot, const QString& path) {
  return plot->savePng(path, plot->width(), plot->height(), kPrintScale, -1, 300, QCP::ruDotsPerInch);
}

bool exportSvg(QCustomPlot* plot, const QString& path, const QString& title) {
  QSvgGenerator svg;
  svg.setFileName(path);
  svg.setSize(plot->size());
  svg.setViewBox(QRect(QPoint(0, 0), plot->size()));
  svg.setTitle(title);
  QCPPainter painter;
  if (!painter.begin(&svg)) return false;
  painter.setMode(QCPPainter::pmVectorized);
  painter.setMode(QCPPainter::pmNoCaching);
  plot->toPainter(&painter, plot->width(), plot->height());
  return painter.end();
}

}  // namespace fedllm::ui
