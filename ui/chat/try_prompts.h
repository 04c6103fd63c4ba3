// Clickable prompts with slots, found in a run's own items: prompts of one topic that share words before and after become
// one template whose middle is the slot ("Which desk: […]?"). What shares too little stays a prompt of its own. Pure.
#pragma once

#include <QString>
#include <vector>

#include "wire/control.pb.h"

namespace fedllm::ui {

struct SlotItem { QString slot, prompt, expected; };

struct PromptTemplate {
  QString topic;
  QString before, after;               // around the slot; both empty: a whole prompt
  std::vector<SlotItem> items;         // at least one
  QString label() const;               // "Which desk: … ?"
};

std::vector<PromptTemplate> findTemplates(const wire::TryItemsReply& reply);

}  // namespace fedllm::ui
