// Global events as the host tells them (RoomNotice.event), checked and reduced to what a member's own ledger may hold: known
// kinds, known metrics that are finite (else null), known details of bounded length, rounds within the run. Client numbers
// become this machine's own: in its ledger it is client 0 and the only one. What does not fit is dropped. Pure.
#pragma once

#include <optional>
#include <string>

#include "ledger/ledger.h"
#include "node/evaluation.h"
#include "wire/room.pb.h"

namespace fedllm::lab {

struct GlobalEvent {
  ledger::Event event;         // `run` is the caller's to set
  std::string adapter_sha256;  // of done: the host's final adapter, if it names one
};

// slot: this member's; rounds: of the scenario.
std::optional<GlobalEvent> checked_event(const wire::LedgerEvent& told, int slot, int rounds);

double metric_of(const ledger::Event& event, const std::string& key, double fallback);
// Sums that an eval event stands for, topic by topic.
void add_score(node::TopicScores& scores, const ledger::Event& event);
// Of a failed or warning event's detail.
std::string message_of(const ledger::Event& event);
// adapter and topic of an eval event's detail.
std::pair<std::string, std::string> adapter_and_topic(const ledger::Event& event);

}  // namespace fedllm::lab
