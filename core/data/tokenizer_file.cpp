#include "data/tokenizer_file.h"

#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "data/bpe_model.h"
#include "data/unigram_model.h"

namespace fedllm::data {
namespace {

constexpr const char* kWhere = "data.tokenizer";
constexpr uint64_t kMaxId = 1 << 24;

Status unsupported(const std::string& what) { return {Code::unimplemented, what + " is not supported", kWhere}; }

Json get_or_null(const Json& object, std::string_view key, const Json& null) {
  Json value;
  return object[key].get(value) == simdjson::SUCCESS ? value : null;
}

Status read_vocabulary(const Json& model, BpeParts& parts) {
  simdjson::dom::object vocabulary;
  if (model["vocab"].get(vocabulary)) return invalid_argument("expected an object \"vocab\" in the model", kWhere);
  // Some vocabularies have holes, but a small file must not make a large table.
  const uint64_t limit = std::min<uint64_t>(kMaxId, 65536 + 16 * uint64_t{vocabulary.size()});
  for (const auto [token, value] : vocabulary) {
    uint64_t id = 0;
    if (value.get(id) || id >= limit)
      return invalid_argument("token \"" + shortened(token, 80) + "\": expected an id from 0 to " + std::to_string(limit - 1),
                              kWhere);
    if (token.empty()) return invalid_argument("id " + std::to_string(id) + " is an empty token", kWhere);
    if (id >= parts.tokens.size()) parts.tokens.resize(id + 1);
    if (!parts.tokens[id].empty())
      return invalid_argument(
          "id " + std::to_string(id) + " is given to \"" + parts.tokens[id] + "\" and to \"" + std::string(token) + "\"", kWhere);
    parts.tokens[id] = token;
  }
  return {};
}

// Unigram: [["token", score], …] by id.
Result<std::unique_ptr<const TokenModel>> read_unigram(const Json& model) {
  UnigramParts parts;
  int64_t unk_id = -1;
  if (!has(model, "unk_id")) return unsupported("a Unigram model without unk_id");
  FEDLLM_RETURN_IF_ERROR(read_optional(model, "unk_id", unk_id, kWhere));
  FEDLLM_RETURN_IF_ERROR(read_optional(model, "byte_fallback", parts.byte_fallback, kWhere));
  simdjson::dom::array vocabulary;
  if (model["vocab"].get(vocabulary)) return invalid_argument("expected an array \"vocab\" in the Unigram model", kWhere);
  for (const Json item : vocabulary) {
    simdjson::dom::array pair;
    std::string_view token;
    double score = 0;
    if (item.get(pair) || pair.size() != 2 || pair.at(0).get(token) || pair.at(1).get(score))
      return invalid_argument("token " + std::to_string(parts.tokens.size()) + ": expected [\"token\", score]", kWhere);
    parts.tokens.emplace_back(token, score);
  }
  if (unk_id < 0 || unk_id >= static_cast<int64_t>(parts.tokens.size()))
    return invalid_argument("unk_id: expected an id below " + std::to_string(parts.tokens.size()) + ", got " + std::to_string(unk_id), kWhere);
  parts.unk_id = static_cast<int32_t>(unk_id);
  FEDLLM_ASSIGN_OR_RETURN(std::unique_ptr<const UnigramModel> unigram, UnigramModel::build(std::move(parts)));
  return std::unique_ptr<const TokenModel>(std::move(unigram));
}

// A merge is "a b" in older files and ["a", "b"] in newer ones.
Status read_merge(const Json& merge, BpeParts& parts) {
  const std::string number = std::to_string(parts.merges.size() + 1);
  std::string_view text;
  if (merge.get(text) == simdjson::SUCCESS) {
    const size_t space = text.find(' ');
    if (space == std::string_view::npos || text.find(' ', space + 1) != std::string_view::npos)
      return invalid_argument("merge " + number + ": expected two tokens with a space between, got \"" + std::string(text) + "\"",
                              kWhere);
    parts.merges.emplace_back(text.substr(0, space), text.substr(space + 1));
    return {};
  }
  simdjson::dom::array pair;
  std::string_view left, right;
  if (merge.get(pair) || pair.size() != 2 || pair.at(0).get(left) || pair.at(1).get(right))
    return invalid_argument("merge " + number + ": expected \"a b\" or [\"a\", \"b\"], got " + std::string(json_type_name(merge)),
                            kWhere);
  parts.merges.emplace_back(left, right);
  return {};
}

Result<std::unique_ptr<const TokenModel>> read_model(const Json& root) {
  Json model;
  if (root["model"].get(model) || !model.is_object()) return invalid_argument("expected an object \"model\"", kWhere);
  std::string type = "BPE", prefix, suffix;
  FEDLLM_RETURN_IF_ERROR(read_optional(model, "type", type, kWhere));
  if (type == "Unigram") return read_unigram(model);
  if (type != "BPE") return unsupported("model \"" + type + "\"");
  FEDLLM_RETURN_IF_ERROR(read_optional(model, "continuing_subword_prefix", prefix, kWhere));
  FEDLLM_RETURN_IF_ERROR(read_optional(model, "end_of_word_suffix", suffix, kWhere));
  if (!prefix.empty()) return unsupported("continuing_subword_prefix \"" + prefix + "\"");
  if (!suffix.empty()) return unsupported("end_of_word_suffix \"" + suffix + "\"");
  BpeParts parts;
  parts.has_unk = has(model, "unk_token");
  FEDLLM_RETURN_IF_ERROR(read_optional(model, "unk_token", parts.unk_token, kWhere));
  FEDLLM_RETURN_IF_ERROR(read_optional(model, "fuse_unk", parts.fuse_unk, kWhere));
  FEDLLM_RETURN_IF_ERROR(read_optional(model, "byte_fallback", parts.byte_fallback, kWhere));
  FEDLLM_RETURN_IF_ERROR(read_optional(model, "ignore_merges", parts.ignore_merges, kWhere));
  double dropout = 0;
  if (has(model, "dropout") && model["dropout"].get(dropout)) return wrong_type("dropout", "a number", model["dropout"].value_unsafe(), kWhere);
  if (dropout != 0) return unsupported("dropout " + format_double(dropout) + " (merges left out at random)");
  FEDLLM_RETURN_IF_ERROR(read_vocabulary(model, parts));
  simdjson::dom::array merges;
  if (model["merges"].get(merges)) return invalid_argument("expected an array \"merges\" in the model", kWhere);
  for (const Json merge : merges) FEDLLM_RETURN_IF_ERROR(read_merge(merge, parts));
  FEDLLM_ASSIGN_OR_RETURN(std::unique_ptr<const BpeModel> bpe, BpeModel::build(std::move(parts)));
  return std::unique_ptr<const TokenModel>(std::move(bpe));
}

Status append_special(const Json& templates, const Json& item, std::vector<int32_t>& out) {
  FEDLLM_ASSIGN_OR_RETURN(const std::string name, read_string(item, "id", kWhere));
  simdjson::dom::array ids;
  if (templates["special_tokens"][name]["ids"].get(ids) != simdjson::SUCCESS)
    return invalid_argument("post-processor names \"" + name + "\" but gives no ids for it", kWhere);
  for (const Json value : ids) {
    uint64_t id = 0;
    if (value.get(id) || id >= kMaxId) return invalid_argument("post-processor: expected an id for \"" + name + "\"", kWhere);
    out.push_back(static_cast<int32_t>(id));
  }
  return {};
}

Status read_template(const Json& json, TokenizerFile& file) {
  simdjson::dom::array single;
  if (json["single"].get(single)) return unsupported("a TemplateProcessing without a list \"single\"");
  int sequences = 0;
  for (const Json item : single) {
    Json part;
    if (item["Sequence"].get(part) == simdjson::SUCCESS) {
      ++sequences;
    } else if (item["SpecialToken"].get(part) == simdjson::SUCCESS) {
      FEDLLM_RETURN_IF_ERROR(append_special(json, part, sequences == 0 ? file.prefix : file.suffix));
    } else {
      return invalid_argument("TemplateProcessing: expected Sequence or SpecialToken", kWhere);
    }
  }
  return sequences == 1
             ? Status()
             : invalid_argument("TemplateProcessing: expected one Sequence in \"single\", got " + std::to_string(sequences),
                                kWhere);
}

// BertProcessing and RobertaProcessing: ["<s>", 0] around the text.
Status read_bert(const Json& json, std::string_view key, std::vector<int32_t>& out) {
  uint64_t id = 0;
  if (json[key].at(1).get(id) || id >= kMaxId)
    return invalid_argument("post-processor: expected [token, id] at \"" + std::string(key) + "\"", kWhere);
  out.push_back(static_cast<int32_t>(id));
  return {};
}

Status read_post_processor(const Json& json, TokenizerFile& file) {
  if (json.is_null()) return {};
  FEDLLM_ASSIGN_OR_RETURN(const std::string type, read_string(json, "type", kWhere));
  if (type == "ByteLevel") return {};   // offsets only
  if (type != "Sequence" && !(file.prefix.empty() && file.suffix.empty()))
    return unsupported("a second post-processor that adds tokens (" + type + ")");
  if (type == "TemplateProcessing") return read_template(json, file);
  if (type == "BertProcessing" || type == "RobertaProcessing") {
    FEDLLM_RETURN_IF_ERROR(read_bert(json, "cls", file.prefix));
    return read_bert(json, "sep", file.suffix);
  }
  if (type != "Sequence") return unsupported("post-processor \"" + type + "\"");
  return each_part(json, "processors", kWhere, [&](const Json& part) { return read_post_processor(part, file); });
}

// As the official library does, a token's id is the vocabulary's, else the next free one; the file's own number only has
// to be a number. Of two entries with the same content the later one counts.
Status read_added_tokens(const Json& root, TokenizerFile& file) {
  simdjson::dom::array added;
  if (root["added_tokens"].get(added) != simdjson::SUCCESS) return {};
  int32_t largest = -1;
  std::unordered_map<std::string, size_t> seen;
  for (const Json item : added) {
    FEDLLM_ASSIGN_OR_RETURN(AddedToken token, added_token_from_json(item));
    if (token.content.empty()) continue;
    const auto known = seen.find(token.content);
    if (known != seen.end()) {
      AddedToken& earlier = file.added[known->second];
      token.id = earlier.id;
      token.special = token.special || earlier.special;
      earlier = token;
      continue;
    }
    token.id = file.model->id_of(token.content);
    if (token.id < 0) token.id = largest >= file.model->size() ? largest + 1 : file.model->size();
    largest = std::max(largest, token.id);
    seen.emplace(token.content, file.added.size());
    file.added.push_back(std::move(token));
  }
  return {};
}

// What goes around a text must be ids that the file has.
Status check_surroundings(const TokenizerFile& file) {
  int32_t limit = file.model->id_limit();
  for (const AddedToken& token : file.added) limit = std::max(limit, token.id + 1);
  for (const auto* ids : {&file.prefix, &file.suffix})
    for (const int32_t id : *ids)
      if (id >= limit)
        return invalid_argument("post-processor: expected ids below " + std::to_string(limit) + ", got " + std::to_string(id), kWhere);
  return {};
}

}  // namespace

Result<TokenizerFile> parse_tokenizer_file(std::string_view text) {
  simdjson::dom::parser parser;
  Json root;
  if (const auto error = parser.parse(text.data(), text.size()).get(root))
    return invalid_argument(std::string("not JSON: ") + simdjson::error_message(error), kWhere);
  if (!root.is_object()) return invalid_argument("expected an object, got " + std::string(json_type_name(root)), kWhere);
  simdjson::dom::parser null_parser;
  const Json null = null_parser.parse(std::string_view("null")).value_unsafe();
  TokenizerFile file;
  FEDLLM_ASSIGN_OR_RETURN(file.model, read_model(root));
  FEDLLM_RETURN_IF_ERROR(read_added_tokens(root, file));
  FEDLLM_ASSIGN_OR_RETURN(file.normalizer, Normalizer::from_json(get_or_null(root, "normalizer", null)));
  FEDLLM_ASSIGN_OR_RETURN(file.pre_tokenizer, PreTokenizer::from_json(get_or_null(root, "pre_tokenizer", null)));
  FEDLLM_ASSIGN_OR_RETURN(file.decoder, TokenDecoder::from_json(get_or_null(root, "decoder", null)));
  FEDLLM_RETURN_IF_ERROR(read_post_processor(get_or_null(root, "post_processor", null), file));
  FEDLLM_RETURN_IF_ERROR(check_surroundings(file));
  return file;
}

}  // namespace fedllm::data
