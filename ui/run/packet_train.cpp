#include "ui/run/packet_train.h"

#include <algorithm>

namespace fedllm::ui {
namespace {

constexpr double kShortestMs = 250, kLongestMs = 1200;

}  // namespace

double Packet::share(qint64 nowMs) const { return std::clamp(double(nowMs - startMs) / durationMs, 0.0, 1.0); }

void PacketTrain::send(int client, bool up, double linkSeconds, qint64 nowMs) {
  if (int(packets_.size()) >= kMost) {
    const auto last = std::find_if(packets_.rbegin(), packets_.rend(), [up](const Packet& packet) { return packet.up == up; });
    if (last != packets_.rend()) ++last->count;
    return;
  }
  slowest_ = std::max(slowest_, linkSeconds);
  const double slowness = slowest_ > 0 ? linkSeconds / slowest_ : 0;
  packets_.push_back({client, up, 1, nowMs, int(std::max(kShortestMs, kLongestMs * slowness))});
}

void PacketTrain::advance(qint64 nowMs) {
  std::erase_if(packets_, [nowMs](const Packet& packet) { return packet.share(nowMs) >= 1; });
}

}  // namespace fedllm::ui
