// fedllm-studio: decides what it is asked for before any Qt object exists, then composes the window.
#include <unistd.h>

#include <QApplication>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/home.h"
#include "core_launcher.h"
#include "ui/shell/main_window.h"
#include "ui/shell/screenshot.h"
#include "ui/shell/single_instance.h"
#include "ui/shell/studio_options.h"

namespace {

using fedllm::ui::StudioOptions;

int becomeCore(char** argv) {
  const std::string program = fedllm::program_dir() + "/fedllm";
  ::execv(program.c_str(), argv);
  std::fprintf(stderr, "fedllm-studio: cannot run %s\n", program.c_str());
  return 1;
}

bool hasDisplay() {
  return std::getenv("DISPLAY") || std::getenv("WAYLAND_DISPLAY") || std::getenv("QT_QPA_PLATFORM");
}

int fail(const std::string& sentence, int code) {
  std::fprintf(stderr, "fedllm-studio: %s\n", sentence.c_str());
  return code;
}

int openWindow(int argc, char** argv, const StudioOptions& options) {
  const bool screenshot = options.action == StudioOptions::Action::Screenshot;
  if (screenshot) ::setenv("QT_QPA_PLATFORM", "offscreen", 1);
  if (!hasDisplay()) return fail("there is no display here; `fedllm run builtin:desk-iid` runs the sample in the terminal", 1);
  const auto paths = fedllm::resolve_home(options.home);
  if (!paths.ok()) return fail(paths.status().message(), 1);

  fedllm::ui::prepareMessages();
  QApplication application(argc, argv);
  fedllm::ui::prepareApplication();
  fedllm::ui::SingleInstance instance(*paths);
  if (!screenshot && instance.handedOver(QString::fromStdString(options.file), QString::fromStdString(options.run))) return 0;

  bool launched = false;
  fedllm::ui::MainWindow window(*paths, options, [&launched, home = QString::fromStdString(paths->home)] {
    launched = fedllm::app::launchCore(home) || launched;
  });
  if (screenshot) return fedllm::ui::takeScreenshot(window, options, launched);
  QObject::connect(&instance, &fedllm::ui::SingleInstance::asked, &window, &fedllm::ui::MainWindow::raiseAndOpen);
  window.show();
  return application.exec();
}

}  // namespace

int main(int argc, char** argv) {
  const StudioOptions options = fedllm::ui::parseStudioOptions({argv + 1, argv + argc});
  switch (options.action) {
    case StudioOptions::Action::Version: std::puts("fedllm-studio " FEDLLM_VERSION); return 0;
    case StudioOptions::Action::Help: std::fputs(fedllm::ui::studioHelp().c_str(), stdout); return 0;
    case StudioOptions::Action::Error: return fail(options.error, 2);
    case StudioOptions::Action::Core: return becomeCore(argv);
    default: return openWindow(argc, argv, options);
  }
}
