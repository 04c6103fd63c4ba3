// A clock that is wrong, for a whole program: loaded before it (LD_PRELOAD), every wall clock it reads is off by
// SHIFTED_CLOCK_S seconds, as on a machine whose clock was set wrongly. Waiting until a time of that clock still lasts as
// long as it should; durations (the monotonic clock) are untouched.
#include <dlfcn.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdlib>

namespace {

constexpr time_t kNotUptime = 1'000'000'000;   // no monotonic clock gets that far

time_t shift() {
  static const time_t seconds = [] {
    const char* text = ::getenv("SHIFTED_CLOCK_S");
    return text ? static_cast<time_t>(::atoll(text)) : 0;
  }();
  return seconds;
}

template <class Function>
Function* next(const char* name, const char* version = nullptr) {
  return reinterpret_cast<Function*>(version ? ::dlvsym(RTLD_NEXT, name, version) : ::dlsym(RTLD_NEXT, name));
}

bool is_wall(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI; }

// What the kernel's clock will show then.
timespec true_time(const timespec& shifted) {
  timespec time = shifted;
  if (time.tv_sec >= kNotUptime) time.tv_sec -= shift();
  return time;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) {
  static const auto real = next<int(clockid_t, timespec*)>("clock_gettime");
  const int failed = real(clock, time);
  if (failed == 0 && is_wall(clock)) time->tv_sec += shift();
  return failed;
}

int gettimeofday(timeval* time, void*) noexcept {
  timespec now{};
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  if (time) *time = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

time_t time(time_t* to) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (to) *to = now.tv_sec;
  return now.tv_sec;
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* until) {
  static const auto real = next<int(pthread_cond_t*, pthread_mutex_t*, const timespec*)>("pthread_cond_timedwait", "GLIBC_2.3.2");
  const timespec then = true_time(*until);
  return real(condition, mutex, &then);
}

// Some libraries wait on futexes themselves.
long syscall(long number, ...) noexcept {
  static const auto real = next<long(long, ...)>("syscall");
  va_list list;
  va_start(list, number);
  long argument[6];
  for (long& one : argument) one = va_arg(list, long);
  va_end(list);
  timespec then{};
  if (number == SYS_futex && (argument[1] & FUTEX_CLOCK_REALTIME) && argument[3]) {
    then = true_time(*reinterpret_cast<const timespec*>(argument[3]));
    argument[3] = reinterpret_cast<long>(&then);
  }
  return real(number, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]);
}

}  // extern "C"
