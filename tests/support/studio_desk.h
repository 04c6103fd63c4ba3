// StudioDesk: a home of its own and windows on it that start its core as the studio does. The core ends with the desk.
#pragma once

#include <QtTest>
#include <QtWidgets>

#include "base/home_holder.h"
#include "support/cli.h"
#include "ui/link/core_link.h"
#include "ui/shell/main_window.h"

namespace fedllm::tests {

struct StudioDesk {
  static constexpr int kPatience = 60'000;     // milliseconds, for a busy machine

  StudioDesk() {
    qputenv("XDG_RUNTIME_DIR", cli.path("/run").toUtf8());
    paths = *resolve_home(cli.home().toStdString());
  }
  ~StudioDesk() {
    window.reset();
    const auto holder = home_holder(paths);
    if (!holder || !holder->is_core()) return;
    ::kill(holder->pid, SIGTERM);
    (void)QTest::qWaitFor([this] { return !home_holder(paths); }, kPatience);
    if (paths.on_network_file_system) QDir(QString::fromStdString(paths.ledger_dir)).removeRecursively();
  }
  StudioDesk(const StudioDesk&) = delete;

  static ui::StudioOptions plain() {
    ui::StudioOptions options;
    options.theme = "light";
    options.language = "en";
    return options;
  }
  void open(const ui::StudioOptions& options = plain()) {
    window = std::make_unique<ui::MainWindow>(paths, options, [this] { startCore(); });
    window->show();
    (void)QTest::qWaitForWindowExposed(window.get());
  }
  void startCore() {
    ++launches;
    QProcess core;
    core.setProgram(Cli::program());
    core.setArguments({"core", "--home", cli.home()});
    core.setProcessEnvironment(cli.environment());
    core.setStandardInputFile(QProcess::nullDevice());
    core.setStandardOutputFile(QProcess::nullDevice());
    core.setStandardErrorFile(cli.path("/core.log"));
    core.startDetached();
  }
  ui::CoreLink* link() const { return window->context().link; }
  bool isReady() const {
    return QTest::qWaitFor([this] { return link()->state() == ui::CoreLink::State::Ready; }, kPatience);
  }

  Cli cli;
  HomePaths paths;
  std::unique_ptr<ui::MainWindow> window;
  int launches = 0;
};

}  // namespace fedllm::tests
