#include "ui/shell/languages.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QLocale>
#include <QTranslator>

namespace fedllm::ui {

// Words of Qt's own dialogs and menus that the studio shows: in its own catalogue, since Qt's may not be installed.
[[maybe_unused]] static const char* const kWordsOfQt[] = {QT_TRANSLATE_NOOP("QPlatformTheme", "OK"),
                                                          QT_TRANSLATE_NOOP("QPlatformTheme", "Save"),
                                                          QT_TRANSLATE_NOOP("QPlatformTheme", "Open"),
                                                          QT_TRANSLATE_NOOP("QPlatformTheme", "Cancel"),
                                                          QT_TRANSLATE_NOOP("QPlatformTheme", "Close"),
                                                          QT_TRANSLATE_NOOP("QPlatformTheme", "Discard"),
                                                          QT_TRANSLATE_NOOP("QPlatformTheme", "Apply"),
                                                          QT_TRANSLATE_NOOP("QPlatformTheme", "Reset"),
                                                          QT_TRANSLATE_NOOP("QPlatformTheme", "Help"),
                                                          QT_TRANSLATE_NOOP("QPlatformTheme", "&Yes"),
                                                          QT_TRANSLATE_NOOP("QPlatformTheme", "&No"),
                                                          QT_TRANSLATE_NOOP("QLineEdit", "&Undo"),
                                                          QT_TRANSLATE_NOOP("QLineEdit", "&Redo"),
                                                          QT_TRANSLATE_NOOP("QLineEdit", "Cu&t"),
                                                          QT_TRANSLATE_NOOP("QLineEdit", "&Copy"),
                                                          QT_TRANSLATE_NOOP("QLineEdit", "&Paste"),
                                                          QT_TRANSLATE_NOOP("QLineEdit", "Delete"),
                                                          QT_TRANSLATE_NOOP("QLineEdit", "Select All"),
                                                          QT_TRANSLATE_NOOP("QWidgetTextControl", "&Undo"),
                                                          QT_TRANSLATE_NOOP("QWidgetTextControl", "&Redo"),
                                                          QT_TRANSLATE_NOOP("QWidgetTextControl", "Cu&t"),
                                                          QT_TRANSLATE_NOOP("QWidgetTextControl", "&Copy"),
                                                          QT_TRANSLATE_NOOP("QWidgetTextControl", "&Paste"),
                                                          QT_TRANSLATE_NOOP("QWidgetTextControl", "Delete"),
                                                          QT_TRANSLATE_NOOP("QWidgetTextControl", "Select All")};

const std::vector<Language>& languages() {
  static const std::vector<Language> list{{QStringLiteral("en"), QStringLiteral("English")},
                                          {QStringLiteral("zh_CN"), QString::fromUtf8("简体中文")}};
  return list;
}

QString useLanguage(const QString& wanted) {
  static QTranslator* own = nullptr;
  static QTranslator* qt = nullptr;
  for (QTranslator** translator : {&own, &qt}) {
    if (*translator) QCoreApplication::removeTranslator(*translator);
    delete std::exchange(*translator, nullptr);
  }
  const QLocale system = QLocale::system();
  const QString code = !wanted.isEmpty()                       ? wanted
                       : system.language() == QLocale::Chinese ? QStringLiteral("zh_CN")
                                                               : QStringLiteral("en");
  // English has a catalogue too: its plurals. Figures follow the system's habits where its language is the window's.
  const QLocale locale(code);
  QLocale::setDefault(locale.language() == system.language() ? system : locale);
  own = new QTranslator(qApp);
  if (own->load(QStringLiteral(":/translations/fedllm_") + code)) QCoreApplication::installTranslator(own);
  qt = new QTranslator(qApp);
  if (qt->load(QStringLiteral("qtbase_") + code, QLibraryInfo::path(QLibraryInfo::TranslationsPath)))
    QCoreApplication::installTranslator(qt);
  return code;
}

}  // namespace fedllm::ui
