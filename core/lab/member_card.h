// The card "on your data": base model, trained alone and trained together, each scored on the records that this machine held
// out, with the 95 % Wilson interval of the share of exact answers, and one sentence that says what they allow to say.
#pragma once

#include <optional>

#include "node/member_setup.h"
#include "wire/lab.pb.h"

namespace fedllm::lab {

struct CardScores {
  std::optional<train::Score> base, alone, together;
};
wire::OnYourData card_of(const CardScores& scores);
// Wilson score interval at 95 %.
std::pair<double, double> wilson(int64_t hits, int64_t records);

struct AloneOptions {
  int steps = 0;
  StopFlag stop;
  std::function<void(double share)> progress;
};
// From the adapter that every run of this scenario starts with, on the slot's own records.
Result<adapter::AdapterState> train_alone(const node::PreparedRun& run, int slot, train::Backend& backend,
    const AloneOptions& options);

}  // namespace fedllm::lab
