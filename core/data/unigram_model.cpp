#include "data/unigram_model.h"

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "data/bpe_model.h"

namespace fedllm::data {
namespace {

constexpr const char* kWhere = "data.tokenizer";
constexpr double kUnknownPenalty = 10;

}  // namespace

Result<std::unique_ptr<const UnigramModel>> UnigramModel::build(UnigramParts parts) {
  std::unique_ptr<UnigramModel> model(new UnigramModel);
  model->parts_ = std::move(parts);
  const auto& tokens = model->parts_.tokens;
  if (model->parts_.unk_id < 0 || model->parts_.unk_id >= model->id_limit())
    return invalid_argument("Unigram: expected an unk_id below " + std::to_string(tokens.size()) + ", got " +
                                std::to_string(model->parts_.unk_id), kWhere);
  std::vector<std::pair<std::string_view, int32_t>> pieces;
  double lowest = tokens[0].second;
  for (const auto& [text, score] : tokens) {
    const auto id = static_cast<int32_t>(pieces.size());
    if (text.empty() || !model->ids_.emplace(text, id).second)
      return invalid_argument("Unigram: token " + std::to_string(id) + " \"" + shortened(text, 40) + "\" is empty or there twice", kWhere);
    pieces.emplace_back(text, id);
    lowest = std::min(lowest, score);
  }
  model->trie_ = PieceTrie(std::move(pieces));
  model->unknown_ = lowest - kUnknownPenalty;
  char name[8];
  for (int b = 0; b < 256; ++b) {
    std::snprintf(name, sizeof name, "<0x%02X>", b);
    model->fallback_ids_[b] = model->id_of(name);
  }
  return std::unique_ptr<const UnigramModel>(std::move(model));
}

void UnigramModel::encode_chars(std::string_view piece, std::vector<int32_t>& ids) const {
  const auto cuts = best_cuts<double>(trie_, piece, unknown_, [this](int32_t id, size_t) { return parts_.tokens[id].second; });
  // Unknown neighbours are one token.
  for (size_t i = 0; i < cuts.size(); ++i) {
    const auto is_unknown = [&](const Cut& cut) { return cut.id < 0 || cut.id == parts_.unk_id; };
    if (!is_unknown(cuts[i])) {
      ids.push_back(cuts[i].id);
      continue;
    }
    const size_t begin = cuts[i].begin;
    while (i + 1 < cuts.size() && is_unknown(cuts[i + 1])) ++i;
    append_unknown(piece.substr(begin, cuts[i].end - begin), ids);
  }
}

void UnigramModel::append_unknown(std::string_view text, std::vector<int32_t>& ids) const {
  const bool falls_back = parts_.byte_fallback && std::all_of(text.begin(), text.end(), [this](char c) {
    return fallback_ids_[static_cast<unsigned char>(c)] >= 0;
  });
  if (!falls_back) return ids.push_back(parts_.unk_id);
  for (const char c : text) ids.push_back(fallback_ids_[static_cast<unsigned char>(c)]);
}

void UnigramModel::encode_bytes(std::string_view piece, std::vector<int32_t>& ids) const {
  encode_chars(in_byte_alphabet(piece), ids);
}

int32_t UnigramModel::id_of(std::string_view token) const {
  const auto it = ids_.find(token);
  return it == ids_.end() ? -1 : it->second;
}

const std::string* UnigramModel::token(int32_t id) const {
  return id < 0 || id >= id_limit() ? nullptr : &parts_.tokens[id].first;
}

}  // namespace fedllm::data
