// What a person pastes, drops or types to join: a ticket (fedllm1…, perhaps wrapped by a mail program or inside a sentence),
// or an address. Only told apart here; whether a ticket is right, the core says.
#pragma once

#include <QString>

namespace fedllm::ui {

struct JoinText {
  enum class Kind { Nothing, Ticket, Address, Nonsense };
  Kind kind = Kind::Nothing;
  QString text;                                // without white space
};
JoinText readJoinText(const QString& typed);

// A ticket in a small text file; empty where there is none.
QString ticketInFile(const QString& path);

}  // namespace fedllm::ui
