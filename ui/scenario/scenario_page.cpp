#include "ui/scenario/scenario_page.h"
namespace fedllm::ui {
namespace {
class ScenarioPage : public Page {
 public:
  using Page::Page;
  QString pageId() const override { return QStringLiteral("scenario"); }
  QString title() const override { return tr("Scenario"); }
};
}  // namespace
Page* makeScenarioPage(const StudioContext& context) { return new ScenarioPage(context); }
}  // namespace fedllm::ui
