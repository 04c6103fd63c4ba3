#include "lab/member_scores.h"

#include <algorithm>
#include <thread>

#include "lab/gently.h"

namespace fedllm::lab {
namespace {

std::optional<train::Score> all_of(const node::TopicScores& scores) {
  const auto all = scores.find("");
  return all == scores.end() ? std::nullopt : std::optional<train::Score>(all->second);
}

}  // namespace

Result<node::TopicScores> MemberScores::score(const train::BaseModel& base, const adapter::AdapterState* adapter, const StopFlag& stop) const {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  node::WorkerPool pool(gentle_ ? std::max(1, cores / 2) : cores);
  return node::evaluate({backend_, base, pool, gate_, stop}, adapter, run_.eval);
}

// Version 0 changes nothing, so it has the base's score.
void MemberScores::keep(uint64_t version, const node::TopicScores& scores) {
  const auto all = all_of(scores);
  if (!all) return;
  std::lock_guard lock(mutex_);
  if (version == 0) scores_.base = all;
  if (version >= version_) version_ = version, scores_.together = all;
}

void MemberScores::keep_alone(const node::TopicScores& scores) {
  std::lock_guard lock(mutex_);
  if (const auto all = all_of(scores)) scores_.alone = all;
}

void MemberScores::set_alone_progress(double share) {
  std::lock_guard lock(mutex_);
  alone_progress_ = share;
}

bool MemberScores::lacks_base() const {
  std::lock_guard lock(mutex_);
  return !scores_.base;
}

bool MemberScores::lacks_last() const {
  std::lock_guard lock(mutex_);
  return version_ != static_cast<uint64_t>(run_.scenario.rounds);
}

void MemberScores::score_the_ends(const node::Version& last) {
  if (run_.eval.records.empty()) return;
  const StopFlag never;
  gate_.unpause();
  run_gently(gentle_, [&] {
    if (lacks_base()) {
      if (const auto scores = score(*run_.base, nullptr, never); scores.ok()) {
        std::lock_guard lock(mutex_);
        scores_.base = all_of(*scores);
      }
    }
    if (!last || !lacks_last()) return;
    if (const auto scores = score(*run_.base, last.get(), never); scores.ok()) keep(static_cast<uint64_t>(run_.scenario.rounds), *scores);
  });
}

wire::OnYourData MemberScores::card() const {
  std::lock_guard lock(mutex_);
  wire::OnYourData card = card_of(scores_);
  if (!card.alone_trained()) card.set_alone_progress(alone_progress_);
  return card;
}

}  // namespace fedllm::lab
