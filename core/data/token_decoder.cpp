#include "data/token_decoder.h"

#include <charconv>

#include "data/bpe_model.h"
#include "data/normalizer.h"
#include "data/utf8.h"

namespace fedllm::data {
namespace {

constexpr const char* kWhere = "data.decoder";

std::string concatenate(const std::vector<std::string>& tokens) {
  std::string text;
  for (const std::string& token : tokens) text += token;
  return text;
}

// The byte of "<0xNN>", or -1.
int fallback_byte(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return -1;
  int value = -1;
  const auto [end, error] = std::from_chars(token.data() + 3, token.data() + 5, value, 16);
  return error == std::errc() && end == token.data() + 5 ? value : -1;
}

}  // namespace

Result<TokenDecoder> TokenDecoder::from_json(const Json& json) {
  TokenDecoder decoder;
  if (!json.is_null()) FEDLLM_RETURN_IF_ERROR(decoder.add(json));
  return decoder;
}

Status TokenDecoder::add_metaspace(const Json& json) {
  Step step{Kind::metaspace};
  step.text = "\xE2\x96\x81";
  FEDLLM_RETURN_IF_ERROR(read_optional(json, "replacement", step.text, kWhere));
  if (step.text.empty()) return invalid_argument("Metaspace: expected one character as replacement, got \"\"", kWhere);
  bool prefix = true;
  FEDLLM_RETURN_IF_ERROR(read_optional(json, "add_prefix_space", prefix, kWhere));
  std::string scheme = prefix ? "always" : "never";
  FEDLLM_RETURN_IF_ERROR(read_optional(json, "prepend_scheme", scheme, kWhere));
  step.drop_first = scheme != "never";
  steps_.push_back(std::move(step));
  return {};
}

Status TokenDecoder::add(const Json& json) {
  FEDLLM_ASSIGN_OR_RETURN(const std::string type, read_string(json, "type", kWhere));
  if (type == "Sequence") return each_part(json, "decoders", kWhere, [this](const Json& part) { return add(part); });
  if (type == "Metaspace") return add_metaspace(json);
  Step step{};
  if (type == "ByteLevel") {
    step.kind = Kind::byte_level;
  } else if (type == "ByteFallback") {
    step.kind = Kind::byte_fallback;
  } else if (type == "Fuse") {
    step.kind = Kind::fuse;
  } else if (type == "Replace") {
    step.kind = Kind::replace;
    FEDLLM_ASSIGN_OR_RETURN(step.pattern, pattern_from_json(json, kWhere));
    FEDLLM_RETURN_IF_ERROR(read_optional(json, "content", step.text, kWhere));
  } else if (type == "Strip") {
    step.kind = Kind::strip;
    FEDLLM_ASSIGN_OR_RETURN(step.text, read_string(json, "content", kWhere));
    FEDLLM_RETURN_IF_ERROR(read_optional(json, "start", step.start, kWhere));
    FEDLLM_RETURN_IF_ERROR(read_optional(json, "stop", step.stop, kWhere));
    if (step.text.empty()) return invalid_argument("Strip: expected one character as content, got \"\"", kWhere);
  } else {
    return Status(Code::unimplemented, "decoder \"" + type + "\" is not supported", kWhere);
  }
  steps_.push_back(std::move(step));
  return {};
}

// Characters of the byte alphabet become bytes; a token with any other character (an added one) stays as it is.
void TokenDecoder::byte_level(std::vector<std::string>& tokens) {
  std::string bytes;
  for (const std::string& token : tokens) {
    const size_t before = bytes.size();
    for (size_t at = 0; at < token.size(); at += utf8_length(static_cast<unsigned char>(token[at]))) {
      const int b = byte_of_char(utf8_at(token, at));
      if (b < 0) {
        bytes.resize(before);
        bytes += token;
        break;
      }
      bytes += static_cast<char>(b);
    }
  }
  tokens.assign(1, repair_utf8(bytes));
}

// Runs of "<0xNN>" become their character, or one U+FFFD a byte where they are none.
void TokenDecoder::byte_fallback(std::vector<std::string>& tokens) {
  std::vector<std::string> out;
  std::string run;
  const auto flush = [&] {
    if (run.empty()) return;
    if (is_valid_utf8(run)) out.push_back(run);
    else out.insert(out.end(), run.size(), "\xEF\xBF\xBD");
    run.clear();
  };
  for (std::string& token : tokens) {
    if (const int b = fallback_byte(token); b >= 0) {
      run += static_cast<char>(b);
    } else {
      flush();
      out.push_back(std::move(token));
    }
  }
  flush();
  tokens = std::move(out);
}

void TokenDecoder::strip(const Step& step, std::string& token) {
  const size_t n = step.text.size();
  size_t begin = 0, end = token.size();
  for (int64_t i = 0; i < step.start && begin + n <= end && token.compare(begin, n, step.text) == 0; ++i) begin += n;
  for (int64_t i = 0; i < step.stop && begin + n <= end && token.compare(end - n, n, step.text) == 0; ++i) end -= n;
  token = token.substr(begin, end - begin);
}

void TokenDecoder::metaspace(const Step& step, std::vector<std::string>& tokens) {
  for (size_t i = 0; i < tokens.size(); ++i) {
    const std::string by = i == 0 && step.drop_first ? "" : " ";
    for (size_t at = tokens[i].find(step.text); at != std::string::npos; at = tokens[i].find(step.text, at + by.size()))
      tokens[i].replace(at, step.text.size(), by);
  }
}

std::string TokenDecoder::decode(std::vector<std::string> tokens) const {
  if (steps_.empty()) {
    std::string text;
    for (const std::string& token : tokens) text += (text.empty() ? "" : " ") + token;
    return text;
  }
  for (const Step& step : steps_) {
    switch (step.kind) {
      case Kind::byte_level: byte_level(tokens); break;
      case Kind::byte_fallback: byte_fallback(tokens); break;
      case Kind::fuse: tokens.assign(1, concatenate(tokens)); break;
      case Kind::metaspace: metaspace(step, tokens); break;
      case Kind::replace:
        for (std::string& token : tokens) token = step.pattern->replace_all(token, step.text);
        break;
      case Kind::strip:
        for (std::string& token : tokens) strip(step, token);
        break;
    }
  }
  return concatenate(tokens);
}

}  // namespace fedllm::data
