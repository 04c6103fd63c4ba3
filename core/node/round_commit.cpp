// How a round becomes a version: artifacts first, each written temp + fsync + rename, the ledger row last. The row is the
// commit; what a kill leaves behind before it is overwritten by the next attempt.
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <future>

#include "adapter/peft.h"
#include "base/file.h"
#include "node/round_state.h"

namespace fedllm::node {
namespace {

int64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<int64_t>(usage.ru_maxrss) * 1024;
}

std::string padded(int round) {
  std::string digits = std::to_string(round);
  return std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits;
}

}  // namespace

std::string Coordinator::round_dir(int round) const { return "runs/" + tools_.run.row.id + "/rounds/" + padded(round); }

// The run itself reads a version back only after an interruption.
Result<std::string> Coordinator::save(const adapter::AdapterState& state, const std::string& relative) const {
  const std::string folder = tools_.ledger.absolute(relative);
  FEDLLM_RETURN_IF_ERROR(make_dirs(folder));
  return adapter::save_peft(state, tools_.run.peft_meta(), folder, FileCache::drop);
}

// What people use is one adapter. Where part of it lies beside the base, both parts are kept for a resume.
Result<std::string> Coordinator::save_version(const std::string& folder) const {
  if (!merged_) return save(global_, folder);
  FEDLLM_RETURN_IF_ERROR(save(global_, folder + "/" + kAdapterPart).status());
  FEDLLM_RETURN_IF_ERROR(save(*merged_, folder + "/" + kMergedPart).status());
  FEDLLM_ASSIGN_OR_RETURN(const adapter::AdapterState whole, with_beside(global_, merged_));
  return save(whole, folder);
}

// In a room wire bytes are those of its connections: members' heartbeats, TLS and HTTP/2 included.
net::TrafficCount Coordinator::traffic() const {
  net::TrafficCount count = traffic_->total();
  if (tools_.run.network && tools_.run.network->wire) {
    const net::SocketBytes now = tools_.run.network->wire();
    count.uplink_wire = now.received - wire_before_.received;
    count.downlink_wire = now.sent - wire_before_.sent;
  }
  return count;
}

net::TrafficCount Coordinator::since_commit() const { return traffic_ ? traffic() - committed_traffic_ : closing_; }

RunTotals Coordinator::totals() const {
  RunTotals totals = totals_;
  totals.traffic += since_commit();
  totals.wall_s += now_s() - committed_s_;
  totals.peak_rss_bytes = std::max(totals.peak_rss_bytes, peak_rss_bytes());
  return totals;
}

RoundFacts Coordinator::facts_of(const Round& round) const {
  RoundFacts facts;
  facts.round = round.number;
  facts.traffic = since_commit();
  facts.uplink_modelled = round.modelled_up;
  facts.downlink_modelled = round.modelled_down;
  facts.discarded_energy = round.discarded_energy;
  facts.ranks = ranks_;
  if (merged_) facts.merged_sha256 = merged_offer_.sha256;
  if (round.geometry) {
    facts.aggregation_error = round.geometry->aggregation_error;
    for (size_t m = 0; m < round.geometry->module_error.size(); ++m)
      facts.module_errors.emplace_back(tools_.run.layout->modules()[m].name, round.geometry->module_error[m]);
    for (size_t i = 0; i < round.updates->size(); ++i) facts.clients.emplace_back(round.updates->client(i), round.geometry->clients[i]);
  } else {
    facts.hidden = round.hidden;
  }
  double examples = 0;
  for (const auto& [client, update] : round.accepted) {
    const double count = static_cast<double>(round.accepted.size()), weight = static_cast<double>(update.header.num_examples());
    facts.times.compute_s += update.header.train_seconds() / count;
    facts.times.transfer_s += (update.header.pull_seconds() + update.push_seconds) / count;
    facts.mean_loss += weight * update.header.mean_loss();
    examples += weight;
  }
  facts.mean_loss = examples > 0 ? facts.mean_loss / examples : std::nan("");
  facts.times.wall_s = now_s() - round.began_s;
  facts.times.eval_s = round.evaluated_s - round.trained_s;
  facts.times.wait_s = std::max(0.0, facts.times.wall_s - facts.times.eval_s - facts.times.compute_s - facts.times.transfer_s);
  for (int client = 0; client < tools_.run.clients() && round.number > 0; ++client) {
    if (tools_.run.network && tools_.run.examples[static_cast<size_t>(client)] == 0) continue;  // a slot nobody holds
    if (!round.accepted.contains(client)) facts.absent.push_back(client);
  }
  return facts;
}

// A round without it would be another one than was planned, so the run ends here and goes on when there is room again.
wire::PushReply Coordinator::not_kept(const Status& why) {
  tools_.journal.keep(why);
  wire::PushReply reply;
  reply.set_reason("the coordinator could not keep the update");
  return reply;
}

Status Coordinator::commit(Round& round) {
  FEDLLM_RETURN_IF_ERROR(tools_.journal.status());
  const std::string folder = round_dir(round.number), state_path = folder + "/state.bin";
  RoundFacts facts = facts_of(round);
  Checkpoint checkpoint{round.number, tools_.run.dataset_hash(), tools_.run.partition.hash, tools_.run.base->sha256(),
                        totals(),     optimizer_->save_state(),          fleet_.states(),       control_.values,
                        ranks_,
                        tools_.run.script ? tools_.run.script->sha256 : ""};
  checkpoint.totals.latest_eval = round.eval, checkpoint.totals.latest_measures = round.measures;
  checkpoint.totals.uplink_modelled += facts.uplink_modelled;
  checkpoint.totals.downlink_modelled += facts.downlink_modelled;
  const std::string state_file = tools_.ledger.absolute(state_path);
  FEDLLM_RETURN_IF_ERROR(make_dirs(tools_.ledger.absolute(folder)));
  // The disk is waited for once for both artifacts; meanwhile members are given the next version and begin.
  auto saved = std::async(std::launch::async, [&] { return save_version(folder); });
  auto kept = std::async(std::launch::async, [&] { return write_file_atomic(state_file, serialize_checkpoint(checkpoint)); });
  const auto version = static_cast<uint64_t>(round.number);
  if (tools_.run.network && (!offer_.payload || offer_.version != version)) put_on_offer(encode(version));
  if (tools_.run.network) announce(round.number + 1);
  FEDLLM_RETURN_IF_ERROR(kept.get());
  FEDLLM_ASSIGN_OR_RETURN(facts.sha256, saved.get());
  FEDLLM_RETURN_IF_ERROR(tools_.journal.commit({tools_.run.row.id, round.number, folder, facts.sha256, state_path}, facts));
  // Committed. The older checkpoint can never be needed again.
  if (committed_round_ >= 0) {
    std::error_code ignored;
    std::filesystem::remove(tools_.ledger.absolute(round_dir(committed_round_) + "/state.bin"), ignored);
  }
  committed_traffic_ = committed_traffic_ + facts.traffic;
  committed_s_ = now_s();
  totals_ = checkpoint.totals;
  committed_round_ = round.number;
  sha256_ = facts.sha256;
  return {};
}

}  // namespace fedllm::node
