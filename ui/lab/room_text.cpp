#include "ui/lab/room_text.h"

#include <QCoreApplication>
#include <QStringList>
#include <algorithm>

#include "ui/lab/lab_text.h"

namespace fedllm::ui::room_text {
namespace {
struct Words { Q_DECLARE_TR_FUNCTIONS(RoomText) };
constexpr int kMostSlotsShown = 64;
}  // namespace

Counts count(const wire::HostedRoom& room) {
  Counts counts;
  for (const auto& member : room.members()) {
    const std::string& s = member.state();
    if (s == "asking") ++counts.asking;
    if (s == "gone") ++counts.gone;
    if (!lab_text::isHere(member)) continue;
    ++counts.here;
    if (s == "ready") ++counts.ready;
    if (s == "training" || s == "evaluating") ++counts.busy;
    if (s == "waiting" || s == "ready" || s == "paused") ++counts.waiting;
  }
  return counts;
}

bool isPaused(const wire::HostedRoom& room) { return room.phase() == "paused"; }
bool isRunning(const wire::HostedRoom& room) { return room.phase() == "running" || isPaused(room); }

QString headline(const wire::HostedRoom& room) {
  if (isPaused(room)) return Words::tr("Paused in round %1 of %2").arg(room.round()).arg(room.rounds());
  if (isRunning(room))
    return room.round() > 0 ? Words::tr("Round %1 of %2").arg(room.round()).arg(room.rounds()) : Words::tr("Measuring the base model");
  if (room.phase() == "ended") return Words::tr("The run has ended");
  if (room.wanted() > 0 && room.ready() > room.wanted()) return Words::tr("Gathering: %1 ready, %2 needed").arg(room.ready()).arg(room.wanted());
  if (room.wanted() > 0) return Words::tr("Gathering: %1 of %2 ready").arg(room.ready()).arg(room.wanted());
  return Words::tr("Gathering: %n ready", nullptr, room.ready());
}

QString who(const wire::HostedRoom& room) {
  const Counts counts = count(room);
  QStringList parts;
  if (isRunning(room)) {
    parts << Words::tr("%n train(s)", nullptr, counts.busy);
    if (counts.waiting > 0) parts << Words::tr("%n wait(s)", nullptr, counts.waiting);
  } else {
    parts << Words::tr("%n member(s) here", nullptr, counts.here);
  }
  if (counts.gone > 0) parts << Words::tr("%n gone", nullptr, counts.gone);
  if (counts.asking > 0) parts << Words::tr("%n ask(s) to join", nullptr, counts.asking);
  return parts.join(QStringLiteral(" · "));
}

QString slotName(const wire::HostedRoom& room, int slot) {
  for (const auto& member : room.members())
    if (member.slot() == slot && member.state() != "revoked" && member.state() != "left")
      return Words::tr("Slot %1: %2").arg(slot).arg(lab_text::from(member.name()));
  return Words::tr("Slot %1: free").arg(slot);
}

int shownSlots(const wire::HostedRoom& room) {
  if (room.places() > 0) return std::min(room.places(), kMostSlotsShown);
  int next = 0;
  for (const auto& member : room.members()) next = std::max(next, member.slot() + 1);
  return std::min(next + 1, kMostSlotsShown);
}

}  // namespace fedllm::ui::room_text
