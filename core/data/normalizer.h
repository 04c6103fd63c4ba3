// Normalizers of a tokenizer.json, applied in order to each stretch of text between special tokens: Prepend, Replace
// (string or pattern), NFC/NFD/NFKC/NFKD, Lowercase, StripAccents, Strip, ByteLevel. Any other type is refused by name.
// Immutable; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "data/json_view.h"
#include "data/regex.h"

namespace fedllm::data {

class Normalizer {
 public:
  Normalizer() = default;   // changes nothing
  static Result<Normalizer> from_json(const Json& json);
  // `continues`: the text goes on from earlier text, so nothing is put before it.
  std::string apply(std::string text, bool continues) const;

 private:
  enum class Kind { prepend, replace, strip, nfc, nfd, nfkc, nfkd, lowercase, strip_accents, byte_level };
  struct Step {
    Kind kind;
    std::string text;                 // prepend: what; replace: by what
    std::optional<Regex> pattern;     // replace
    size_t least = 0;                 // replace: bytes of the shortest match
    bool left = false, right = false; // strip
  };
  Status add(const Json& json);
  static double growth_of(const Step& step);
  double growth_ = 1;   // how many times longer a text may become
  std::vector<Step> steps_;
};

// Pattern of a Replace or Split: {"String": ...} or {"Regex": ...}.
Result<Regex> pattern_from_json(const Json& json, std::string_view where);

}  // namespace fedllm::data
