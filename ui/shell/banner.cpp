#include "ui/shell/banner.h"

#include <QAccessible>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/shell/icons.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

// One line: a bar of the severity's colour at its edge, so that it is seen in every theme.
class Banner : public QFrame {
 public:
  Banner(Theme* theme, BannerArea::Severity severity) : theme_(theme), severity_(severity) {
    setAutoFillBackground(true);
    setBackgroundRole(QPalette::AlternateBase);
    connect(theme, &Theme::changed, this, [this] { showIcon(); update(); });
    showIcon();
  }
  QLabel* icon() const { return icon_; }
  QColor colour() const {
    return severity_ == BannerArea::Severity::Error     ? theme_->bad()
           : severity_ == BannerArea::Severity::Warning ? theme_->warning()
                                                        : theme_->accent();
  }

 protected:
  void paintEvent(QPaintEvent* event) override {
    QFrame::paintEvent(event);
    QPainter painter(this);
    painter.fillRect(QRect(isRightToLeft() ? width() - 4 : 0, 0, 4, height()), colour());
    painter.fillRect(QRect(0, height() - 1, width(), 1), theme_->grid());
  }

 private:
  void showIcon() {
    const QString name = severity_ == BannerArea::Severity::Error     ? QStringLiteral("error")
                         : severity_ == BannerArea::Severity::Warning ? QStringLiteral("warning")
                                                                      : QStringLiteral("info");
    icon_->setPixmap(iconPixmap(name, 20, colour(), devicePixelRatioF()));
  }

  Theme* theme_;
  BannerArea::Severity severity_;
  QLabel* icon_ = new QLabel;
};

}  // namespace

BannerArea::BannerArea(Theme* theme, QWidget* parent) : QWidget(parent), theme_(theme), rows_(new QVBoxLayout(this)) {
  rows_->setContentsMargins(0, 0, 0, 0);
  rows_->setSpacing(0);
}

QWidget* BannerArea::find(const QString& id) const {
  return findChild<QFrame*>(QStringLiteral("banner.") + id, Qt::FindDirectChildrenOnly);
}

void BannerArea::showBanner(const QString& id, Severity severity, const QString& text, std::vector<BannerAction> actions,
                            bool closable) {
  if (isShown(id) && this->text(id) == text) return;
  hideBanner(id);
  auto* banner = new Banner(theme_, severity);
  banner->setObjectName(QStringLiteral("banner.") + id);
  auto* row = new QHBoxLayout(banner);
  row->setContentsMargins(12, 6, 6, 6);
  row->addWidget(banner->icon());
  auto* label = new QLabel(text);
  label->setObjectName(QStringLiteral("text"));
  label->setWordWrap(true);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  row->addWidget(label, 1);
  int number = 0;
  for (auto& action : actions) {
    auto* button = new QPushButton(action.text);
    button->setObjectName(banner->objectName() + QLatin1Char('.') + QString::number(number++));
    connect(button, &QPushButton::clicked, this, [this, id, run = action.run] {
      hideBanner(id);
      if (run) run();
    });
    row->addWidget(button);
  }
  if (closable) {
    auto* close = new QToolButton;
    close->setIcon(themedIcon(QStringLiteral("close")));
    close->setAutoRaise(true);
    close->setAccessibleName(tr("Close this message"));
    close->setToolTip(close->accessibleName());
    connect(close, &QToolButton::clicked, this, [this, id] { hideBanner(id); });
    row->addWidget(close);
  }
  banner->setAccessibleName(text);
  banner->setParent(this);
  rows_->addWidget(banner);
  banner->show();
  QAccessibleEvent told(banner, QAccessible::Alert);
  QAccessible::updateAccessibility(&told);
}

void BannerArea::hideBanner(const QString& id) {
  QWidget* banner = find(id);
  if (!banner) return;
  banner->setObjectName({});
  for (auto* part : banner->findChildren<QWidget*>()) part->setObjectName({});   // another may take the names at once
  banner->hide();
  banner->deleteLater();                     // its own button may be what asks
}

bool BannerArea::isShown(const QString& id) const { return find(id) != nullptr; }

QString BannerArea::text(const QString& id) const {
  QWidget* banner = find(id);
  return banner ? banner->accessibleName() : QString();
}

}  // namespace fedllm::ui
