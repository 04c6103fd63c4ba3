// LegendStrip: at most eight entries, each a swatch (filled, hollow, line or mark) and its name, in as many lines as the
// width asks for. Above eight series the client table is the legend.
#pragma once

#include <QColor>
#include <QWidget>
#include <vector>

namespace fedllm::ui {

class Theme;

struct LegendEntry {
  enum class Shape { Filled, Hollow, Line, Disc, Diamond };
  QString name;
  QColor color;
  Shape shape = Shape::Filled;
};

class LegendStrip : public QWidget {
  Q_OBJECT
 public:
  explicit LegendStrip(Theme* theme, QWidget* parent = nullptr);
  void setEntries(std::vector<LegendEntry> entries);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  // Calls draw(entry, x, y) for each; returns the height.
  template <class Draw> int lay(int width, Draw draw) const;
  int entryWidth(const LegendEntry& entry) const;

  Theme* theme_;
  std::vector<LegendEntry> entries_;
};

}  // namespace fedllm::ui
