// Theme: light, dark and high-contrast palettes in one place; no colour literal anywhere else in ui/. Fusion style.
// "system" follows the desktop's portal setting. Plots and canvases ask it for their colours and re-apply on changed().
#pragma once

#include <QColor>
#include <QObject>
#include <QString>
#include <vector>

namespace fedllm::ui {

class Theme : public QObject {
  Q_OBJECT
 public:
  enum class Kind { Light, Dark, Contrast };
  explicit Theme(QObject* parent = nullptr);
  void apply(const QString& name);             // "light" "dark" "contrast" "system"
  Kind kind() const;
  bool isDark() const;
  QColor client(int index) const;              // identity colours (at most 7 distinct, then grey)
  QColor background() const, surface() const, text() const, mutedText() const, grid() const, accent() const;
  QColor good() const, warning() const, bad() const, band() const;
  QColor heat(double share) const;             // sequential (cividis-like), share in [0, 1]
  QColor tile(double exact) const;             // red to green through a neutral, distinguishable without colour by its text
  QColor readableOn(const QColor& fill) const; // text colour with contrast >= 4.5 on a fill

 signals:
  void changed();

 private:
  Kind kind_ = Kind::Light;
};

}  // namespace fedllm::ui
