// RunMoment: how every client stood at one moment of a run: now (round -1, "live"), or in a round that is over. A pure
// function of the record, so that canvas, client table and their tables say the same. Bytes are payload bytes.
#pragma once

#include <QString>

#include "ui/model/run_record.h"

namespace fedllm::ui {

struct ClientMoment {
  QString state;                       // as in ClientRecord; "stopped": was busy when its run stopped
  int step = 0, steps = 0;
  double uplink = 0, downlink = 0;     // of the round
  double uplinkSoFar = 0, downlinkSoFar = 0;   // of all rounds up to it
  double loss = 0;                     // live: of the last local step; else the round's mean; NaN: none
  bool isBusy() const { return state == QLatin1String("training"); }
  bool isSent() const { return state == QLatin1String("sent"); }
  bool isRejected() const { return state.startsWith(QLatin1String("rejected")); }
  double progress() const;             // 0 to 1
};

// True where `round` is saved: the moment is over, and nothing in it moves. The round in progress is live.
bool isHistory(const RunRecord& record, int round);
ClientMoment clientMoment(const RunRecord& record, int client, int round);
QString coordinatorMoment(const RunRecord& record, int round);   // translated

}  // namespace fedllm::ui
