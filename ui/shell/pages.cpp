#include "ui/shell/pages.h"

#include <QCoreApplication>

#include "ui/dataset/dataset_page.h"
#include "ui/lab/lab_page.h"
#include "ui/run/run_page.h"
#include "ui/scenario/scenario_page.h"
#include "ui/shell/welcome_page.h"

namespace fedllm::ui {
namespace {

struct Pages {
  Q_DECLARE_TR_FUNCTIONS(Pages)
};

}  // namespace

const std::vector<PageInfo>& pageList() {
  static const std::vector<PageInfo> list{
      {QStringLiteral("welcome"), [] { return Pages::tr("Welcome"); },
       [] { return Pages::tr("Start here: the sample, recent scenarios and runs (Ctrl+1)"); }, makeWelcomePage},
      {QStringLiteral("scenario"), [] { return Pages::tr("Scenario"); },
       [] { return Pages::tr("Coordinator, clients, links and training settings (Ctrl+2)"); }, makeScenarioPage},
      {QStringLiteral("data"), [] { return Pages::tr("Data"); },
       [] { return Pages::tr("Import a dataset and split it between the clients (Ctrl+3)"); }, makeDatasetPage},
      {QStringLiteral("run"), [] { return Pages::tr("Run"); },
       [] { return Pages::tr("Curves, traffic and exact match of a run (Ctrl+4)"); }, makeRunPage},
      {QStringLiteral("lab"), [] { return Pages::tr("Lab"); },
       [] { return Pages::tr("Train together with other machines: host a room or join one (Ctrl+5)"); }, makeLabPage},
  };
  return list;
}

Page* makePage(const QString& id, const StudioContext& context) {
  for (const PageInfo& info : pageList())
    if (info.id == id) return info.make(context);
  return nullptr;
}

}  // namespace fedllm::ui
