// Hints of identifiers in a text: does it hold something that looks like an e-mail address or a phone number? Simple linear
// scanners, not validators: they warn a person before her records are trained on, so they would rather miss a strange form
// than cry at every number. Bytes of UTF-8; never more than a constant look-around per character. Pure.
#pragma once

#include <string_view>

namespace fedllm::lab {

// name@host.tld, also in other scripts; not @handle, not a@b, not user@localhost.
bool has_email(std::string_view text);
// +49 171 1234567, 0171/1234567, (555) 123-4567, 555-123-4567; not dates, years, versions, IPv4, ISBN or plain numbers.
bool has_phone_number(std::string_view text);

}  // namespace fedllm::lab
