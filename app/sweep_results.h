// What a sweep's runs came to, read from the ledger: one point a committed round, compared where they are matched.
#pragma once

#include <limits>
#include <map>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "spec/sweep.h"

namespace fedllm::app {

inline constexpr double kUnmeasured = std::numeric_limits<double>::quiet_NaN();

// Sums reach from the run's beginning to this round's commit; NaN where nothing was measured.
struct SweepRound {
  double eval_loss = kUnmeasured, eval_exact = kUnmeasured, train_loss = kUnmeasured, aggregation_error = kUnmeasured, discarded_energy = kUnmeasured;
  double uplink_bytes = 0, downlink_bytes = 0;   // payload
  double steps = 0, tokens = 0, seconds = 0;     // local steps and scored tokens of all clients; wall seconds
  struct Client {
    double train_loss = kUnmeasured, eval_loss = kUnmeasured, eval_exact = kUnmeasured, uplink_bytes = kUnmeasured, update_norm = kUnmeasured, cosine = kUnmeasured;
  };
  std::map<int, Client> clients;
  double amount(std::string_view by, int round) const;   // of kMatchings
};

struct SweepRun {
  std::string run, error;          // error: why there is nothing to compare
  std::vector<std::string> values; // of the axes
  uint64_t seed = 0;
  double learning_rate = 0;
  bool tuning = false;             // ran for the choice of a rate that another one won
  std::map<int, SweepRound> rounds;
  std::map<std::string, double> references;   // "local", "centralised": final exact match
};

// Points that a resume superseded are left out.
Result<std::map<int, SweepRound>> read_rounds(const ledger::Ledger& ledger, const std::string& run);

// Tidy: run, axes…, learning_rate, seed, round, client, metric, value.
std::string results_csv(const spec::Sweep& sweep, const std::vector<SweepRun>& runs);

struct Spread { double median = 0, mean = 0, low = 0, high = 0; int count = 0; };
Spread spread_of(std::vector<double> values);   // numbers that are not finite are left out

struct SweepRow {
  std::vector<std::string> values;
  double learning_rate = 0;
  int failed = 0;
  Spread exact, loss, aggregation_error, bytes, bytes_to_target, seconds, round;   // at the matched point
};
struct SweepTable {
  std::string by;
  double at = 0;
  std::vector<SweepRow> rows;
};
// Runs of the chosen learning rates, by combination, over seeds.
SweepTable compare(const spec::Sweep& sweep, const std::vector<SweepRun>& runs);
std::string table_csv(const spec::Sweep& sweep, const SweepTable& table);

}  // namespace fedllm::app
