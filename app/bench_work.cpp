#include "bench_work.h"

#include <nlohmann/json.hpp>
#include <numeric>

#include "base/file.h"
#include "train/batch.h"

namespace fedllm::app {
namespace {

using Json = nlohmann::ordered_json;

Json batches_of(const BenchWork& work, int steps) {
  std::vector<int> items(work.rows.size());
  std::iota(items.begin(), items.end(), 0);
  train::BatchOrder order(std::move(items), work.options.batch_size, SeedTree(work.options.seed).child("order"));
  Json batches = Json::array();
  for (int step = 0; step < steps; ++step) {
    const auto batch = order.next();
    batches.push_back(std::vector<int>(batch.begin(), batch.end()));
  }
  return batches;
}

}  // namespace

Status write_work(const BenchWork& work, int steps, const std::string& path) {
  Json rows = Json::array();
  for (const data::Example& row : work.rows) rows.push_back({{"ids", row.ids}, {"prompt", row.prompt_length}});
  const Json json{{"adapter", work.adapter}, {"rank", work.lora.rank}, {"alpha", work.lora.alpha},
                  {"target_modules", work.lora.target_modules}, {"learning_rate", work.options.learning_rate},
                  {"weight_decay", work.options.weight_decay}, {"batch_size", work.options.batch_size},
                  {"seed", work.options.seed}, {"batches", batches_of(work, steps)}, {"rows", rows}};
  return write_file_atomic(path, json.dump() + "\n");
}

Result<BenchWork> read_work(const std::string& path) {
  FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_file(path));
  try {
    const Json json = Json::parse(text);
    BenchWork work;
    work.adapter = json.at("adapter");
    work.lora.rank = json.at("rank"), work.lora.alpha = json.at("alpha");
    work.lora.target_modules = json.at("target_modules").get<std::vector<std::string>>();
    work.options.learning_rate = json.at("learning_rate"), work.options.weight_decay = json.at("weight_decay");
    work.options.batch_size = json.at("batch_size"), work.options.seed = json.at("seed");
    work.options.clip_norm = 0;
    for (const Json& row : json.at("rows")) {
      data::Example& example = work.rows.emplace_back();
      example.ids = row.at("ids").get<std::vector<int32_t>>(), example.prompt_length = row.at("prompt");
    }
    return work;
  } catch (const Json::exception& problem) {
    return invalid_argument(path + " is not work for bench train: " + problem.what(), "bench.work");
  }
}

}  // namespace fedllm::app
