// What a hosted room says of itself: its phase in one sentence, its counts, who trains and who waits. Shared by the host's
// view and the projector.
#pragma once

#include <QString>

#include "wire/lab.pb.h"

namespace fedllm::ui::room_text {

struct Counts {
  int asking = 0, here = 0, ready = 0, busy = 0, waiting = 0, gone = 0;
};
Counts count(const wire::HostedRoom& room);
QString headline(const wire::HostedRoom& room);         // "Gathering: 3 of 4 ready", "Round 2 of 5"
QString who(const wire::HostedRoom& room);              // "2 train, 1 waits, 1 gone"
QString slotName(const wire::HostedRoom& room, int slot);   // "Slot 2: Ada", "Slot 2: free"
int shownSlots(const wire::HostedRoom& room);           // all of the scenario's; where as many as come: one more than are taken
bool isRunning(const wire::HostedRoom& room);
bool isPaused(const wire::HostedRoom& room);

}  // namespace fedllm::ui::room_text
