// What validate() and the core say, in the window's language. They speak English; a sentence is recognised by its template
// (sentences.h), also behind a place ("dataset.files: …") and before a guess ("…; did you mean "x"?"). What no template fits
// is shown as it came. GUI thread.
#pragma once

#include <QString>

#include "base/status.h"
#include "spec/validate.h"

namespace fedllm::ui {

QString problemText(const spec::Problem& problem);           // the sentence, without its place
QString statusText(const Status& status);
QString sentenceText(const QString& sentence);
QString fieldTitle(const QString& path);                     // "lora.rank" -> "LoRA rank"; the path where it has no title
bool isDataPath(const QString& path);                        // set on the Data page, not on the Scenario page

}  // namespace fedllm::ui
