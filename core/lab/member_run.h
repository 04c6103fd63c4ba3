// MemberRun: one run of somebody else's room, as this machine takes part in it. A worker thread carries out the coordinator's
// tasks one at a time (a newer one replaces an older one); training is one thread today (train/backend.h), scoring uses every
// core. What happens is kept in a run of this machine's own ledger, whose only client, number 0, is this machine: its own
// events as they come, global ones as the host tells them (tell), and every version that it received and the host committed.
// A link that breaks is detach(); work goes on and is sent after the next attach(). Thread-safe. Errors: one sentence.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "lab/final_adapter.h"
#include "lab/member_store.h"
#include "ledger/ledger.h"
#include "node/member_setup.h"
#include "node/upload_pace.h"
#include "wire/lab.pb.h"
#include "wire/room.pb.h"

namespace fedllm::lab {

struct MemberRunTools {
  ledger::Ledger& ledger;
  train::Backend& backend;
  const MembershipStore& store;
  node::LeftMeter& meter;
  node::UploadPace& pace;
  std::function<void()> changed;  // after anything in state() changed; any thread, quickly
};

struct MemberRunSetting {
  std::string room, host_run, name, base_name;
  int slot = 0;
  std::shared_ptr<node::PreparedRun> prepared;  // has taken the slot
  bool tell_labels = false;
};

struct MemberRunState {
  std::string state;        // waiting training evaluating
  int round = 0;
  bool whole = false;       // every round of the run is committed here
  bool over = false;        // the host said how it ended: nothing more will come
  bool lost = false;        // the stream of tasks ended without a word
  ledger::RunState outcome = ledger::RunState::running;
  std::string error;        // of a run that failed on the host
};

class MemberRun {
 public:
  // A new run of the ledger, or the one that this machine has taken part in before.
  static Result<std::unique_ptr<MemberRun>> open(const MemberRunTools& tools, const MemberRunSetting& setting);
  virtual ~MemberRun() = default;  // detaches, stops the worker; what is committed stays
  virtual const std::string& id() const = 0;  // in this machine's ledger
  virtual Status attach(std::shared_ptr<grpc::Channel> channel) = 0;
  virtual void detach() = 0;
  virtual void tell(const wire::LedgerEvent& event) = 0;
  virtual void pause(bool on) = 0;
  virtual void set_gentle(bool on) = 0;
  virtual MemberRunState state() const = 0;
  // Waits for the worker, saves the adapter and writes the end into the ledger. state: done, failed or paused.
  // fetch: the host's final adapter file, where this machine has another one (a lossy codec, a missed round).
  virtual Status conclude(ledger::RunState state, const std::string& error, const FetchFile& fetch) = 0;
  virtual std::string summary_json() const = 0;     // once concluded
  virtual wire::OnYourData card() const = 0;
  // "alone" of the card: as many steps as this machine took here, on its own data only. Blocks; CANCELLED after stop.
  virtual Status train_alone(const StopFlag& stop, const std::function<void(double)>& progress) = 0;
};

}  // namespace fedllm::lab
