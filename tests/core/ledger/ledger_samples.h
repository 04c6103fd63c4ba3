// What the ledger's tests write: a run's row, an event, and a check that shows the sentence of a bad status.
#pragma once

#include <QtTest>

#include "ledger/ledger.h"

namespace fedllm::tests {

inline ledger::RunRow sample_row(const std::string& name, int rounds = 3) {
  ledger::RunRow row;
  row.name = name;
  row.rounds = rounds;
  row.scenario_json = "{}";
  return row;
}

inline ledger::Event sample_step(const std::string& run, int number) {
  return {
      run, 0, 0, "client_step", 1, 2, {{"step", double(number)}, {"loss", 1.0 / (number + 1)}, {"tokens", 64}, {"seconds", 0.01}},
      ""};
}

// Null when it cannot be opened.
inline std::unique_ptr<ledger::Ledger> open_file_ledger(const QTemporaryDir& home, bool read_only = false,
                                                        const Clock* clock = nullptr) {
  auto opened = ledger::Ledger::open({home.path().toStdString(), home.path().toStdString(), read_only, clock});
  return opened.ok() ? std::move(*opened) : nullptr;
}

}  // namespace fedllm::tests

#define VERIFY_OK(status)                                  \
  do {                                                     \
    const auto verified = (status);                        \
    QVERIFY2(verified.ok(), verified.to_string().c_str()); \
  } while (0)
