// ProxyLedger: a real ledger with a hand on the commit, so that a test can fail it (a full disk) or die just before or
// just after it.
#pragma once

#include <functional>

#include "ledger/ledger.h"

namespace fedllm::tests {

class ProxyLedger final : public ledger::Ledger {
 public:
  explicit ProxyLedger(ledger::Ledger& real) : real_(real) {}
  std::function<Status(const ledger::VersionRow&)> before_commit;
  std::function<void(const ledger::VersionRow&)> after_commit;

  Result<ledger::RunRow> create_run(ledger::RunRow row) override { return real_.create_run(std::move(row)); }
  Status set_state(const std::string& run, ledger::RunState state, const std::string& error = {}) override {
    return real_.set_state(run, state, error);
  }
  Status set_summary(const std::string& run, const std::string& json) override { return real_.set_summary(run, json); }
  Result<ledger::RunRow> run(const std::string& id) const override { return real_.run(id); }
  Result<std::optional<ledger::RunRow>> run_by_request(const std::string& request_id) const override {
    return real_.run_by_request(request_id);
  }
  Result<uint64_t> last_seq(const std::string& run) const override { return real_.last_seq(run); }
  Result<std::vector<ledger::RunRow>> runs() const override { return real_.runs(); }
  Status delete_run(const std::string& id) override { return real_.delete_run(id); }
  Status mark_interrupted() override { return real_.mark_interrupted(); }
  Result<uint64_t> append(ledger::Event event) override { return real_.append(std::move(event)); }
  Status append_batch(std::vector<ledger::Event> events) override { return real_.append_batch(std::move(events)); }
  Result<std::vector<ledger::Event>> events(const std::string& run, uint64_t from_seq, size_t limit) const override {
    return real_.events(run, from_seq, limit);
  }
  bool wait_for_events(const std::string& run, uint64_t from_seq, double timeout_s) const override {
    return real_.wait_for_events(run, from_seq, timeout_s);
  }
  uint64_t subscribe(std::function<void(const std::string&)> callback) override { return real_.subscribe(std::move(callback)); }
  void unsubscribe(uint64_t token) override { real_.unsubscribe(token); }
  Status commit_version(const ledger::VersionRow& version, std::vector<ledger::Event> events) override {
    if (before_commit) {
      if (Status status = before_commit(version); !status.ok()) return status;
    }
    Status status = real_.commit_version(version, std::move(events));
    if (after_commit) after_commit(version);
    return status;
  }
  Result<std::vector<ledger::VersionRow>> versions(const std::string& run) const override { return real_.versions(run); }
  std::string run_dir(const std::string& run) const override { return real_.run_dir(run); }
  std::string absolute(const std::string& relative) const override { return real_.absolute(relative); }

 private:
  ledger::Ledger& real_;
};

}  // namespace fedllm::tests
