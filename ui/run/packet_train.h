// PacketTrain: the messages that travel on the live canvas, each a client's adapter on its way down or update on its way up.
// How long one travels is proportional to what its link is modelled to need, against the slowest seen; at most kMost are
// on the way, what comes on top is counted on the last one of its direction ("x37"). Times in ms of any steady clock. Pure.
#pragma once

#include <QtGlobal>
#include <vector>

namespace fedllm::ui {

struct Packet {
  int client = 0;
  bool up = false;                     // from the client to the coordinator
  int count = 1;                       // messages that this one stands for
  qint64 startMs = 0;
  int durationMs = 1;
  double share(qint64 nowMs) const;    // of its way, 0 to 1
};

class PacketTrain {
 public:
  static constexpr int kMost = 20;
  void send(int client, bool up, double linkSeconds, qint64 nowMs);
  void advance(qint64 nowMs);          // what has arrived is gone
  void clear() { packets_.clear(); }
  const std::vector<Packet>& packets() const { return packets_; }

 private:
  std::vector<Packet> packets_;
  double slowest_ = 0;                 // link seconds
};

}  // namespace fedllm::ui
