#include "ui/shell/languages.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QLocale>
#include <QTranslator>

namespace fedllm::ui {

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
  const QString code = !wanted.isEmpty() ? wanted : system.language() == QLocale::Chinese ? QStringLiteral("zh_CN") : QStringLiteral("en");
  // English has a catalogue too: its plurals. Figures follow the system's habits where its language is the window's.
  const QLocale locale(code);
  QLocale::setDefault(locale.language() == system.language() ? system : locale);
  own = new QTranslator(qApp);
  if (own->load(QStringLiteral(":/translations/fedllm_") + code)) QCoreApplication::installTranslator(own);
  qt = new QTranslator(qApp);
  if (qt->load(QStringLiteral("qtbase_") + code, QLibraryInfo::path(QLibraryInfo::TranslationsPath))) QCoreApplication::installTranslator(qt);
  return code;
}

}  // namespace fedllm::ui
