// Problems in the window's language. validate() and the core speak English; the frequent kinds ("expected …, got …") are
// translated by their form, everything else is shown as it came.
#pragma once

#include <QString>

#include "spec/validate.h"

namespace fedllm::ui {

QString problemText(const spec::Problem& problem);           // the sentence
QString fieldTitle(const QString& path);                     // "lora.rank" -> "LoRA rank"; the path where it has no title

}  // namespace fedllm::ui
