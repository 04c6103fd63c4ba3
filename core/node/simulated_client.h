// SimulatedClient: one client of a simulation, or with ClientHooks the one client of a machine in somebody else's run.
// Between its turns it is a list of record numbers, a codec residual and an idle stream; model, adapter and optimizer exist
// only while it trains. work() runs on a pool worker, one thread at a time; everything else may be called from any thread.
// With hooks a link that breaks does not stop the training: what could not be sent is sent once wait_for_link() says so.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "node/client.h"
#include "node/pause_gate.h"
#include "node/run_setup.h"
#include "node/version_key.h"

namespace fedllm::node {

using Version = std::shared_ptr<const adapter::AdapterState>;

// A version as it is trained and scored: the adapter on the base with what the method has merged beside it; and both as the
// one adapter of the plain base that people use.
struct ReceivedVersion {
  Version adapter, whole;
  std::shared_ptr<const train::BaseModel> base;
};

// The version used last: one that came to be evaluated is not pulled again to be trained. What is not sent is drawn from the
// version's number, so the payload alone does not name it.
class VersionCache {
 public:
  std::optional<ReceivedVersion> find(const wire::Task& task) const {
    std::lock_guard lock(mutex_);
    if (task.payload_hash().empty() || !version_.adapter || number_ != task.version() || key_ != version_key(task)) return std::nullopt;
    return version_;
  }
  void put(const wire::Task& task, ReceivedVersion version) {
    std::lock_guard lock(mutex_);
    number_ = task.version(), key_ = version_key(task);
    version_ = std::move(version);
  }

 private:
  mutable std::mutex mutex_;
  uint64_t number_ = 0;
  std::string key_;
  ReceivedVersion version_;
};

struct PushedUpdate {
  wire::UpdateHeader header;
  double update_norm = 0, push_seconds = 0;
  LeftCount traffic;  // of the push
  wire::PushReply reply;
};

// What a client keeps to itself from round to round.
struct Keepsakes {
  std::vector<float> residual, personal, variate;   // as below
};

// What a client on a machine of its own does beyond a simulated one. All are called on the worker.
struct ClientHooks {
  ClientLink link;
  VersionCache versions;
  std::function<void(const wire::Task&, const Version& whole, double pull_seconds, const LeftCount&)> received;
  std::function<void(const wire::ReportRequest&)> reported;  // whether or not it could be sent
  std::function<void(const wire::Task&, const Keepsakes&)> keeping;  // what it has where its update, about to leave, counts
  std::function<void(const wire::Task&)> pushing;  // its update leaves now; pushed or failed follows
  std::function<void(const PushedUpdate&)> pushed;
  std::function<void(const wire::Task&, const Status&)> failed;  // nothing was pushed
  // The link broke: until it stands again (true), or this work is no longer wanted (false).
  std::function<bool()> wait_for_link;
};

struct ClientTools {
  const PreparedRun& run;
  train::Backend& backend;
  PauseGate& gate;
  StopFlag stop;                 // of the whole run
  ClientHooks* hooks = nullptr;  // none in a simulation
  int threads = 1;               // of one client's training; the result does not depend on it
};

class SimulatedClient {
 public:
  SimulatedClient(const ClientTools& tools, std::shared_ptr<grpc::Channel> channel, int client);
  Status join();
  FederationClient& federation() { return federation_; }
  int client() const { return client_; }
  // One task from pull to push. Whatever goes wrong is told to the coordinator as the update's failure.
  void work(const wire::Task& task, double arrived_s);
  // The version that a task names, pulled unless it is here; its adapter without what this client keeps to itself. With
  // hooks only, on the worker.
  Result<ReceivedVersion> version(const wire::Task& task);
  // A version's adapter with this client's own factor in it, of a method that leaves one with its client; else as it is.
  Version with_own_factor(const Version& version, int round) const;
  // What this client has for itself of a method that leaves it something: the same, or the adapter it trains beside the global one.
  Version own_adapter(const Version& version, int round) const;
  // Raised when the coordinator or the run no longer wants this client's work.
  const StopFlag& stop() const { return stop_; }
  // Read and set between rounds only.
  const std::vector<float>& residual() const { return residual_.values; }
  const std::vector<float>& personal() const { return personal_; }
  const std::vector<float>& variate() const { return variate_; }
  // Of the thread that calls work(); null: none.
  void use(std::shared_ptr<train::TrainBuffers>* buffers) { buffers_ = buffers; }
  void set_residual(std::vector<float> values) { residual_.values = std::move(values); }
  void set_personal(std::vector<float> values) { personal_ = std::move(values); }
  void set_variate(std::vector<float> values) { variate_ = std::move(values); }

 private:
  struct Work;
  Result<adapter::AdapterState> pull_state(const wire::Task& task);
  adapter::LayoutPtr layout(const wire::Task& task) const;
  Parcel downward(const wire::Task& task) const;
  Result<adapter::AdapterState> known(const wire::Task& task) const;
  Result<std::shared_ptr<const train::BaseModel>> pull_merged(const wire::Task& task);
  Result<ReceivedVersion> pull_version(const wire::Task& task);
  Result<wire::PushReply> push_until_sent(Work& work, const std::shared_ptr<const std::string>& payload, std::optional<uint32_t> crc32);
  bool goes_on_without(const Status& status) const;
  void tell_failure(Work& work, const Status& status);
  Status pull(Work& work);
  Status train(Work& work);
  Status take_first_step(Work& work, const std::vector<data::Example>& examples);
  Status choose_components(Work& work, const std::vector<data::Example>& examples, train::LocalOptions& local);
  Status train_own(Work& work, const std::vector<data::Example>& examples);
  Status push(Work& work);
  void on_step(Work& work, int step, double loss, int64_t tokens, double seconds);
  void report(Work& work);
  spec::LoraFactors hidden(int round) const;
  std::vector<float> correction(const adapter::LayoutPtr& layout) const;
  train::LocalOptions options(Work& work);

  ClientTools tools_;
  const int client_;
  FederationClient federation_;
  codec::Residual residual_;
  std::vector<float> personal_;     // what never leaves: a factor in the order of a parcel, or an adapter of its own
  std::vector<float> variate_;      // SCAFFOLD's c_k
  adapter::AdapterState control_;   // SCAFFOLD's c of the version pulled last
  Version previous_;                // kept where a later version may hold one factor only
  uint64_t previous_version_ = 0;
  MergedPtr merged_;                // the accumulator beside the base, of merged_version_; or the basis of cores
  uint64_t merged_version_ = 0;
  std::shared_ptr<train::TrainBuffers>* buffers_ = nullptr;
  StopFlag stop_;
  std::mutex working_;  // a task of a dropped round may still be ending
  SystemClock clock_;
};

}  // namespace fedllm::node
