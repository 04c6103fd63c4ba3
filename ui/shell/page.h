// Page: one of the activity bar's pages. A page gets its collaborators at construction (StudioContext) and is asked to
// refresh itself when it becomes visible. objectName "page.<id>".
#pragma once

#include <QIcon>
#include <QString>
#include <QWidget>

namespace fedllm::ui {

class CoreLink;
class LabLink;
class ScenarioDocument;
class RunSession;
class StudioSettings;
class Theme;

// What every page may use; owned by the main window.
struct StudioContext {
  CoreLink* link = nullptr;
  LabLink* lab = nullptr;             // the core's rooms and memberships; null in tests of other pages
  ScenarioDocument* document = nullptr;
  RunSession* session = nullptr;      // the runs being looked at, and starting new ones (ui/model/run_session.h)
  Theme* theme = nullptr;
  StudioSettings* settings = nullptr; // what the window remembers; null in tests of a single page
};

class Page : public QWidget {
  Q_OBJECT
 public:
  explicit Page(const StudioContext& context, QWidget* parent = nullptr) : QWidget(parent), context_(context) {}
  virtual QString pageId() const = 0;          // "welcome", "scenario", "data", "run"
  virtual QString title() const = 0;           // translated
  virtual bool readyForScreenshot() const { return true; }

 signals:
  void showPage(const QString& pageId);        // asks the main window

 protected:
  StudioContext context_;
};

}  // namespace fedllm::ui
