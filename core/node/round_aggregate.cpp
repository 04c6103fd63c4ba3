// How a round's updates become the next version: combined by the scenario's method, moved on by its server optimizer, with what
// the method adds to the base laid beside it; and how the updates lie to each other and to the result.
#include "adapter/tail.h"
#include "base/heap.h"
#include "base/seed_tree.h"
#include "fed/control_variates.h"
#include "node/round_state.h"

namespace fedllm::node {
namespace {

constexpr size_t kDiagnosed = 32;  // contributions whose geometry is measured; the cost grows with their square
constexpr double kDiagnosisPerSecond = 5e8, kDiagnosisShare = 0.05;

// Adapters as their clients have them: what each started from and the change it sent.
class RoundAdapters final : public fed::ClientAdapters {
 public:
  using Start = std::function<Result<const adapter::AdapterState*>(int client)>;
  RoundAdapters(const UpdateShelf& updates, Start start) : updates_(updates), start_(std::move(start)) {}
  size_t size() const override { return updates_.size(); }
  std::string who(size_t k) const override { return "client " + std::to_string(updates_.client(k)); }
  double weight(size_t k) const override { return static_cast<double>(updates_.num_examples(k)); }
  const adapter::LayoutPtr& layout(size_t k) const override { return updates_.layout(k); }
  Status read(size_t k, size_t from, std::span<float> values) override {
    FEDLLM_ASSIGN_OR_RETURN(const adapter::AdapterState* start, start_(updates_.client(k)));
    FEDLLM_RETURN_IF_ERROR(updates_.read(k, from, values));
    const float* began = start->values.data() + from;
    for (size_t i = 0; i < values.size(); ++i) values[i] += began[i];
    return {};
  }

