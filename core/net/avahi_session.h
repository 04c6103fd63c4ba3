// AvahiSession: a client of the Avahi daemon on a thread of its own, for this room's own files. It connects, waits for a daemon
// that does not run yet, and begins anew when the daemon or the bus went away. The hooks are called on that thread alone.
#pragma once

#include <avahi-client/client.h>
#include <avahi-common/simple-watch.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

namespace fedllm::net {

class AvahiSession {
 public:
  virtual ~AvahiSession() = default;

 protected:
  void begin();
  void end();                                     // to be called by the most derived destructor; afterwards no hook is under way
  virtual void running(AvahiClient* client) = 0;  // the daemon answers (again, after a host name conflict)
  virtual void gone() = 0;                        // drop what belongs to the client; it is freed next
  virtual void problem(const std::string& sentence) = 0;
  virtual void idle() {}  // after each turn

 private:
  struct PollFreed {
    void operator()(AvahiSimplePoll* poll) const { avahi_simple_poll_free(poll); }
  };
  static void on_state(AvahiClient* client, AvahiClientState state, void* self);
  void loop();
  void connect();
  void disconnect();

  std::unique_ptr<AvahiSimplePoll, PollFreed> poll_;
  AvahiClient* client_ = nullptr;
  bool failed_ = false;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace fedllm::net
