// Two machines on one wire: network namespaces joined by a virtual cable, each with a message bus and an Avahi daemon of its own
// (a private /run), so that discovery is tested as it is used. Where that is not permitted `why_not` says so.
#pragma once

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <unistd.h>

#include <memory>

namespace fedllm::tests {

// A network namespace with a bus and an Avahi daemon of its own.
class Machine {
 public:
  Machine(const QString& name, const QString& folder) : name_(name), folder_(folder) { QDir().mkpath(folder_ + "/services"); }
  ~Machine() {
    stop(daemon_);
    stop(bus_);
    QProcess::execute("ip", {"netns", "del", name_});
  }
  static void stop(std::unique_ptr<QProcess>& process) {
    if (!process) return;
    process->closeWriteChannel();
    process->terminate();
    if (!process->waitForFinished(3000)) process->kill(), process->waitForFinished();
    process.reset();
  }
  // In the namespace, with folder_ as its /run and a folder of its own for what the daemon announces by itself.
  std::unique_ptr<QProcess> start(const QStringList& command) const {
    auto process = std::make_unique<QProcess>();
    process->setProcessChannelMode(QProcess::SeparateChannels);
    const QStringList whole = prefix() + command;
    process->start(whole.front(), whole.mid(1));
    return process;
  }
  // What makes a command run here.
  QStringList prefix() const {
    return {"ip", "netns", "exec", name_, "sh", "-c",
            "mount --bind \"$0/services\" /etc/avahi/services; mount --bind \"$0\" /run && exec \"$@\"", folder_};
  }
  bool start_bus() {
    QFile config(folder_ + "/bus.conf");
    if (!config.open(QIODevice::WriteOnly)) return false;
    config.write(
        "<busconfig><type>system</type><listen>unix:path=/run/dbus/system_bus_socket</listen><policy context=\"default\">"
        "<allow user=\"*\"/><allow own=\"*\"/><allow send_type=\"method_call\"/><allow send_type=\"signal\"/>"
        "<allow send_requested_reply=\"true\"/><allow receive_requested_reply=\"true\"/></policy></busconfig>");
    config.close();
    QDir().mkpath(folder_ + "/dbus");
    bus_ = start({"dbus-daemon", "--config-file=/run/bus.conf", "--nofork", "--nopidfile"});
    return wait_for(folder_ + "/dbus/system_bus_socket");
  }
  bool start_daemon() {
    QFile config(folder_ + "/avahi.conf");
    if (!config.open(QIODevice::WriteOnly)) return false;
    config.write(("[server]\nhost-name=" + name_ +
                  "\nuse-ipv4=yes\nuse-ipv6=yes\n[wide-area]\nenable-wide-area=no\n"
                  "[publish]\npublish-hinfo=no\npublish-workstation=no\n[rlimits]\n")
                     .toUtf8());
    config.close();
    QDir().mkpath(folder_ + "/avahi-daemon");
    daemon_ = start({"avahi-daemon", "--no-drop-root", "--no-chroot", "--no-rlimits", "-f", "/run/avahi.conf"});
    return wait_for(folder_ + "/avahi-daemon/socket");
  }
  // The daemon announces it, without any code of ours. Before start_daemon().
  void announce(const QByteArray& name, uint16_t port, const QList<QByteArray>& text) const {
    QByteArray xml =
        "<?xml version=\"1.0\" standalone='no'?><!DOCTYPE service-group SYSTEM \"avahi-service.dtd\"><service-group><name>" +
        name + "</name><service><type>_fedllm._tcp</type><port>" + QByteArray::number(port) + "</port>";
    for (const QByteArray& entry : text) xml += "<txt-record>" + entry + "</txt-record>";
    QFile file(folder_ + "/services/room.service");
    if (!file.open(QIODevice::WriteOnly) || file.write(xml + "</service></service-group>") < 0) qFatal("cannot write a service");
  }
  // Avahi leaves its socket behind.
  void stop_daemon() {
    stop(daemon_);
    QFile::remove(folder_ + "/avahi-daemon/socket");
  }
  QString errors() const { return (daemon_ ? daemon_->readAllStandardError() : "") + (bus_ ? bus_->readAllStandardError() : ""); }

