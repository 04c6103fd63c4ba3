// The languages of the window: English in the sources, others as catalogues embedded under :/translations. GUI thread.
#pragma once

#include <QString>
#include <vector>

namespace fedllm::ui {

struct Language { QString code, name; };         // the name in the language itself
const std::vector<Language>& languages();
// Installs the catalogue and sets the default locale; "" follows the system. Returns the code in use.
QString useLanguage(const QString& code);

}  // namespace fedllm::ui
