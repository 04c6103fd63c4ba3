// Rows: what a check expected, what it got, and whether that will do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conformance/suite.h"

namespace fedllm::conformance {

class Rows {
 public:
  explicit Rows(std::vector<Check>& all) : all_(all) {}
  void near(std::string_view method, std::string check, double expected, double got, double tolerance);
  void at_most(std::string_view method, std::string check, double bound, double got);
  void above(std::string_view method, std::string check, double bound, double got);
  // Bit by bit.
  void same(std::string_view method, std::string check, const std::vector<float>& expected, const std::vector<float>& got);
  void same(std::string_view method, std::string check, std::string_view expected, std::string_view got);
  // Refused, with a sentence that holds `words`.
  void refused(std::string_view method, std::string check, const Status& status, std::string_view words);
  void failed(std::string_view method, std::string check, std::string expected, const Status& status);

 private:
  void add(std::string_view method, std::string check, std::string expected, std::string got, bool pass);
  std::vector<Check>& all_;
};

}  // namespace fedllm::conformance
