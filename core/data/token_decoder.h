// Decoders of a tokenizer.json: token strings back to text. ByteLevel, Replace, ByteFallback, Fuse, Strip, Metaspace and
// sequences of them; any other type is refused by name. Immutable; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "data/json_view.h"
#include "data/regex.h"

namespace fedllm::data {

class TokenDecoder {
 public:
  TokenDecoder() = default;   // joins tokens with spaces, as the official library does without a decoder
  static Result<TokenDecoder> from_json(const Json& json);
  std::string decode(std::vector<std::string> tokens) const;

 private:
  enum class Kind { byte_level, replace, byte_fallback, fuse, strip, metaspace };
  struct Step {
    Kind kind;
    std::optional<Regex> pattern;   // replace
    std::string text;               // replace: by what; strip, metaspace: the character
    int64_t start = 0, stop = 0;    // strip: how many at most
    bool drop_first = false;        // metaspace: the first token loses its marks
  };
  Status add(const Json& json);
  Status add_metaspace(const Json& json);
  static void byte_level(std::vector<std::string>& tokens);
  static void byte_fallback(std::vector<std::string>& tokens);
  static void strip(const Step& step, std::string& token);
  static void metaspace(const Step& step, std::vector<std::string>& tokens);
  std::vector<Step> steps_;
};

}  // namespace fedllm::data
