// Start of the studio: from exec to the first painted window (warm, offscreen) and its memory then; and --version of the
// real program without a display. Each start is a process of its own; medians of seven.
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <QApplication>
#include <QProcess>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTimer>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "base/home.h"
#include "ui/shell/main_window.h"

using namespace fedllm;

namespace {

constexpr int kRuns = 7;

// Seconds since this process was made, from the kernel's own clock (ticks of 10 ms).
double processAge() {
  std::ifstream stat("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(stat)), {});
  text = text.substr(text.rfind(')') + 2);
  std::istringstream words(text);
  std::string word;
  for (int i = 0; i < 20; ++i) words >> word;
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return double(now.tv_sec) + double(now.tv_nsec) / 1e9 - std::stod(word) / double(sysconf(_SC_CLK_TCK));
}

double rssMiB() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("VmRSS:", 0) == 0) return std::stod(line.substr(6)) / 1024;
  return 0;
}

class Window : public ui::MainWindow {
 public:
  using MainWindow::MainWindow;

 protected:
  void paintEvent(QPaintEvent* event) override {
    MainWindow::paintEvent(event);
    if (!std::exchange(painted_, true)) QTimer::singleShot(0, [] {
      std::printf("%.4f %.1f\n", processAge(), rssMiB());
      std::fflush(stdout);
      ::_exit(0);
    });
  }

 private:
  bool painted_ = false;
};

int start(int argc, char** argv) {
  ui::StudioOptions options;
  options.home = argv[2];
  options.theme = "light";
  options.language = "en";
  const auto paths = resolve_home(options.home);
  if (!paths.ok()) return 1;
  ui::prepareMessages();
  QApplication application(argc, argv);
  ui::prepareApplication();
  Window window(*paths, options, [] {});
  window.show();
  return application.exec();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

double secondsOf(const QString& program, const QStringList& arguments) {
  QElapsedTimer timer;
  timer.start();
  QProcess process;
  QProcessEnvironment env = QProcessEnvironment::systemEnvironment();
  for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}) env.remove(QString::fromLatin1(name));
  process.setProcessEnvironment(env);
  process.start(program, arguments);
  return process.waitForFinished(10000) && process.exitCode() == 0 ? double(timer.nsecsElapsed()) / 1e9 : -1;
}

}  // namespace

int main(int argc, char** argv) {
  ::setenv("QT_QPA_PLATFORM", "offscreen", 1);
  if (argc == 3 && std::string(argv[1]) == "--start") return start(argc, argv);
  QCoreApplication application(argc, argv);
  QTemporaryDir home;
  std::vector<double> painted, memory, version;
  for (int i = 0; i <= kRuns; ++i) {
    QProcess process;
    process.start(QCoreApplication::applicationFilePath(), {QStringLiteral("--start"), home.path()});
    process.waitForFinished(20000);
    const QList<QByteArray> figures = process.readAllStandardOutput().trimmed().split(' ');
    if (i == 0 || figures.size() != 2) continue;   // the first one warms the caches
    painted.push_back(figures[0].toDouble());
    memory.push_back(figures[1].toDouble());
  }
  const QString bin = qEnvironmentVariable("FEDLLM_BIN", QCoreApplication::applicationDirPath() + QStringLiteral("/../bin"));
  for (int i = 0; i < kRuns; ++i)
    version.push_back(secondsOf(bin + QStringLiteral("/fedllm-studio"), {QStringLiteral("--version")}));
  std::printf("%d processors; medians of %d\n", int(std::thread::hardware_concurrency()), kRuns);
  std::printf("| what | goal | measured |\n| --- | --- | --- |\n");
  std::printf("| fedllm-studio --version, no display | 0.1 s | %.3f s |\n", median(version));
  std::printf("| exec to first painted window, warm | 0.3 s | %.3f s |\n", median(painted));
  std::printf("| resident memory then | 70 MB | %.1f MB |\n", median(memory) * 1.048576);
  return painted.empty() ? 1 : 0;
}
