// The list of pages: ids, translated titles and what makes each. The only place that knows every page's header.
#pragma once

#include <QString>
#include <functional>
#include <vector>

#include "ui/shell/page.h"

namespace fedllm::ui {

struct PageInfo {
  QString id;
  std::function<QString()> title, hint;
  std::function<Page*(const StudioContext&)> make;
};

const std::vector<PageInfo>& pageList();
Page* makePage(const QString& id, const StudioContext& context);   // nullptr: no such page

}  // namespace fedllm::ui
