// LabPresence: what of the lab concerns somebody who does not look at its page: who waits for an answer here, and what
// goes on in the core when the window closes. Plain values out of a LabState; sentences are translated.
#pragma once

#include <QString>
#include <QStringList>

#include "wire/lab.pb.h"

namespace fedllm::ui {

struct LabPresence {
  int asking = 0;                              // machines that ask to be let in
  QStringList consents;                        // rooms that wait for this machine's consent
  QStringList hosted;                          // open rooms
  int members = 0;                             // in them
  QStringList joined;                          // rooms that this machine is a member of

  int waiting() const { return asking + int(consents.size()); }
  bool any() const { return !hosted.isEmpty() || !joined.isEmpty(); }
  QString waitingSentence() const;             // "2 machines ask to be let in"; empty: nobody waits
  QString goingOnSentence() const;             // "The room Lab three is open here, with 2 members."
};

LabPresence presenceIn(const wire::LabState& state);

}  // namespace fedllm::ui
