// What a client tells about its own held-out records: sums, and nothing that says something about fewer than kFewestTold of them.
// A topic below that is left out; so that the total does not give it away by subtraction, the topics left out together are
// also at least that many (else the smallest told one is left out too). Pure.
#pragma once

#include "node/evaluation.h"
#include "wire/federation.pb.h"

namespace fedllm::node {

inline constexpr int64_t kFewestTold = 20;

// by_topic: the owner tells its labels; else only the total (topic ""). Round, hash and seconds are the caller's. Scores that are
// not finite become a failure.
wire::EvaluationReport evaluation_report(const TopicScores& scores, bool by_topic);

}  // namespace fedllm::node
