// Theme: light, dark and high-contrast palettes in one place; no colour literal anywhere else in ui/. Fusion style.
// "system" follows the desktop's portal setting, asked for asynchronously (light until it answers). Plots and canvases ask
// it for their colours and re-apply on changed(). Identity colours are chosen for contrast >= 3 and colour-blind readers
// (screens.md section 9). GUI thread.
#pragma once

#include <QColor>
#include <QObject>
#include <QString>
#include <vector>

class QDBusVariant;

namespace fedllm::ui {

class Theme : public QObject {
  Q_OBJECT
 public:
  enum class Kind { Light, Dark, Contrast };
  explicit Theme(QObject* parent = nullptr);
  void apply(const QString& name);             // "light" "dark" "contrast" "system"
  QString name() const { return name_; }       // as given to apply()
  Kind kind() const;
  bool isDark() const;
  QColor client(int index) const;              // identity colours (at most 7 distinct, then grey)
  int identities() const;                      // how many distinct identity colours there are
  QColor background() const, surface() const, text() const, mutedText() const, grid() const, accent() const;
  QColor good() const, warning() const, bad() const, band() const;
  QColor heat(double share) const;             // sequential (cividis-like), share in [0, 1]
  QColor tile(double exact) const;             // red to green through a neutral, distinguishable without colour by its text
  QColor readableOn(const QColor& fill) const; // text colour with contrast >= 4.5 on a fill
  static double contrast(const QColor& a, const QColor& b);   // WCAG 2 ratio, 1 to 21

 signals:
  void changed();

 private slots:
  void portalChanged(const QString& space, const QString& key, const QDBusVariant& value);

 private:
  void use(Kind kind);
  void askPortal();

  QString name_ = QStringLiteral("light");
  Kind kind_ = Kind::Light;
};

}  // namespace fedllm::ui
