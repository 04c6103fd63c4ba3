// Presence: for whom a network run's round still waits. A member whose connection is gone may come back and answer, so it is
// not given up at once; but a vanished one costs at most twice the usual round, and only once: until it has been back, later
// rounds do not wait for it. One that stays connected and never answers is silent: it is given up much later, and later
// rounds do not wait for it until it was heard of again. A deadline (network.deadline_s) takes the place of twice the usual
// round, and nobody is waited for longer than that after it was last heard of. Pure: seconds come in. One thread.
#pragma once

#include <map>
#include <vector>

namespace fedllm::fed {

class Presence {
 public:
  explicit Presence(double deadline_s) : deadline_s_(deadline_s) {}
  void begin(std::vector<int> cohort, double now_s);
  // The client's update was accepted or refused for good.
  void answered(int client);
  void see(int client, bool connected);
  // A sign of its own: a step, an answer of whatever kind, a new connection.
  void heard(int client, double now_s);
  // It was waited for elsewhere while its connection was gone: rounds do not wait for it once more.
  void waited_in_vain(int client) { missed_.try_emplace(client, false); }
  // Given up while it was connected, and not heard of since.
  bool silent(int client) const;
  // Those not to be waited for any longer; each is named once a round.
  std::vector<int> give_up(double now_s);
  // The round is through after `now_s`; rounds that waited for nobody teach what is usual.
  void end(double now_s);
  double usual_s() const;   // median of recent rounds; 0: not known yet

 private:
  struct One {
    bool connected = true, answered = false, given_up = false;
    double heard_s = 0;
  };
  double patience(const One& one) const;  // until when, seconds of the caller's clock
  double deadline_s_;
  double began_s_ = 0;
  std::map<int, One> cohort_;
  std::map<int, bool> missed_;  // given up before and not back since; true: while connected
  std::vector<double> recent_s_;
};

}  // namespace fedllm::fed