 private:
  const UpdateShelf& updates_;
  Start start_;
};

}  // namespace

Status Coordinator::aggregate(Round& round) {
  if (round.updates->spilled() > 0) trim_heaps();
  FEDLLM_ASSIGN_OR_RETURN(fed::Combination combination, combine(round));
  round.hidden = why_not_diagnosed(round);
  if (round.hidden.empty()) FEDLLM_RETURN_IF_ERROR(diagnose(round, combination));
  round.discarded_energy = combination.discarded_energy;
  if (!method_) {
    FEDLLM_ASSIGN_OR_RETURN(global_, optimizer_->step(global_, std::move(combination.adapter)));
  } else if (tools_.run.scenario.strategy.server_optimizer == "none") {
    global_ = std::move(combination.adapter);
  } else {
    FEDLLM_ASSIGN_OR_RETURN(const adapter::AdapterState* started, received(round, -1));
    FEDLLM_ASSIGN_OR_RETURN(adapter::AdapterState delta, adapter::difference(std::move(combination.adapter), *started));
    FEDLLM_ASSIGN_OR_RETURN(global_, optimizer_->step(*started, std::move(delta)));
  }
  round.merged_before = merged_;
  FEDLLM_RETURN_IF_ERROR(merge(round, combination));
  return move_control(round);
}

// Without a method of its own the combination's adapter is the mean change.
Result<fed::Combination> Coordinator::combine(Round& round) {
  if (!method_) {
    FEDLLM_ASSIGN_OR_RETURN(adapter::AdapterState delta, aggregator_->aggregate(global_, *round.updates));
    return fed::Combination{std::move(delta), std::nullopt, 0};
  }
  FEDLLM_ASSIGN_OR_RETURN(const adapter::AdapterState* started, received(round, -1));
  RoundAdapters adapters(*round.updates, [&](int client) { return received(round, client); });
  return method_->combine(*started, adapters, {round.number, tools_.run.version_seed(static_cast<uint64_t>(round.number)), tools_.run.shape(round.number).first_step});
}

// What the method adds to the base, as the clients will decode it, so that theirs is the same to the bit.
Status Coordinator::merge(Round& round, const fed::Combination& combination) {
  const PreparedRun& run = tools_.run;
  const auto version = static_cast<uint64_t>(round.number);
  if (!combination.merged) {
    std::lock_guard lock(offer_mutex_);
    merged_offer_.version = version, merged_offer_.more = nullptr;
    return {};
  }
  if (run.lays_basis()) {   // whole and as it is: cores are as exact as what they stand on
    FEDLLM_RETURN_IF_ERROR(lay_beside(std::make_shared<const adapter::AdapterState>(*combination.merged)));
    std::lock_guard lock(offer_mutex_);
    merged_offer_.version = version;
    return {};
  }
  MergedOffer made{version, {}, nullptr, nullptr};
  made.more = std::make_shared<const std::string>(encode_merged(*combination.merged, false, *run.downlink, SeedTree(run.scenario.seed).child("merged", version).value()));
  FEDLLM_ASSIGN_OR_RETURN(const ReadMerged read, decode_merged(*made.more, *run.layout, *run.downlink));
  FEDLLM_ASSIGN_OR_RETURN(fed::Accumulated sum, fed::accumulate(merged_.get(), read.merged, run.merged_rank()));
  round.discarded_energy += sum.discarded_energy;
  FEDLLM_RETURN_IF_ERROR(lay_beside(std::make_shared<const adapter::AdapterState>(std::move(sum.merged))));
  std::lock_guard lock(offer_mutex_);
  made.sha256 = merged_offer_.sha256, made.whole = merged_offer_.whole;
  merged_offer_ = std::move(made);
  return {};
}

// Offers the accumulator whole and makes the base with it.
Status Coordinator::lay_beside(MergedPtr merged) {
  const PreparedRun& run = tools_.run;
  merged_ = std::move(merged);
  MergedOffer whole{static_cast<uint64_t>(std::max(0, committed_round_)), merged_sha256(*merged_), nullptr,
                    std::make_shared<const std::string>(encode_merged(*merged_, true, *run.downlink, 0))};
  if (run.lays_basis()) {
    FEDLLM_RETURN_IF_ERROR(run.basis->lay(run.layout, whole.sha256, merged_));
  } else {
    run.merged_bases->put(whole.sha256, merged_);
    FEDLLM_ASSIGN_OR_RETURN(base_, run.merged_bases->base(whole.sha256, run.base, tools_.backend));
  }
  std::lock_guard lock(offer_mutex_);
  merged_offer_ = std::move(whole);
  return {};
}

Result<adapter::AdapterState> Coordinator::with_beside(const adapter::AdapterState& adapter, const MergedPtr& merged) const {
  if (!merged || tools_.run.lays_basis()) return adapter;
  return fed::beside(adapter, *merged);
}

// SCAFFOLD: c moves by what the round's clients moved theirs, over all clients there are.
Status Coordinator::move_control(Round& round) {
  if (round.variates.empty()) return {};
  std::vector<const adapter::AdapterState*> changes;
  for (const auto& [client, change] : round.variates) changes.push_back(&change);
  FEDLLM_ASSIGN_OR_RETURN(control_, fed::next_control(control_, changes, tools_.run.active.size()));
  return {};
}

// In a room nobody is pruned: its members' versions are one for all.
Status Coordinator::prune(Round& round) {
  const PreparedRun& run = tools_.run;
  const double keep = run.tail_penalty().keep;
  if (run.network || keep >= 1) return {};
  const int least = static_cast<int>(spec::parameter_value(*run.method, run.scenario.strategy.parameters, "min_rank"));
  std::map<int, int> ranks;
  for (size_t k = 0; k < round.updates->size(); ++k) {
    const int client = round.updates->client(k);
    FEDLLM_ASSIGN_OR_RETURN(const adapter::AdapterState* started, received(round, client));
    FEDLLM_ASSIGN_OR_RETURN(const adapter::AdapterState* delta, round.updates->load(k));
    adapter::AdapterState trained = *started;
    FEDLLM_RETURN_IF_ERROR(adapter::add_scaled(trained, *delta, 1));
    int rank = 1;
    for (const adapter::ModuleSlot& slot : trained.layout->modules()) rank = std::max(rank, slot.rank);
    const int shorter = std::max(least, adapter::tail_from(rank, keep));
    if (shorter < rank && adapter::tail_product(trained, keep) < adapter::tail_product(*started, keep)) ranks[client] = shorter;
  }
  return set_ranks(ranks);
}

// A network run spends at most a small share of a round on it: members wait for the coordinator.
std::string Coordinator::why_not_diagnosed(const Round& round) const {
  const size_t clients = round.updates->size();
  if (tools_.run.method->personal) return std::string(tools_.run.method->title) + " leaves a factor with its client, so the server does not see what each learned";
  if (clients > kDiagnosed)
    return "every update is compared with every other one, which is done for up to " + std::to_string(kDiagnosed) + " clients a round; this one had " + std::to_string(clients);
  if (!tools_.run.network) return {};
  double work = 0;  // multiplications and additions, twice for every pair
  for (const adapter::ModuleSlot& slot : tools_.run.layout->modules())
    work += static_cast<double>((clients + 1) * (clients + 2)) * slot.rank * static_cast<double>(slot.a_size() + slot.b_size());
  if (work / kDiagnosisPerSecond < kDiagnosisShare * (round.trained_s - round.began_s)) return {};
  return "the members would wait for it longer than a twentieth of the round";
}

Status Coordinator::diagnose(Round& round, const fed::Combination& combination) {
  FEDLLM_ASSIGN_OR_RETURN(const adapter::AdapterState* started, received(round, -1));
  RoundAdapters adapters(*round.updates, [&](int client) { return received(round, client); });
  fed::Combination result{combination.adapter, tools_.run.lays_basis() ? std::nullopt : combination.merged, 0};
  if (!method_) FEDLLM_RETURN_IF_ERROR(adapter::add_scaled(result.adapter, *started, 1));
  FEDLLM_ASSIGN_OR_RETURN(round.geometry, fed::geometry(*started, adapters, result));
  return {};
}

}  // namespace fedllm::node
