#include "data/normalizer.h"

#include <algorithm>

#include "data/bpe_model.h"
#include "data/unicode.h"
#include "data/utf8.h"

namespace fedllm::data {
namespace {

constexpr const char* kWhere = "data.normalizer";
constexpr double kMaxGrowth = 4096;

}  // namespace

Result<Regex> pattern_from_json(const Json& json, std::string_view where) {
  Json pattern;
  if (json["pattern"].get(pattern)) return invalid_argument("key \"pattern\" is missing", std::string(where));
  if (has(pattern, "String")) {
    FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_string(pattern, "String", where));
    return Regex::literal(text);
  }
  FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_string(pattern, "Regex", where));
  return Regex::compile(text);
}

Result<Normalizer> Normalizer::from_json(const Json& json) {
  Normalizer normalizer;
  if (!json.is_null()) FEDLLM_RETURN_IF_ERROR(normalizer.add(json));
  return normalizer;
}

Status Normalizer::add(const Json& json) {
  FEDLLM_ASSIGN_OR_RETURN(const std::string type, read_string(json, "type", kWhere));
  if (type == "Sequence") return each_part(json, "normalizers", kWhere, [this](const Json& part) { return add(part); });
  Step step{};
  if (type == "Prepend") {
    step.kind = Kind::prepend;
    FEDLLM_ASSIGN_OR_RETURN(step.text, read_string(json, "prepend", kWhere));
  } else if (type == "Replace") {
    step.kind = Kind::replace;
    FEDLLM_ASSIGN_OR_RETURN(step.pattern, pattern_from_json(json, kWhere));
    FEDLLM_RETURN_IF_ERROR(read_optional(json, "content", step.text, kWhere));
    std::string_view literal;
    if (json["pattern"]["String"].get(literal) == simdjson::SUCCESS) step.least = literal.size();
  } else if (type == "Strip") {
    step.kind = Kind::strip;
    step.left = step.right = true;
    FEDLLM_RETURN_IF_ERROR(read_optional(json, "strip_left", step.left, kWhere));
    FEDLLM_RETURN_IF_ERROR(read_optional(json, "strip_right", step.right, kWhere));
  } else if (type == "NFC") {
    step.kind = Kind::nfc;
  } else if (type == "NFD") {
    step.kind = Kind::nfd;
  } else if (type == "NFKC") {
    step.kind = Kind::nfkc;
  } else if (type == "NFKD") {
    step.kind = Kind::nfkd;
  } else if (type == "Lowercase") {
    step.kind = Kind::lowercase;
  } else if (type == "StripAccents") {
    step.kind = Kind::strip_accents;
  } else if (type == "ByteLevel") {
    step.kind = Kind::byte_level;
  } else {
    return Status(Code::unimplemented, "normalizer \"" + type + "\" is not supported", kWhere);
  }
  growth_ *= growth_of(step);
  if (growth_ > kMaxGrowth)
    return invalid_argument("the normalizers could make a text more than 4096 times as long", kWhere);
  steps_.push_back(std::move(step));
  return {};
}

double Normalizer::growth_of(const Step& step) {
  switch (step.kind) {
    case Kind::replace:   // a pattern may also match nothing before each byte
      return step.least == 0 ? 1 + static_cast<double>(step.text.size())
                             : std::max(1.0, static_cast<double>(step.text.size()) / static_cast<double>(step.least));
    case Kind::nfc: case Kind::nfd: return 3;
    case Kind::nfkc: case Kind::nfkd: return 11;
    case Kind::lowercase: return 1.5;
    case Kind::byte_level: return 2;
    default: return 1;
  }
}

std::string Normalizer::apply(std::string text, bool continues) const {
  for (const Step& step : steps_) {
    switch (step.kind) {
      case Kind::prepend:
        if (!continues && !text.empty()) text.insert(0, step.text);
        break;
      case Kind::replace: text = step.pattern->replace_all(text, step.text); break;
      case Kind::strip: text = strip_spaces(text, step.left, step.right); break;
      case Kind::nfc: text = normalize_unicode(std::move(text), NormalForm::nfc); break;
      case Kind::nfd: text = normalize_unicode(std::move(text), NormalForm::nfd); break;
      case Kind::nfkc: text = normalize_unicode(std::move(text), NormalForm::nfkc); break;
      case Kind::nfkd: text = normalize_unicode(std::move(text), NormalForm::nfkd); break;
      case Kind::lowercase: text = lowercase(text); break;
      case Kind::strip_accents: text = strip_accents(text); break;
      case Kind::byte_level: text = in_byte_alphabet(text); break;
    }
  }
  return text;
}

}  // namespace fedllm::data
