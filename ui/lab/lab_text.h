// Words, figures and marks of the Lab page: states of members and memberships as icon + word + colour, ages, speeds, clock
// offsets, hashes. Translated; units always written; "–" where there is nothing to say.
#pragma once

#include <QColor>
#include <QString>
#include <string>

#include "wire/lab.pb.h"

namespace fedllm::ui {

class Theme;

namespace lab_text {

QString from(const std::string& text);                  // UTF-8; control characters of a peer's text become spaces
QString sentence(const std::string& text);              // of the core, in the window's language, with a capital
QString memberState(const std::string& state);          // "training"; unknown words as they came
QString membershipState(const std::string& state);
QString phase(const std::string& phase);
QString stateIcon(const std::string& state);            // name of a themed icon, of either kind of state
QColor stateColor(const std::string& state, const Theme& theme);
bool isHere(const wire::RoomMemberInfo& member);        // connected, or was a moment ago
bool canHaveSlot(const wire::RoomMemberInfo& member);   // belongs to the room
bool isAsking(const wire::RoomMemberInfo& member);
QString code(const std::string& checkCode);             // "K7QM 2P9X": in two groups, to read out
QString age(qint64 nowMs, qint64 seenMs);               // "2 s ago"; "–" for never
QString clockOffset(qint64 milliseconds);               // "+0.2 s"
QString roundTrip(double seconds);                      // "0.4 ms", "52 ms"
QString speed(double megabitsPerSecond);                // "94"; "–" when not measured
QString hash(const std::string& sha256);                // its first 12 digits
QString duration(qint64 seconds);                       // "11 h 20 min"
QString left(const wire::LeftBytes& left);              // "3.1 MiB of updates, 40 numbers, 0 bytes of text"
bool isEnd(const std::string& membershipState);         // nothing more comes of itself

}  // namespace lab_text
}  // namespace fedllm::ui
