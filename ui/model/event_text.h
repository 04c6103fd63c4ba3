// eventSentence: what one event says to a person, in one line, for the event list. Translated; figures in the person's locale.
#pragma once

#include <QString>

namespace fedllm::ui {

class EventReading;

// What the sentence cannot know from the event alone.
struct EventSetting {
  QString client;                      // name of the event's client
  int clients = 0, rounds = 0;         // of the run
};

QString eventSentence(const EventReading& event, const EventSetting& setting);

}  // namespace fedllm::ui
