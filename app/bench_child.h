// A measured program in a process of its own, spoken to line by line: commands to its standard input, one JSON object a
// line from its standard output. It ends when this value does.
#pragma once

#include <sys/types.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/status.h"

namespace fedllm::app {

class BenchChild {
 public:
  // `arguments[0]` is the program's path. One thread each: the BLAS and OpenMP settings of the environment say so.
  static Result<BenchChild> start(const std::vector<std::string>& arguments);
  BenchChild(BenchChild&& other) noexcept;
  BenchChild& operator=(BenchChild&&) = delete;
  ~BenchChild();

  // Sends one line and waits for the answer; {"error": TEXT} is that error, a program that ends instead one with its name
  // and exit code.
  Result<nlohmann::json> ask(const std::string& line);

 private:
  BenchChild(std::string name, pid_t pid, int in, FILE* out) : name_(std::move(name)), pid_(pid), in_(in), out_(out) {}
  Status ended();

  std::string name_;
  pid_t pid_ = -1;
  int in_ = -1;
  FILE* out_ = nullptr;
};

}  // namespace fedllm::app
