// Parts of PlotView that need QCustomPlot in their implementation only: tickers, theme, export. Room-private.
#pragma once

#include <QSharedPointer>
#include <QString>

#include "ui/plot/plot_content.h"

class QCustomPlot;
class QCPAxisTicker;
class QCPAxis;

namespace fedllm::ui {

class Theme;

QSharedPointer<QCPAxisTicker> roundTicker();                    // whole numbers only
QSharedPointer<QCPAxisTicker> valueTicker(const PlotContent& content);
// Broken into lines of at most `width` px.
QString wrapped(const QString& text, const QFont& font, int width);
void applyTheme(QCustomPlot* plot, const Theme& theme, const QFont& font);
// Fixed margins, so that a longer tick label does not shift the plot.
// `endLabels`: px that the labels at the right border need.
void applyMargins(QCustomPlot* plot, const QFont& font, int endLabels);

bool exportPng(QCustomPlot* plot, const QString& path);
bool exportSvg(QCustomPlot* plot, const QString& path, const QString& title);

}  // namespace fedllm::ui
