// Lan: a room of real processes, each with a home of its own: a host, members with a file each, and the simulation of the same
// files to compare with. What a process prints goes into a file, so that nobody waits for a reader.
#pragma once

#include <QDateTime>
#include <QDir>
#include <QDirIterator>

#include <unistd.h>

#include <map>
#include <set>

#include "support/cli.h"
#include "support/free_port.h"

namespace fedllm::tests {

// A machine on the network and the `fedllm` that runs there now. `prefix` is the command that puts it there, none: this one.
class LanMachine {
 public:
  explicit LanMachine(QStringList prefix = {}) : prefix_(std::move(prefix)) {}
  ~LanMachine() { kill(); }

  void start(const QStringList& arguments) {
    kill();
    process_ = std::make_unique<QProcess>();
    process_->setProcessEnvironment(cli.environment());
    process_->setWorkingDirectory(cli.path());
    ++starts_;
    process_->setStandardOutputFile(output(starts_));
    process_->setStandardErrorFile(output(starts_) + "-errors");
    started_ms = QDateTime::currentMSecsSinceEpoch();
    const QStringList command = prefix_ + QStringList{Cli::program()} + arguments + QStringList{"--home", cli.home()};
    process_->start(command.front(), command.mid(1));
    if (!process_->waitForStarted()) qFatal("cannot start %s", qPrintable(command.front()));
  }
  void kill() {
    if (!process_ || process_->state() == QProcess::NotRunning) return;
    process_->kill();
    process_->waitForFinished();
  }
  void interrupt() { ::kill(static_cast<pid_t>(process_->processId()), SIGINT); }
  qint64 pid() const { return process_->processId(); }
  bool running() {
    process_->waitForFinished(0);
    return process_->state() != QProcess::NotRunning;
  }
  // What was printed so far, whole lines only.
  CliResult so_far() const { return printed(starts_); }
  std::vector<Json> lines() const { return so_far().objects(); }
  std::vector<Json> lines_of_all_lives() const {
    std::vector<Json> all;
    for (int life = 1; life <= starts_; ++life)
      for (Json& line : printed(life).objects()) all.push_back(std::move(line));
    return all;
  }
  // The first line that is so, null where none comes in time.
  Json wait_for(const std::function<bool(const Json&)>& wanted, int timeout_ms = 40'000) {
    QElapsedTimer timer;
    timer.start();
    for (;;) {
      const bool over = !running() || timer.elapsed() > timeout_ms;
      for (const Json& line : lines())
        if (line.is_object() && wanted(line)) return line;
      if (over) return {};
      QTest::qSleep(10);
    }
  }
  CliResult finish(int timeout_ms = 50'000) {
    if (!process_->waitForFinished(timeout_ms)) kill();
    CliResult result = so_far();
    result.code = process_->exitStatus() == QProcess::NormalExit ? process_->exitCode() : 128 + process_->exitCode();
    return result;
  }

  Cli cli;
  qint64 started_ms = 0;

 private:
  QString output(int life) const { return cli.path(QStringLiteral("/output-%1").arg(life)); }
  CliResult printed(int life) const {
    CliResult result;
    QFile out(output(life)), err(output(life) + "-errors");
    if (out.open(QIODevice::ReadOnly)) result.out = out.readAll();
    if (err.open(QIODevice::ReadOnly)) result.err = err.readAll();
    result.out.truncate(result.out.lastIndexOf('\n') + 1);
    return result;
  }

  const QStringList prefix_;
  std::unique_ptr<QProcess> process_;
  int starts_ = 0;
};

inline std::function<bool(const Json&)> event_is(const char* name, int round = -1) {
  return [name, round](const Json& line) { return text_of(line, "event") == name && (round < 0 || line.value("round", -1) == round); };
}
inline std::function<bool(const Json&)> member_is(const std::string& name, const std::string& state) {
  return [=](const Json& line) {
    return text_of(line, "event") == "member" && text_of(line, "name") == name && text_of(line, "state") == state;
  };
}

inline qint64 time_of(const Json& line) { return line.is_object() ? line.value("time_ms", qint64{0}) : 0; }

class Lan {
 public:
  // Records of the shipped data, dealt out to as many files as there are members.
  explicit Lan(int members, const QList<QStringList>& prefixes = {}) : Lan(QStringList(), prefixes, members) {}
  explicit Lan(const QStringList& files, const QList<QStringList>& prefixes = {}, int deal_out_to = 0)
      : dealt_out_(deal_out_to > 0), files_(deal_out_to > 0 ? dealt_out(deal_out_to) : files) {
    host = std::make_unique<LanMachine>(prefixes.value(0));
    for (int i = 0; i < files_.size(); ++i) this->members.push_back(std::make_unique<LanMachine>(prefixes.value(i + 1)));
    scenario = {{"name", "lan"},
                {"seed", 3},
                {"base_model", "builtin:microworld"},
                {"dataset", {{"files", Json::array()}, {"label", "desk"}}},
                {"lora", {{"rank", 4}, {"alpha", 8}}},
                {"training", {{"local_steps", 8}, {"batch_size", 4}}},
                {"rounds", 3},
                {"network", {{"deadline_s", 600}}},
                {"evaluation", {{"max_records", 16}}}};
  }

