// What a coordinator does in a network run: whom it asks and waits for, and the evaluation by the members on their own data.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>
#include <utility>

#include "base/text.h"
#include "node/evaluation_report.h"
#include "node/round_state.h"

namespace fedllm::node {
namespace {

constexpr double kEvaluationShortest_s = 30;
constexpr double kReturn_s = 5;     // a cohort that was away with everybody else is given this much longer than the first to return
constexpr double kAwayGrace_s = 2;  // an evaluation waits this long for a member whose connection broke
constexpr int kMostTopics = 1000;
constexpr size_t kLongestTopic = 256;
constexpr double kHighestLoss = 1e4;  // of one token
constexpr int64_t kMostTokens = int64_t{1} << 50;  // of one topic: sums over every topic and member stay exact
constexpr size_t kLongestFailure = 1000;
constexpr double kLongest_s = 1e9;
constexpr int64_t kMostRepeats = 8;

// Why these sums cannot be true; empty if they can.
std::string wrong_sums(const wire::EvaluationReport& report, int64_t test_examples) {
  std::set<std::string> topics;
  train::Score all, parts;
  for (const wire::TopicSums& sums : report.sums()) {
    if (sums.topic().size() > kLongestTopic) return "a topic's name is too long";
    if (!std::isfinite(sums.loss_sum()) || sums.loss_sum() < 0) return "a loss is not a number of 0 or more";
    if (sums.records() < kFewestTold || sums.records() > test_examples)
      return "expected " + std::to_string(kFewestTold) + " to " + std::to_string(test_examples) + " records, got " +
             std::to_string(sums.records());
    if (sums.tokens() > kMostTokens) return "it counts more tokens than there can be";
    if (sums.tokens() < sums.records() || sums.exact() < 0 || sums.exact() > sums.records()) return "its counts contradict each other";
    if (sums.loss_sum() > kHighestLoss * static_cast<double>(sums.tokens())) return "its loss is too high to be true";
    if (!topics.insert(sums.topic()).second) return "it names a topic twice";
    train::Score& to = sums.topic().empty() ? all : parts;
    to.records += sums.records();
    to.tokens += sums.tokens();
    to.exact += sums.exact();
  }
  if (parts.records > all.records || parts.tokens > all.tokens || parts.exact > all.exact) return "its topics are more than its total";
  return {};
}

}  // namespace

struct Coordinator::Inquiry {
  int round = 0;
  std::map<int, int64_t> test_examples;            // of those asked
  std::set<int> open;     // whose answer may come
  std::set<int> pending;  // whose answer is waited for
  std::map<int, wire::EvaluationReport> answers;   // by client: sums run in this order
  std::map<int, double> away_since_s;
  std::map<int, uint64_t> told;  // the stream that brought the question
};

// Should the commit fail or the host die before it, members have worked on a version that never was: they go by its hash, and
// what they send for it is refused as stale. Their letters wait until open() has made the round.
void Coordinator::announce(int round) {
  if (round > tools_.run.scenario.rounds || tools_.stop.requested()) return;
  head_start_.round = open_round_ = round;
  const wire::Task train = task(wire::Task::TRAIN, round);
  for (const int client : draw(tools_.run.active, round)) {
    if (!here(client)) continue;
    head_start_.before[client] = traffic_->of(client);
    head_start_.told[client] = service_->send(client, with_accepted(train, client));
  }
}

// Unless it was told already, on the stream that it still has.
uint64_t Coordinator::tell(int client, const wire::Task& train) {
  const auto told = head_start_.told.find(client);
  if (head_start_.round == train.round() && told != head_start_.told.end() && told->second == service_->stream(client))
    return told->second;
  return service_->send(client, train);
}

bool Coordinator::connected(int client) const {
  return service_->attends(client) && (!tools_.run.network->present || tools_.run.network->present(client));
}

void Coordinator::watch_members(Round& round) {
  for (const int client : round.cohort) presence_.see(client, connected(client));
  if (round.machine->state(now_s()) != fed::RoundMachine::State::open) return;
  for (const int client : presence_.give_up(now_s())) {
    round.rejected.insert(client);
    round.missed.insert(client);
    round.machine->give_up(client);
    const bool silent = connected(client);
    const std::string reason = silent ? "the member is connected but has not answered for too long" : "the member is away";
    if (round.first_rejection.empty()) round.first_rejection = reason;
    tools_.journal.client_rejected(round.number, client, reason, silent ? "silent" : "absent");
  }
}

Status Coordinator::wait_for_somebody() {
  const std::vector<int>& all = tools_.run.active;
  return whom_to_ask(0, all, {}, false).status();
}

// The drawn cohort, as long as one of it is here to be asked. Where all of it has gone, the round is drawn again from those who
// are here; where nobody is, it waits for the first, and a little longer for one of the cohort: a network that was cut for all
// comes back for one after the other.
Result<std::vector<int>> Coordinator::whom_to_ask(int round, const std::vector<int>& drawn, const std::set<int>& refused,
                                                  bool again) {
  const auto asked = [&](int client) { return !refused.contains(client); };
  const auto present = [&](int client) { return asked(client) && here(client); };
  std::vector<int> whom;
  bool alone = false;
  for (double somebody_s = now_s();; mailbox_.pump(0.1)) {
    if (tools_.stop.requested()) return cancelled("the run was stopped", "node.coordinator");
    FEDLLM_RETURN_IF_ERROR(tools_.journal.status());
    whom.clear();
    std::ranges::copy_if(tools_.run.active, std::back_inserter(whom), present);
    if (!whom.empty() && (!again || std::ranges::any_of(drawn, present))) break;
    if (!whom.empty() && (!alone || now_s() - somebody_s > kReturn_s)) {
      tools_.journal.warning("nobody of the round's cohort is here any more; it is drawn again from those who are", round);
      return draw(whom, round);
    }
    if (!whom.empty()) continue;
    head_start_ = {};  // letters that come now find no round
    if (!std::exchange(alone, true)) tools_.journal.warning("no member is there to train; the run waits for the first to come back", round);
    somebody_s = now_s();
  }
  whom.clear();
  std::ranges::copy_if(drawn, std::back_inserter(whom), asked);
  return whom;
}

// Of a round that nobody could train: is there anybody, here or away, who has not given something unusable?
bool Coordinator::others_left(const Round& round, std::set<int>& refused) const {
  std::ranges::set_difference(round.rejected, round.missed, std::inserter(refused, refused.end()));
  return std::ranges::any_of(tools_.run.active, [&](int client) { return !refused.contains(client); });
}

void Coordinator::heard_of(int client) {
  if (!tools_.run.network) return;
  mailbox_.put([this, client] {
    presence_.heard(client, now_s());
    slow_.erase(client);
  });
}

void Coordinator::attended(int client) {
  if (tools_.run.network) mailbox_.put([this, client] { greet(client); });
}

// A member that is back gets what is still open for it.
void Coordinator::greet(int client) {
  presence_.heard(client, now_s());
  const uint64_t stream = service_ ? service_->stream(client) : 0;
  if (inquiry_ && inquiry_->open.contains(client) && inquiry_->told[client] != stream)
    inquiry_->told[client] = service_->send(client, task(wire::Task::EVALUATE, inquiry_->round));
  if (round_ && open_round_ == round_->number && round_->before.contains(client) && !round_->accepted.contains(client) &&
      round_->told[client] != stream)
    round_->told[client] = service_->send(client, with_accepted(task(wire::Task::TRAIN, round_->number), client));
}

// Of a member's own numbers: those that would spoil sums or tables.
std::string Coordinator::refusal(const wire::UpdateHeader& header) const {
  const int64_t told = tools_.run.examples[static_cast<size_t>(header.client())];
  if (header.num_examples() > told)
    return "expected an update made from at most " + std::to_string(told) + " examples, got " +
           std::to_string(header.num_examples());
  for (const double number : {header.train_seconds(), header.pull_seconds(), header.wait_seconds()}) {
    if (!std::isfinite(number) || number < 0) return "its times are not numbers of 0 or more";
    if (number > kLongest_s) return "its times are too long to be true";
  }
  if (!std::isfinite(header.coding_error()) || header.coding_error() < 0) return "its coding error is not a number of 0 or more";
  if (std::isfinite(header.mean_loss()) && std::abs(header.mean_loss()) > kHighestLoss) return "its loss is too high to be true";
  return {};
}

// No more steps than the round has, each with numbers that can be shown.
bool Coordinator::plausible(const wire::ReportRequest& report, Round& round) {
  if (!std::isfinite(report.pull_seconds()) || report.pull_seconds() < 0) return false;
  for (const wire::StepReport& step : report.steps()) {
    if (!std::isfinite(step.loss()) || !std::isfinite(step.seconds()) || step.seconds() < 0 || step.tokens() < 0) return false;
  }
  int64_t& steps = round.steps[report.client()];
  // A member that begins again after its machine came back reports its steps again.
  if (steps + report.steps_size() > kMostRepeats * int64_t{tools_.run.local_steps(report.client())}) return false;
  steps += report.steps_size();
  if (report.steps_size() > 0) presence_.heard(report.client(), now_s());
  return true;
}

wire::EvaluationReply Coordinator::evaluated(const wire::EvaluationReport& report) {
  wire::EvaluationReply reply;
  if (!tools_.run.network) return FederationHost::evaluated(report);
  if (report.round() != open_inquiry_) {
    heard_of(report.client());
    reply.set_reason("round " + std::to_string(report.round()) + " is not being evaluated");
    return reply;
  }
  reply.set_accepted(true);
  wire::EvaluationReport kept = report;
  kept.set_failure(shortened(report.failure(), kLongestFailure));
  if (report.sums_size() > kMostTopics) {  // a small message may hold a million empty ones
    kept.clear_sums();
    kept.set_failure("it names " + std::to_string(report.sums_size()) + " topics");
  }
  mailbox_.put([this, kept = std::move(kept)] { take_answer(kept); });
  return reply;
}

void Coordinator::take_answer(const wire::EvaluationReport& report) {
  presence_.heard(report.client(), now_s());
  slow_.erase(report.client());
  if (!inquiry_ || inquiry_->round != report.round() || report.version_key() != offered_key()) return;
  if (inquiry_->open.erase(report.client()) == 0) return;
  inquiry_->pending.erase(report.client());
  const auto refuse = [&](const std::string& why) {
    tools_.journal.warning("the evaluation of client " + std::to_string(report.client()) + " does not count: " + why,
                           report.round(), report.client());
  };
  if (!report.failure().empty()) return refuse(report.failure());
  if (const std::string wrong = wrong_sums(report, inquiry_->test_examples[report.client()]); !wrong.empty()) return refuse(wrong);
  inquiry_->answers[report.client()] = report;
}

// What is held out here, and in a network run what its members hold out. Of a method that leaves a factor with its client the
// adapter here is a part of one, so that members score theirs alone.
Result<TopicScores> Coordinator::score_global(int round) {
  TopicScores scores;
  if ((!tools_.run.eval.records.empty() && !tools_.run.method->personal) || !tools_.run.network) {
    FEDLLM_ASSIGN_OR_RETURN(scores, score(&global_));
  }
  if (tools_.run.network) {
    FEDLLM_ASSIGN_OR_RETURN(const TopicScores members, ask_members(round));
    for (const auto& [topic, sums] : members) add_score(scores[topic], sums);
  }
  return scores;
}

// Every member that is here scores the version on what it holds out; sums in client order, whatever order they came in.
Result<TopicScores> Coordinator::ask_members(int round) {
  Inquiry inquiry;
  inquiry.round = round;
  offer(static_cast<uint64_t>(round));
  for (const NetworkSlot& slot : tools_.run.network->members) {
    if (slot.test_examples <= 0 || !here(slot.client)) continue;
    inquiry.test_examples[slot.client] = slot.test_examples;
    inquiry.open.insert(slot.client);
    if (!slow_.contains(slot.client)) inquiry.pending.insert(slot.client);
  }
  inquiry_ = &inquiry;
  open_inquiry_ = round;
  const wire::Task ask = task(wire::Task::EVALUATE, round);
  for (const int client : inquiry.open) inquiry.told[client] = service_->send(client, ask);
  const double began_s = now_s(), patience_s = std::max(kEvaluationShortest_s, 4 * presence_.usual_s());
  while (!inquiry.pending.empty() && !tools_.stop.requested() && now_s() - began_s < patience_s) {
    mailbox_.pump(0.05);
    for (const int client : std::set<int>(inquiry.pending)) {
      if (connected(client)) {
        inquiry.away_since_s.erase(client);
      } else if (now_s() - inquiry.away_since_s.try_emplace(client, now_s()).first->second > kAwayGrace_s) {
        inquiry.pending.erase(client);
        presence_.waited_in_vain(client);
      }
    }
  }
  open_inquiry_ = -1;
  inquiry_ = nullptr;
  slow_.merge(std::set<int>(inquiry.pending));
  if (tools_.stop.requested()) return cancelled("the run was stopped", "node.coordinator");
  TopicScores scores;
  for (const auto& [client, report] : inquiry.answers) {
    for (const wire::TopicSums& sums : report.sums())
      add_score(scores[sums.topic()], {sums.loss_sum(), sums.tokens(), sums.exact(), sums.records()});
  }
  return scores;
}

}  // namespace fedllm::node