 private:
  static bool wait_for(const QString& path) {
    QElapsedTimer timer;
    timer.start();
    while (!QFile::exists(path))
      if (timer.elapsed() > 10000)
        return false;
      else
        QTest::qWait(20);
    return true;
  }
  QString name_, folder_;
  std::unique_ptr<QProcess> bus_, daemon_;
};

// Until a line of its standard output matches; empty where none does in time.
inline QString line_like(QProcess& process, const QString& pattern, int timeout_ms = 15000) {
  const QRegularExpression wanted(pattern);
  QElapsedTimer timer;
  timer.start();
  while (timer.elapsed() < timeout_ms) {
    while (process.canReadLine()) {
      const QString line = QString::fromUtf8(process.readLine()).trimmed();
      if (wanted.match(line).hasMatch()) return line;
    }
    process.waitForReadyRead(20);
  }
  return {};
}

inline bool succeeds(const QString& command) {
  QProcess process;
  process.start("sh", {"-c", command});
  return process.waitForFinished(10000) && process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0;
}

// Two machines on one wire.
class Wire {
 public:
  QString why_not;
  std::unique_ptr<Machine> a, b;

  // discovery: with a bus and an Avahi daemon on each.
  explicit Wire(bool discovery = true) {
    QStringList tools{"ip"};
    if (discovery) tools += {"avahi-daemon", "dbus-daemon"};
    for (const QString& tool : tools)
      if (!succeeds("command -v " + tool)) why_not = tool + " is not installed";
    const QString id = QString::number(::getpid());
    const QString left = "fla" + id, right = "flb" + id;
    plug_ = QString("ip -n %1 link set va%2 ").arg(left, id);
    shape_ = QString(
                 "ip netns exec %1 tc qdisc replace dev va%3 root netem %4 && ip netns exec %2 tc qdisc replace dev vb%3 root "
                 "netem %4")
                 .arg(left, right, id);
    if (!why_not.isEmpty()) return;
    if (!succeeds("ip netns add " + left)) {
      why_not = "network namespaces are not permitted";
      return;
    }
    a = std::make_unique<Machine>(left, dir_.filePath("a"));
    if (succeeds("ip netns add " + right)) b = std::make_unique<Machine>(right, dir_.filePath("b"));
    if (!b || !succeeds(QString("ip link add va%1 netns %2 type veth peer name vb%1 netns %3").arg(id, left, right)) ||
        !up(left, "va" + id, "10.99.7.1/24") || !up(right, "vb" + id, "10.99.7.2/24"))
      why_not = "virtual interfaces are not permitted";
    else if (discovery && !started())
      why_not = "no Avahi daemon could be started: " + a->errors() + b->errors();
  }
  bool cut() const { return succeeds(plug_ + "down"); }
  bool mend() const { return succeeds(plug_ + "up"); }
  // Nothing that a sends arrives any more; the cable looks sound.
  bool silence(bool on) const {
    return succeeds(QString("ip -n %1 route %2 blackhole 10.99.7.2/32").arg(plug_.section(' ', 2, 2), on ? "add" : "del"));
  }
  // "delay 50ms rate 20mbit loss 2%"; false where the kernel cannot.
  bool shape(const QString& netem) const { return succeeds(shape_.arg(netem)); }

 private:
  bool started() const { return a->start_bus() && b->start_bus() && a->start_daemon() && b->start_daemon(); }
  static bool up(const QString& machine, const QString& interface, const QString& address) {
    return succeeds(QString("ip -n %1 link set lo up && ip -n %1 addr add %3 dev %2 && ip -n %1 link set %2 up")
                        .arg(machine, interface, address));
  }
  QTemporaryDir dir_;
  QString plug_, shape_;
};

}  // namespace fedllm::tests
