#include "base/home_holder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <ctime>

namespace fedllm {
namespace {

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

template <class T>
T number(std::string_view text) {
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value > 0 ? value : 0;
}

bool is_verb(std::string_view text) {
  if (text.empty() || text.size() > 20) return false;
  for (const char c : text)
    if (c < 'a' || c > 'z') return false;
  return true;
}

std::string local_minute(int64_t unix_ms) {
  const std::time_t seconds = unix_ms / 1000;
  std::tm local{};
  char text[32] = {};
  if (!::localtime_r(&seconds, &local) || std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local) == 0) return {};
  return text;
}

}  // namespace

std::string HomeHolder::sentence() const {
  std::string text = verb.empty() ? "another process of fedllm" : "fedllm " + verb;
  if (pid == 0) return text;
  text += " (process " + std::to_string(pid);
  if (since_ms > 0) text += ", since " + local_minute(since_ms);
  return text + ")";
}

std::string serialize_holder(const HomeHolder& holder) {
  return std::to_string(holder.pid) + "\n" + holder.verb + "\n" + std::to_string(holder.since_ms) + "\n";
}

HomeHolder parse_holder(std::string_view text) {
  HomeHolder holder;
  holder.pid = number<int>(take_line(text));
  if (const std::string_view verb = take_line(text); is_verb(verb)) holder.verb = verb;
  holder.since_ms = number<int64_t>(take_line(text));
  return holder;
}

std::optional<HomeHolder> home_holder(const HomePaths& paths) {
  const int fd = ::open(paths.lock.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  std::optional<HomeHolder> holder;
  if (::flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    char text[128];
    const ssize_t n = ::pread(fd, text, sizeof text, 0);
    holder = parse_holder({text, n > 0 ? static_cast<size_t>(n) : 0});
  }
  ::close(fd);
  return holder;
}

}  // namespace fedllm
