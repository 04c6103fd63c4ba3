// What the tests of dataset import share: options, reading one value, and expecting a refusal.
#pragma once

#include <QtTest>
#include <string>
#include <utility>
#include <vector>

#include "data/dataset.h"

namespace fedllm::test {

using data::Dataset;
using data::ImportOptions;
using data::Record;

inline ImportOptions options_for(std::vector<std::string> files, const std::string& label = "") {
  ImportOptions options;
  options.spec.files = std::move(files);
  options.spec.label = label;
  return options;
}

inline std::string value(const Record& record, const std::string& name) {
  for (const auto& [key, text] : record)
    if (key == name) return text;
  return "(none)";
}

inline std::string read_value(const Dataset& dataset, int64_t record, const std::string& name) {
  const auto fields = dataset.read(record);
  return fields.ok() ? value(*fields, name) : fields.status().to_string();
}

inline void expect_refused(const ImportOptions& options, const std::string& part) {
  const auto dataset = Dataset::import(options);
  QVERIFY2(!dataset.ok(), "expected an error");
  const std::string message = dataset.status().to_string();
  QVERIFY2(message.find(part) != std::string::npos, (message + "\n does not hold: " + part).c_str());
}

}  // namespace fedllm::test
