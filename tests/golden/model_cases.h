// Golden cases as C++ values: inputs, expected tensors and numbers, adapters. See shared/data/golden/README.md.
#pragma once

#include <QTest>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "adapter/peft.h"
#include "adapter/safetensors.h"
#include "base/file.h"
#include "train/backend.h"

namespace golden {

using namespace fedllm;

inline std::string data_dir() { return std::string(FEDLLM_SOURCE_DIR) + "/../shared/data"; }
inline bool present(const std::string& folder) { return std::filesystem::exists(data_dir() + "/" + folder); }

template <class T>
T must(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.status().to_string());
  return std::move(result).value();
}

inline nlohmann::json read_json(const std::string& path) { return nlohmann::json::parse(must(read_file(path))); }

inline std::vector<int64_t> flatten(const nlohmann::json& rows) {
  std::vector<int64_t> values;
  for (const auto& row : rows)
    for (const auto& value : row) values.push_back(value.get<int64_t>());
  return values;
}

inline train::ProbeInput read_input(const nlohmann::json& json, bool with_mask) {
  train::ProbeInput input;
  input.batch = static_cast<int64_t>(json["input_ids"].size());
  input.length = static_cast<int64_t>(json["input_ids"][0].size());
  input.input_ids = flatten(json["input_ids"]);
  input.labels = flatten(json["labels"]);
  if (with_mask) input.attention_mask = flatten(json["attention_mask"]);
  return input;
}

inline std::vector<float> read_tensor(const std::string& path, const std::string& name) {
  const auto file = must(adapter::SafetensorsFile::open(path));
  return must(adapter::to_float(must(file.find(name))));
}

// Largest difference over the rows of `width` values for which `mask` is 1 (empty: all).
inline double worst(const std::vector<float>& got, const std::vector<float>& expected, const std::vector<int64_t>& mask = {}, size_t width = 1) {
  if (got.size() != expected.size() || got.empty()) return 1e30;
  double top = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    if (!mask.empty() && mask[i / width] == 0) continue;
    const double error = std::abs(static_cast<double>(got[i]) - expected[i]);
    if (!(error <= top)) top = std::isfinite(error) ? error : 1e30;   // NaN is the worst of all
  }
  return top;
}

// Largest difference of an adapter-shaped state from the tensors `prefix + base_model.model.<module>.lora_X.weight`.
inline double worst_against(const adapter::AdapterState& state, const std::string& path, const std::string& prefix) {
  double top = state.layout->modules().empty() ? 1e30 : 0;
  for (size_t m = 0; m < state.layout->modules().size(); ++m) {
    const std::string name = prefix + "base_model.model." + state.layout->modules()[m].name;
    const auto a = state.a(m), b = state.b(m);
    top = std::max(top, worst({a.begin(), a.end()}, read_tensor(path, name + ".lora_A.weight")));
    top = std::max(top, worst({b.begin(), b.end()}, read_tensor(path, name + ".lora_B.weight")));
  }
  return top;
}

}  // namespace golden

// Compares and shows the figure either way.
#define NEAR(got, expected, tolerance)                                                                                        \
  do {                                                                                                                        \
    const double near_got = (got), near_expected = (expected);                                                                \
    QVERIFY2(std::abs(near_got - near_expected) <= (tolerance),                                                               \
             qPrintable(QString("%1: expected %2, got %3").arg(#got).arg(near_expected, 0, 'g', 10).arg(near_got, 0, 'g', 10))); \
  } while (0)
