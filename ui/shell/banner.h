// BannerArea: messages that wait instead of interrupting: a line with an icon, a sentence and buttons above the page. Never
// modal. One banner an id: showing it again replaces it. GUI thread; objectName "banner.<id>", buttons "banner.<id>.<n>".
#pragma once

#include <QString>
#include <QWidget>
#include <functional>
#include <vector>

class QVBoxLayout;

namespace fedllm::ui {

class Theme;

struct BannerAction {
  QString text;
  std::function<void()> run;                 // the banner goes away first
};

class BannerArea : public QWidget {
  Q_OBJECT
 public:
  enum class Severity { Info, Warning, Error };
  explicit BannerArea(Theme* theme, QWidget* parent = nullptr);
  void showBanner(const QString& id, Severity severity, const QString& text, std::vector<BannerAction> actions = {},
                  bool closable = true);
  void hideBanner(const QString& id);
  bool isShown(const QString& id) const;
  QString text(const QString& id) const;

 private:
  QWidget* find(const QString& id) const;

  Theme* theme_;
  QVBoxLayout* rows_;
};

}  // namespace fedllm::ui
