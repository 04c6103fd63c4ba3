#include "conformance/suite.h"

#include "conformance/checks.h"

namespace fedllm::conformance {

std::vector<Check> run_suite(const Subjects& subjects) {
  std::vector<Check> all;
  Rows rows(all);
  for (const auto part : {check_toy, check_methods, check_refusals, check_merging, check_cores, check_averaging, check_optimizers, check_codecs})
    part(subjects, rows);
  return all;
}

}  // namespace fedllm::conformance
