// Presence: for whom a network run's round still waits. A member whose connection is gone may come back and answer, so it is
// not given up at once; but a vanished one costs at most twice the usual round, and only once: until it has been back, later
// rounds do not wait for it. One that stays connected and never answers is given up much later. With an explicit deadline
// (network.deadline_s) that alone decides. Pure: seconds come in. One thread.
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
  // Those not to be waited for any longer; each is named once a round.
  std::vector<int> give_up(double now_s);
  // The round is through after `now_s`; rounds that waited for nobody teach what is usual.
  void end(double now_s);
  double usual_s() const;   // median of recent rounds; 0: not known yet

 private:
  struct One {
    bool connected = true, answered = false, given_up = false;
  };
  double deadline_s_;
  double began_s_ = 0;
  std::map<int, One> cohort_;
  std::map<int, bool> away_;   // given up before and not seen since
  std::vector<double> recent_s_;
};

}  // namespace fedllm::fed
