#include "fed/presence.h"

#include <algorithm>

namespace fedllm::fed {
namespace {

constexpr double kFirstRound_s = 30;      // a vanished member is waited for while no round has shown what is usual
constexpr double kShortest_s = 2;         // for rounds shorter than a reconnection takes
constexpr double kSilent = 10;            // usual rounds, or deadlines, that a connected member may take
constexpr double kSilentShortest_s = 60;
constexpr double kSilentFirst_s = 1800;
constexpr size_t kRemembered = 9;

}  // namespace

void Presence::begin(std::vector<int> cohort, double now_s) {
  cohort_.clear();
  for (const int client : cohort) cohort_[client].heard_s = now_s;
  began_s_ = now_s;
}

void Presence::answered(int client) {
  if (const auto found = cohort_.find(client); found != cohort_.end()) found->second.answered = true;
}

void Presence::see(int client, bool connected) {
  if (connected && !silent(client)) missed_.erase(client);
  if (const auto found = cohort_.find(client); found != cohort_.end()) found->second.connected = connected;
}

void Presence::heard(int client, double now_s) {
  missed_.erase(client);
  if (const auto found = cohort_.find(client); found != cohort_.end()) found->second.heard_s = now_s;
}

bool Presence::silent(int client) const {
  const auto found = missed_.find(client);
  return found != missed_.end() && found->second;
}

double Presence::patience(const One& one) const {
  const double usual = usual_s();
  if (!one.connected && deadline_s_ > 0) return began_s_ + deadline_s_;
  if (!one.connected) return began_s_ + (usual > 0 ? std::max(2 * usual, kShortest_s) : kFirstRound_s);
  // One that works is slow, not silent; but steps do not buy it time for ever.
  if (deadline_s_ > 0) return std::min(one.heard_s + deadline_s_, began_s_ + kSilent * deadline_s_);
  return began_s_ + (usual > 0 ? std::max(kSilent * usual, kSilentShortest_s) : kSilentFirst_s);
}

std::vector<int> Presence::give_up(double now_s) {
  std::vector<int> hopeless;
  for (auto& [client, one] : cohort_) {
    if (one.answered || one.given_up) continue;
    const bool known = silent(client) || (!one.connected && missed_.contains(client));
    if (!known && now_s < patience(one)) continue;
    one.given_up = true;
    missed_.try_emplace(client, one.connected);
    hopeless.push_back(client);
  }
  return hopeless;
}

void Presence::end(double now_s) {
  const bool complete = std::all_of(cohort_.begin(), cohort_.end(), [](const auto& one) { return !one.second.given_up; });
  if (!complete) return;
  recent_s_.push_back(now_s - began_s_);
  if (recent_s_.size() > kRemembered) recent_s_.erase(recent_s_.begin());
}

double Presence::usual_s() const {
  if (recent_s_.empty()) return 0;
  std::vector<double> sorted = recent_s_;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2), sorted.end());
  return sorted[sorted.size() / 2];
}

}  // namespace fedllm::fed
