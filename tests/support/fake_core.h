// FakeCore: the Control service in-process on a unix socket, scripted by a test: the studio's link, session and pages run
// against it as against the core. Thread-safe; stop() drops every connection as a killed core would, start() listens again.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "wire/control.pb.h"

namespace grpc {
class Service;
}

namespace fedllm::test {

// An event in one line: event(3, "client_step", 1, 0, {{"step", 1}, {"loss", 2.5}}).
wire::Event event(uint64_t seq, const std::string& kind, int round = -1, int client = -1,
                  std::vector<std::pair<std::string, double>> metrics = {}, const std::string& detail = {});
// The whole story of a run as the ledger would tell it: `clients` clients, `rounds` rounds of `steps` steps, losses falling.
// `lastRound` < rounds ends the story in mid-run. seq counts from 1.
std::vector<wire::Event> story(int clients, int rounds, int steps, int lastRound = -1);

class FakeCore {
 public:
  explicit FakeCore(std::string socketPath = {});   // default: a fresh path below /tmp
  ~FakeCore();
  const std::string& socket() const;
  void serveAlso(grpc::Service& service);            // on the same socket; before start()
  void start();
  void stop();

  // What it answers with. Set before or between calls.
  void setHello(const wire::HelloReply& reply);
  void setBeats(bool on);                            // false: the stream stays open but silent
  void addRun(const wire::RunInfo& info, std::vector<wire::Event> events = {});
  void append(const std::string& run, std::vector<wire::Event> events);   // live: watchers get them
  void setRunState(const std::string& run, const std::string& state);
  void setCheckReply(const wire::CheckReply& reply);
  void setTryReply(const wire::TryReply& reply);
  void setWordPause(int ms);                          // before each word of an answer; a cancelled one counts as "Answer cancelled"
  void setTryItems(const wire::TryItemsReply& reply);
  void setPartitionReply(const wire::PartitionReply& reply);
  void setPreviewReply(const wire::PreviewReply& reply);
  void setImportReplies(std::vector<wire::ImportReply> replies);
  void failNext(int code, const std::string& message);   // the next unary call fails with this gRPC code
  // Called for each StartRun; returns the events of the new run (default: story(4, 5, 3)).
  void onStart(std::function<std::vector<wire::Event>(const wire::StartRunRequest&)> make);
  // A watch stream is cut after this many batches (once), as by a lost connection; -1: never.
  void cutWatchAfter(int batches);
  void setBatchSize(int events);

  int calls(const std::string& method) const;            // how often "Hello", "Watch", "Pause" … were called
  std::vector<wire::StartRunRequest> started() const;
  std::vector<uint64_t> watchedFrom() const;             // from_seq of each Watch

 private:
  class Service;
  std::unique_ptr<Service> service_;
};

}  // namespace fedllm::test
