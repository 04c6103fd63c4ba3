// The words a scenario may use for its choices, in the order in which they are offered. One list each, shared by
// validate(), command-line completion and the studio's combo boxes; and the limit that rooms share.
#pragma once

#include <span>
#include <string_view>

namespace fedllm::spec {

inline constexpr std::string_view kDatasetFormats[] = {"auto", "jsonl", "json", "csv", "text"};
inline constexpr std::string_view kTemplateNames[] = {"auto", "instruction", "question", "text", "custom"};
inline constexpr std::string_view kBadLineChoices[] = {"refuse", "skip"};
inline constexpr std::string_view kPartitionMethods[] = {"iid", "dirichlet", "by_column", "by_file", "quantity"};
inline constexpr std::string_view kAggregators[] = {"fedavg"};
inline constexpr std::string_view kServerOptimizers[] = {"none", "fedavgm"};
inline constexpr std::string_view kCodecs[] = {"f32", "f16"};

// More clients than this no partitioner makes and no canvas shows.
inline constexpr int kMaxClients = 10'000;

// by_column and by_file: the data decide how many clients there are.
constexpr bool data_decides_clients(std::string_view method) { return method == "by_column" || method == "by_file"; }

}  // namespace fedllm::spec
