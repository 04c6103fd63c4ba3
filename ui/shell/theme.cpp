#include "ui/shell/theme.h"

#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>
#include <QPalette>
#include <QStyle>
#include <QStyleFactory>
#include <array>
#include <cmath>

#include "ui/shell/outline_style.h"

namespace fedllm::ui {
namespace {

struct Colours {
  QRgb background, surface, raised, text, muted, grid, accent, onAccent, good, warning, bad, band;
  std::vector<QRgb> clients;
  std::array<QRgb, 3> tile;                       // 0 %, 50 %, 100 %
};

const Colours& colours(Theme::Kind kind) {
  static const Colours light{0xfff2f4f6, 0xffffffff, 0xfffafbfc, 0xff1b1e20, 0xff59626b, 0xffd5dae0, 0xff0067a3, 0xffffffff,
                             0xff00724f, 0xff8a5300, 0xffb3261e, 0xffc3d9ea,
                             {0xff0072b2, 0xffd55e00, 0xff008f68, 0xffc0649a, 0xff000000, 0xff7a6a00, 0xff6b4fbb},
                             {0xffd9534a, 0xfff0e0b0, 0xff3fa66b}};
  static const Colours dark{0xff24282c, 0xff1b1e20, 0xff2d3238, 0xffe8eaed, 0xffa7b0b8, 0xff3d444b, 0xff56b4e9, 0xff0b1a24,
                            0xff4fc99a, 0xffe6b450, 0xffff8a80, 0xff2f4858,
                            {0xff56b4e9, 0xffe69f00, 0xff1fb58a, 0xfff0e442, 0xffe8752b, 0xffcc79a7, 0xffffffff},
                            {0xffa63d36, 0xff6b5f3a, 0xff2f8f58}};
  static const Colours contrast{0xff000000, 0xff000000, 0xff000000, 0xffffffff, 0xffffffff, 0xff9a9a9a, 0xffffe14d, 0xff000000,
                                0xff5dff9b, 0xffffc400, 0xffff8f8f, 0xff4d4d4d,
                                {0xff56b4e9, 0xffe69f00, 0xff2fd6a5, 0xfff0e442, 0xffff8a45, 0xfff2a0cc, 0xffffffff},
                                {0xffff6b61, 0xffe6d28a, 0xff53e08c}};
  if (kind == Theme::Kind::Dark) return dark;
  return kind == Theme::Kind::Contrast ? contrast : light;
}

QColor mix(QRgb a, QRgb b, double t) {
  const auto channel = [t](int x, int y) { return int(std::lround(x + (y - x) * t)); };
  return QColor(channel(qRed(a), qRed(b)), channel(qGreen(a), qGreen(b)), channel(qBlue(a), qBlue(b)));
}

template <size_t N>
QColor ramp(const std::array<QRgb, N>& stops, double t) {
  t = std::isnan(t) ? 0 : std::clamp(t, 0.0, 1.0) * (N - 1);
  const size_t i = std::min(size_t(t), N - 2);
  return mix(stops[i], stops[i + 1], t - double(i));
}

double luminance(const QColor& colour) {
  const auto linear = [](double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
  return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

QPalette paletteFor(const Colours& c) {
  QPalette p;
  const auto all = [&p](QPalette::ColorRole role, QRgb rgb) { p.setColor(role, QColor::fromRgb(rgb)); };
  all(QPalette::Window, c.background);
  all(QPalette::WindowText, c.text);
  all(QPalette::Base, c.surface);
  all(QPalette::AlternateBase, c.raised);
  all(QPalette::Text, c.text);
  all(QPalette::PlaceholderText, c.muted);
  all(QPalette::Button, c.raised);
  all(QPalette::ButtonText, c.text);
  all(QPalette::BrightText, c.bad);
  all(QPalette::Highlight, c.accent);
  all(QPalette::HighlightedText, c.onAccent);
  all(QPalette::Link, c.accent);
  all(QPalette::LinkVisited, c.accent);
  all(QPalette::ToolTipBase, c.raised);
  all(QPalette::ToolTipText, c.text);
  all(QPalette::Light, mix(c.raised, c.text, 0.04).rgb());
  all(QPalette::Midlight, mix(c.raised, c.text, 0.08).rgb());
  all(QPalette::Mid, c.grid);
  all(QPalette::Dark, mix(c.background, c.text, 0.35).rgb());
  all(QPalette::Shadow, mix(c.background, 0xff000000, 0.6).rgb());
  for (auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
    p.setColor(QPalette::Disabled, role, mix(c.background, c.muted, 0.75));
  p.setColor(QPalette::Disabled, QPalette::Highlight, QColor::fromRgb(c.grid));
  p.setColor(QPalette::Disabled, QPalette::HighlightedText, QColor::fromRgb(c.muted));
  return p;
}

constexpr auto kPortal = "org.freedesktop.portal.Desktop";
constexpr auto kPortalPath = "/org/freedesktop/portal/desktop";
constexpr auto kPortalSettings = "org.freedesktop.portal.Settings";
constexpr auto kAppearance = "org.freedesktop.appearance";
constexpr auto kColourScheme = "color-scheme";

// 1 prefers dark, 2 light, 0 has no preference.
uint schemeOf(QVariant value) {
  while (value.canConvert<QDBusVariant>()) value = value.value<QDBusVariant>().variant();
  return value.toUInt();
}

void useStyle(Theme::Kind kind) {
  const auto* now = dynamic_cast<OutlineStyle*>(qApp->style());
  if (kind == Theme::Kind::Light) {
    if (now || qApp->style()->name() != QLatin1String("fusion")) QApplication::setStyle(QStyleFactory::create("Fusion"));
    return;
  }
  const auto what = kind == Theme::Kind::Contrast ? OutlineStyle::What::Everything : OutlineStyle::What::Indicators;
  if (!now || now->what() != what) QApplication::setStyle(new OutlineStyle(what));
}

}  // namespace

Theme::Theme(QObject* parent) : QObject(parent) {}

void Theme::apply(const QString& name) {
  name_ = name;
  if (name == QLatin1String("dark")) return use(Kind::Dark);
  if (name == QLatin1String("contrast")) return use(Kind::Contrast);
  use(Kind::Light);
  if (name == QLatin1String("system")) askPortal();
}

void Theme::use(Kind kind) {
  kind_ = kind;
  useStyle(kind);
  QApplication::setPalette(paletteFor(colours(kind)));
  emit changed();
}

void Theme::askPortal() {
  if (qEnvironmentVariableIsEmpty("DBUS_SESSION_BUS_ADDRESS")) return;
  QDBusConnection bus = QDBusConnection::sessionBus();
  if (!bus.isConnected()) return;
  bus.connect(kPortal, kPortalPath, kPortalSettings, "SettingChanged", this,
              SLOT(portalChanged(QString, QString, QDBusVariant)));
  QDBusMessage call = QDBusMessage::createMethodCall(kPortal, kPortalPath, kPortalSettings, "Read");
  call << QString(kAppearance) << QString(kColourScheme);
  auto* watcher = new QDBusPendingCallWatcher(bus.asyncCall(call, 3000), this);
  connect(watcher, &QDBusPendingCallWatcher::finished, this, [this](QDBusPendingCallWatcher* done) {
    const QDBusPendingReply<QDBusVariant> reply = *done;
    if (reply.isValid() && name_ == QLatin1String("system") && schemeOf(reply.value().variant()) == 1) use(Kind::Dark);
    done->deleteLater();
  });
}

void Theme::portalChanged(const QString& space, const QString& key, const QDBusVariant& value) {
  if (name_ != QLatin1String("system") || space != QLatin1String(kAppearance) || key != QLatin1String(kColourScheme)) return;
  use(schemeOf(value.variant()) == 1 ? Kind::Dark : Kind::Light);
}

Theme::Kind Theme::kind() const { return kind_; }
bool Theme::isDark() const { return kind_ != Kind::Light; }
int Theme::identities() const { return int(colours(kind_).clients.size()); }

QColor Theme::client(int index) const {
  const auto& list = colours(kind_).clients;
  return index >= 0 && index < int(list.size()) ? QColor::fromRgb(list[index]) : mutedText();
}

QColor Theme::background() const { return QColor::fromRgb(colours(kind_).background); }
QColor Theme::surface() const { return QColor::fromRgb(colours(kind_).surface); }
QColor Theme::text() const { return QColor::fromRgb(colours(kind_).text); }
QColor Theme::mutedText() const { return QColor::fromRgb(colours(kind_).muted); }
QColor Theme::grid() const { return QColor::fromRgb(colours(kind_).grid); }
QColor Theme::accent() const { return QColor::fromRgb(colours(kind_).accent); }
QColor Theme::good() const { return QColor::fromRgb(colours(kind_).good); }
QColor Theme::warning() const { return QColor::fromRgb(colours(kind_).warning); }
QColor Theme::bad() const { return QColor::fromRgb(colours(kind_).bad); }
QColor Theme::band() const { return QColor::fromRgb(colours(kind_).band); }

QColor Theme::heat(double share) const {
  static const std::array<QRgb, 6> cividis{0xff00224e, 0xff35456c, 0xff666970, 0xff948e77, 0xffc8b866, 0xfffee838};
  return ramp(cividis, share);
}

QColor Theme::tile(double exact) const { return ramp(colours(kind_).tile, exact); }

double Theme::contrast(const QColor& a, const QColor& b) {
  const double la = luminance(a), lb = luminance(b);
  return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

QColor Theme::readableOn(const QColor& fill) const {
  return contrast(fill, Qt::black) >= contrast(fill, Qt::white) ? QColor(Qt::black) : QColor(Qt::white);
}

}  // namespace fedllm::ui
