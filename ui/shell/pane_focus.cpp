#include "ui/shell/pane_focus.h"

#include <QSplitter>
#include <QWidget>
#include <algorithm>
#include <vector>

namespace fedllm::ui {
namespace {

bool takesTab(const QWidget* widget) {
  return (widget->focusPolicy() & Qt::TabFocus) && widget->isEnabled() && widget->isVisible();
}

// The first that Tab would reach in it.
QWidget* entryOf(QWidget* pane) {
  if (takesTab(pane)) return pane;
  for (QWidget* next = pane->nextInFocusChain(); next && next != pane; next = next->nextInFocusChain())
    if (pane->isAncestorOf(next) && takesTab(next)) return next;
  return nullptr;
}

std::vector<QWidget*> panesOf(QWidget* window, QWidget* activityBar, QWidget* page) {
  std::vector<QWidget*> panes;
  for (auto* splitter : page->findChildren<QSplitter*>())
    for (int i = 0; i < splitter->count(); ++i)
      if (QWidget* part = splitter->widget(i); part->isVisible() && !qobject_cast<QSplitter*>(part) && entryOf(part))
        panes.push_back(part);
  const auto all = panes;
  std::erase_if(panes, [&all](QWidget* pane) {  // a pane that holds panes is not one
    return std::any_of(all.begin(), all.end(), [pane](QWidget* other) { return other != pane && pane->isAncestorOf(other); });
  });
  if (panes.empty() && entryOf(page)) panes.push_back(page);
  std::stable_sort(panes.begin(), panes.end(), [window](QWidget* a, QWidget* b) {
    const QPoint p = a->mapTo(window, QPoint()), q = b->mapTo(window, QPoint());
    return p.x() != q.x() ? p.x() < q.x() : p.y() < q.y();
  });
  panes.insert(panes.begin(), activityBar);
  return panes;
}

}  // namespace

void focusNextPane(QWidget* window, QWidget* activityBar, QWidget* page, bool forward) {
  const auto panes = panesOf(window, activityBar, page);
  const QWidget* focused = window->focusWidget();
  const auto holds = [focused](QWidget* pane) { return focused && (pane == focused || pane->isAncestorOf(focused)); };
  const int count = int(panes.size());
  const int at = int(std::find_if(panes.begin(), panes.end(), holds) - panes.begin());
  const int next = at == count ? 0 : (at + (forward ? 1 : count - 1)) % count;
  if (QWidget* entry = entryOf(panes[next])) entry->setFocus(forward ? Qt::TabFocusReason : Qt::BacktabFocusReason);
}

}  // namespace fedllm::ui
