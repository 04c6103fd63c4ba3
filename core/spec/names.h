// The words a scenario may use for its choices, in the order in which they are offered. One list each, shared by
// validate(), command-line completion and the studio's combo boxes; and the limit that rooms share.
#pragma once

#include <span>
#include <string_view>

namespace fedllm::spec {

inline constexpr std::string_view kDatasetFormats[] = {"auto", "jsonl", "json", "csv", "text"};
inline constexpr std::string_view kTemplateNames[] = {"auto",   "instruction", "question", "prompt",  "text",   "custom",
                                                      "raw",    "alpaca",      "chatml",   "llama-2", "llama-3", "mistral",
                                                      "zephyr", "gemma",       "phi-3"};
// Those of them that turn conversations into text.
inline constexpr std::span kChatFormats = std::span(kTemplateNames).subspan<6>();
constexpr bool is_chat_format(std::string_view name) {
  for (const std::string_view format : kChatFormats)
    if (name == format) return true;
  return false;
}
inline constexpr std::string_view kBasePrecisions[] = {"auto", "f32", "bf16", "int8"};
inline constexpr std::string_view kBadLineChoices[] = {"refuse", "skip"};
inline constexpr std::string_view kPartitionMethods[] = {"iid", "dirichlet", "by_column", "by_file", "quantity"};
inline constexpr std::string_view kServerOptimizers[] = {"none", "fedavgm", "fedadagrad", "fedadam", "fedyogi"};
inline constexpr std::string_view kClientOptimizers[] = {"adamw", "sgd"};
inline constexpr std::string_view kCodecs[] = {"f32", "f16", "bf16", "int8", "int4", "top-k", "random-mask", "sign"};
// How good answers are, beside the loss (node/text_scores.h); slow, so each is asked for.
inline constexpr std::string_view kEvaluationMetrics[] = {"label_accuracy", "label_accuracy_norm", "final_number", "rouge_l", "f1"};
// Those that carry a version, not only its change.
inline constexpr std::string_view kVersionCodecs[] = {"f32", "f16", "bf16", "int8", "int4"};
// And top-k, where clients start from the largest values alone while the coordinator keeps all (FLASC 2406.05233).
inline constexpr std::string_view kDownlinkCodecs[] = {"f32", "f16", "bf16", "int8", "int4", "top-k"};

// More clients than this no partitioner makes and no canvas shows.
inline constexpr int kMaxClients = 10'000;

// by_column and by_file: the data decide how many clients there are.
constexpr bool data_decides_clients(std::string_view method) { return method == "by_column" || method == "by_file"; }

}  // namespace fedllm::spec