  Json scenario;
  QString bind = QStringLiteral("127.0.0.1:%1").arg(free_port()), name = "lab";
  int min_members = -1;   // all of them
  QStringList more;       // of `serve`
  bool announce = false;
  std::unique_ptr<LanMachine> host;
  std::vector<std::unique_ptr<LanMachine>> members;

  QString ticket_file() const { return host->cli.path("/ticket"); }
  QString file(int member) const { return files_[member]; }

  // The adapter that the same files give in a simulation.
  std::string simulated() const {
    static std::map<std::string, std::string> known;
    Json same = scenario;
    for (const QString& file : files_) same["dataset"]["files"].push_back(file.toStdString());
    same["partition"] = {{"method", "by_file"}};
    Json key = scenario;
    if (dealt_out_) key["members"] = files_.size();
    std::string& sha256 = known[dealt_out_ ? key.dump() : same.dump()];
    if (!sha256.empty()) return sha256;
    Cli cli;
    cli.write("/simulation.json", QByteArray::fromStdString(same.dump()));
    const CliResult result = cli.run({"run", cli.path("/simulation.json"), "--json"});
    if (result.code != 0) qFatal("the simulation failed: %s", result.err.constData());
    return sha256 = text_of(result.last(), "adapter_sha256");
  }

  // The line that tells of the open room.
  Json serve() {
    host->cli.write("/room.json", QByteArray::fromStdString(scenario.dump()));
    const int least = min_members >= 0 ? min_members : static_cast<int>(members.size());
    host->start(QStringList{"serve", host->cli.path("/room.json"), "--name", name, "--bind", bind, "--ticket-file", ticket_file(),
                            "--min-members", QString::number(least), "--json"} +
                (announce ? QStringList() : QStringList{"--no-announce"}) + more);
    const Json room = host->wait_for(event_is("room"));
    if (room.is_null()) qFatal("no room: %s", host->so_far().err.constData());
    return room;
  }
  QStringList joining(int member) const {
    return {"join",   "--ticket-file", ticket_file(), "--data", files_[member], "--slot", QString::number(member),
            "--name", QStringLiteral("m%1").arg(member), "--yes", "--json"};
  }
  void join(int member) { members[static_cast<size_t>(member)]->start(joining(member)); }
  void join_all() {
    for (int i = 0; i < files_.size(); ++i) join(i);
  }
  LanMachine& member(int i) { return *members[static_cast<size_t>(i)]; }

  // Everybody ends well with this adapter; otherwise the sentence says who did not.
  QByteArray all_end_with(const std::string& sha256) {
    QByteArray wrong = end_of(*host, "the host", sha256);
    for (size_t i = 0; i < members.size(); ++i) wrong += end_of(*members[i], "member " + QByteArray::number(qulonglong(i)), sha256);
    return wrong;
  }
  // How often the host told of each round's commit, over all its lives: once, or not at all where it died before it told.
  std::vector<int> commits() const {
    std::vector<int> commits(scenario["rounds"].get<size_t>() + 1);
    for (const Json& line : host->lines_of_all_lives())
      if (event_is("round_committed")(line)) ++commits[line.at("round").get<size_t>()];
    return commits;
  }

 private:
  static QByteArray end_of(LanMachine& machine, const QByteArray& who, const std::string& sha256) {
    const CliResult end = machine.finish();
    if (end.code != 0) return who + " ended with " + QByteArray::number(end.code) + ": " + end.err + "\n";
    const std::string got = text_of(end.last(), "adapter_sha256");
    return got == sha256 ? QByteArray() : who + " has the adapter " + QByteArray::fromStdString(got) + "\n";
  }
  QStringList dealt_out(int members) {
    QFile source(Cli::assets() + "/data/desk_train.jsonl");
    if (!source.open(QIODevice::ReadOnly)) return {};
    std::vector<QByteArray> parts(static_cast<size_t>(members));
    for (size_t line = 0; !source.atEnd(); ++line) parts[line % parts.size()] += source.readLine();
    QStringList files;
    for (size_t i = 0; i < parts.size(); ++i) {
      files += data_.filePath(QStringLiteral("m%1.jsonl").arg(i));
      QFile file(files.back());
      if (!file.open(QIODevice::WriteOnly) || file.write(parts[i]) != parts[i].size()) qFatal("cannot write the data");
    }
    return files;
  }

  const bool dealt_out_;
  QTemporaryDir data_;
  QStringList files_;
};

}  // namespace fedllm::tests
