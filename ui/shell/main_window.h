// MainWindow: activity bar, banners, pages, status line, menus. Owns the link to the core, the document, the run session and
// the theme, and lends them to the pages. Pages are built when first shown and again after a change of language (all their
// state is in document and session). Nothing here waits for the core. GUI thread.
#pragma once

#include <QHash>
#include <QMainWindow>
#include <functional>

#include "base/home.h"
#include "ui/shell/page.h"
#include "ui/shell/studio_options.h"

class QStackedWidget;

namespace fedllm::wire {
class Heartbeat;
}

namespace fedllm::ui {

class ActivityBar;
class BannerArea;
struct LabPresence;
class ShellMenus;
class StallWatchdog;
class StudioSettings;

void prepareMessages();                      // before QApplication: keeps Qt's remarks about the platform off stderr
// Fusion style, application name and icon; before any window.
void prepareApplication();

class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  MainWindow(const HomePaths& paths, const StudioOptions& options, std::function<void()> launchCore);
  ~MainWindow() override;

  Page* page(const QString& id);             // built now if it was not
  Page* currentPage() const;
  const StudioContext& context() const { return context_; }
  BannerArea* banners() const { return banners_; }
  StallWatchdog* watchdog() const { return watchdog_; }
  StudioSettings* settings() const { return settings_; }
  // Leaves without asking: screenshots and tests.
  void setUnattended(bool on = true) { unattended_ = on; }
  void connectCore();                        // idempotent; happens by itself after the first paint

  void newScenario();
  void openScenario(const QString& path = {});      // empty: asks
  bool saveScenario(bool as = false);               // false: given up
  void runScenario();
  void togglePause();
  void stopRun();
  void useTheme(const QString& name);
  void useWindowLanguage(const QString& code);
  void resetLayout();
  void nextPane(bool forward);

 public slots:
  void showPage(const QString& id);
  void raiseAndOpen(const QString& file, const QString& run = {});

 protected:
  void closeEvent(QCloseEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dragLeaveEvent(QDragLeaveEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void resetToNewScenario();
  void build();
  void watchCore();
  void watchLab();
  void watchSession();
  void offerNewestRun();
  void onCoreState();
  void onBeat(const wire::Heartbeat& beat);
  void onRunChanged();
  void updateTitle();
  void markPages();
  void markLab();                            // somebody waits there for an answer
  void announce();                           // what banners say of the present state
  void offerRecovery();
  bool mayDiscardEdits();
  void askAboutRunning(const LabPresence& lab);
  void endEverything();
  LabPresence labPresence() const;           // nothing while the core is away
  void leave();
  void pauseForLogOut();
  QString runningRun() const;                // of the last heartbeat; empty: none
  void addFiles(const QStringList& files);
  void refuseDrop();

  StudioContext context_;
  StudioSettings* settings_;
  ShellMenus* menus_ = nullptr;
  ActivityBar* activity_ = nullptr;
  BannerArea* banners_ = nullptr;
  QStackedWidget* stack_ = nullptr;
  StallWatchdog* watchdog_ = nullptr;
  QHash<QString, Page*> pages_;
  StudioOptions options_;
  HomePaths paths_;
  int waiting_ = 0;                          // answers that the lab waits for
  bool connected_ = false, attached_ = false, leaving_ = false, unattended_ = false;
};

}  // namespace fedllm::ui
