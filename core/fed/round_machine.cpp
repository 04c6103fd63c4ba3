#include "fed/round_machine.h"

#include <algorithm>
#include <cmath>

namespace fedllm::fed {

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::accepted: return "accepted";
    case Verdict::wrong_round: return "wrong_round";
    case Verdict::not_in_cohort: return "not_in_cohort";
    case Verdict::stale: return "stale";
    case Verdict::duplicate: return "duplicate";
    case Verdict::non_finite: return "non_finite";
    case Verdict::wrong_shape: return "wrong_shape";
    case Verdict::no_examples: return "no_examples";
  }
  return "unknown";
}

std::string verdict_sentence(Verdict verdict, int client, int round) {
  const std::string who = "client " + std::to_string(client), which = "round " + std::to_string(round);
  const std::string refused = "the update of " + who + " in " + which + " was refused: ";
  switch (verdict) {
    case Verdict::accepted: return "the update of " + who + " in " + which + " was accepted";
    case Verdict::wrong_round: return refused + "it belongs to another round";
    case Verdict::not_in_cohort: return refused + "the client is not in the round's cohort";
    case Verdict::stale: return refused + "it started from another version of the adapter";
    case Verdict::duplicate: return refused + "the client has already answered";
    case Verdict::non_finite: return refused + "it holds numbers that are infinite or not a number";
    case Verdict::wrong_shape: return refused + "its modules or sizes are not those of the adapter";
    case Verdict::no_examples: return refused + "it was made from no examples";
  }
  return refused + "unknown reason";
}

RoundMachine::RoundMachine(int round, uint64_t base_version, std::vector<int> cohort, double quorum, double deadline_s,
                           double started_s, adapter::LayoutPtr layout)
    : round_(round),
      base_version_(base_version),
      cohort_(std::move(cohort)),
      quorum_(quorum),
      deadline_s_(deadline_s),
      started_s_(started_s),
      layout_(std::move(layout)) {
  std::sort(cohort_.begin(), cohort_.end());
  cohort_.erase(std::unique(cohort_.begin(), cohort_.end()), cohort_.end());
}

Verdict RoundMachine::judge(int client, int round, const UpdateFacts& facts) const {
  if (round != round_) return Verdict::wrong_round;
  if (!std::binary_search(cohort_.begin(), cohort_.end(), client)) return Verdict::not_in_cohort;
  if (answered_.contains(client) && !given_up_.contains(client)) return Verdict::duplicate;
  if (facts.base_version != base_version_) return Verdict::stale;
  const auto own = own_layouts_.find(client);
  const adapter::LayoutPtr& layout = own != own_layouts_.end() ? own->second : layout_;
  const bool same = facts.layout && (facts.layout == layout || *facts.layout == *layout);
  if (!same || facts.values != layout->size()) return Verdict::wrong_shape;
  if (facts.num_examples <= 0) return Verdict::no_examples;
  return facts.finite ? Verdict::accepted : Verdict::non_finite;
}

Verdict RoundMachine::submit(int client, int round, adapter::Update update) {
  const adapter::AdapterState& delta = update.delta;
  const Verdict verdict = submit(client, round, {update.base_version, update.num_examples, delta.layout, delta.values.size(), adapter::all_finite(delta)});
  if (verdict == Verdict::accepted) accepted_[client].update.delta = std::move(update.delta);
  return verdict;
}

Verdict RoundMachine::submit(int client, int round, const UpdateFacts& facts) {
  const Verdict verdict = judge(client, round, facts);
  if (verdict == Verdict::wrong_round || verdict == Verdict::not_in_cohort || verdict == Verdict::duplicate) return verdict;
  answered_.insert(client);
  given_up_.erase(client);
  if (verdict == Verdict::accepted) accepted_[client] = {client, {facts.base_version, facts.num_examples, {}}};
  return verdict;
}

void RoundMachine::withdraw(int client) { accepted_.erase(client); }

void RoundMachine::give_up(int client) {
  if (!std::binary_search(cohort_.begin(), cohort_.end(), client)) return;
  if (answered_.insert(client).second) given_up_.insert(client);
}

// At least one; the small number keeps 0.6 * 5 at 3 in spite of rounding.
size_t RoundMachine::needed() const {
  const double share = std::ceil(quorum_ * static_cast<double>(cohort_.size()) - 1e-9);
  return std::max<size_t>(1, static_cast<size_t>(std::max(0.0, share)));
}

RoundMachine::State RoundMachine::state(double now_s) const {
  const bool everybody = answered_.size() == cohort_.size();
  if (accepted_.empty()) return everybody ? State::failed : State::open;
  const bool late = deadline_s_ > 0 && now_s - started_s_ >= deadline_s_;
  return everybody || late || accepted_.size() >= needed() ? State::closed : State::open;
}

std::vector<Contribution> RoundMachine::take_contributions() {
  std::vector<Contribution> out;
  out.reserve(accepted_.size());
  for (auto& [client, contribution] : accepted_) out.push_back(std::move(contribution));
  accepted_.clear();
  return out;
}

std::vector<int> RoundMachine::missing() const {
  std::vector<int> out;
  std::copy_if(cohort_.begin(), cohort_.end(), std::back_inserter(out), [&](int client) { return !accepted_.contains(client); });
  return out;
}

}  // namespace fedllm::fed
