#include "data/bpe_model.h"

#include <cstdio>
#include <limits>
#include <mutex>
#include <queue>

#include "data/utf8.h"

namespace fedllm::data {
namespace {

constexpr const char* kWhere = "data.tokenizer";
constexpr std::string_view kLowerBlock = "\xE2\x96\x81";   // U+2581, SentencePiece's space
constexpr int32_t kNoRank = std::numeric_limits<int32_t>::max();
constexpr size_t kShortPiece = 48;      // up to here a scan for the lowest rank beats a heap
constexpr size_t kCachedBytes = 64;     // longer pieces hardly repeat

uint64_t pair_key(int32_t left, int32_t right) {
  return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
}
uint64_t mix(uint64_t x) {
  x *= 0x9e3779b97f4a7c15ull;
  return x ^ x >> 29;
}

// The bytes that print as themselves; the other 68 take the code points from U+0100 on, in byte order.
bool is_printable_byte(int b) { return (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174; }

struct Alphabet {
  std::array<std::string, 256> text;
  std::array<int, 0x144> byte;   // by code point
  Alphabet() {
    byte.fill(-1);
    uint32_t next = 0x100;
    for (int b = 0; b < 256; ++b) {
      const uint32_t c = is_printable_byte(b) ? static_cast<uint32_t>(b) : next++;
      append_utf8(c, text[b]);
      byte[c] = b;
    }
  }
};

const Alphabet& alphabet() {
  static const Alphabet kAlphabet;
  return kAlphabet;
}

struct StringHash {
  using is_transparent = void;
  size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
};

}  // namespace

const std::array<std::string, 256>& byte_alphabet() { return alphabet().text; }
std::string in_byte_alphabet(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += alphabet().text[static_cast<unsigned char>(c)];
  return out;
}
int byte_of_char(uint32_t c) { return c < alphabet().byte.size() ? alphabet().byte[c] : -1; }

// Pieces seen before, in shards so that several clients can tokenise at once. A busy shard is passed over, a full one
// keeps what it has: words arrive most frequent first.
class BpeModel::Cache {
 public:
  bool find(std::string_view piece, std::vector<int32_t>& ids) {
    Shard& shard = shard_of(piece);
    std::unique_lock lock(shard.mutex, std::try_to_lock);
    if (!lock) return false;
    const auto it = shard.map.find(piece);
    if (it == shard.map.end()) return false;
    ids.insert(ids.end(), it->second.begin(), it->second.end());
    return true;
  }
  void put(std::string_view piece, const std::vector<int32_t>& symbols) {
    Shard& shard = shard_of(piece);
    std::unique_lock lock(shard.mutex, std::try_to_lock);
    if (lock && shard.map.size() < 2048) shard.map.emplace(piece, symbols);
  }

 private:
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, std::vector<int32_t>, StringHash, std::equal_to<>> map;
  };
  Shard& shard_of(std::string_view piece) { return shards_[mix(StringHash()(piece)) >> 60]; }
  std::array<Shard, 16> shards_;
};

BpeModel::BpeModel() : cache_(std::make_unique<Cache>()) {}
BpeModel::~BpeModel() = default;

Result<std::unique_ptr<const BpeModel>> BpeModel::build(BpeParts parts) {
  std::unique_ptr<BpeModel> model(new BpeModel);
  model->parts_ = std::move(parts);
  FEDLLM_RETURN_IF_ERROR(model->index_vocabulary());
  FEDLLM_RETURN_IF_ERROR(model->index_merges());
  model->index_bytes();
  return std::unique_ptr<const BpeModel>(std::move(model));
}

Status BpeModel::index_vocabulary() {
  ids_.reserve(parts_.tokens.size());
  for (size_t id = 0; id < parts_.tokens.size(); ++id)
    if (!parts_.tokens[id].empty()) ids_.emplace(parts_.tokens[id], static_cast<int32_t>(id));
  if (parts_.has_unk) {
    unk_id_ = id_of(parts_.unk_token);
    if (unk_id_ < 0) return invalid_argument("unk_token \"" + parts_.unk_token + "\" is not in the vocabulary", kWhere);
  }
  return {};
}

Status BpeModel::index_merges() {
  size_t capacity = 16;
  while (capacity < parts_.merges.size() * 2) capacity *= 2;
  pairs_.assign(capacity, {0, kNoRank, -1});
  pair_mask_ = capacity - 1;
  for (size_t rank = 0; rank < parts_.merges.size(); ++rank) {
    const auto& [left, right] = parts_.merges[rank];
    const int32_t a = id_of(left), b = id_of(right), joined = id_of(left + right);
    if (a < 0 || b < 0 || joined < 0)
      return invalid_argument("merge " + std::to_string(rank + 1) + " (\"" + left + "\" + \"" + right + "\"): \"" +
                                  (a < 0 ? left : b < 0 ? right : left + right) + "\" is not in the vocabulary", kWhere);
    insert_merge(pair_key(a, b), {static_cast<int32_t>(rank), joined});
  }
  parts_.merges.clear();
  parts_.merges.shrink_to_fit();
  return {};
}

void BpeModel::index_bytes() {
  char name[8];
  bool all_fall_back = parts_.byte_fallback;
  for (int b = 0; b < 256; ++b) {
    byte_ids_[b] = id_of(byte_alphabet()[b]);
    all_bytes_known_ = all_bytes_known_ && byte_ids_[b] >= 0;
    std::snprintf(name, sizeof name, "<0x%02X>", b);
    fallback_ids_[b] = id_of(name);
    all_fall_back = all_fall_back && fallback_ids_[b] >= 0;
  }
  // Where no token spans the start of a word and nothing is ever unknown, words can be merged one by one.
  words_are_independent_ = all_fall_back && !parts_.ignore_merges;
  for (const std::string& token : parts_.tokens) {
    for (size_t at = token.find(kLowerBlock, 1); at != std::string::npos; at = token.find(kLowerBlock, at + 1))
      if (at < 3 || std::string_view(token).substr(at - 3, 3) != kLowerBlock) words_are_independent_ = false;
  }
}

int32_t BpeModel::id_of(std::string_view token) const {
  const auto it = ids_.find(token);
  return it == ids_.end() ? -1 : it->second;
}

const std::string* BpeModel::token(int32_t id) const {
  if (id < 0 || id >= id_limit() || parts_.tokens[id].empty()) return nullptr;
  return &parts_.tokens[id];
}

void BpeModel::insert_merge(uint64_t key, Merge merge) {
  uint64_t slot = mix(key) & pair_mask_;
  while (pairs_[slot].id >= 0 && pairs_[slot].key != key) slot = (slot + 1) & pair_mask_;
  pairs_[slot] = {key, merge.rank, merge.id};
}

BpeModel::Merge BpeModel::find_merge(int32_t left, int32_t right) const {
  const uint64_t key = pair_key(left, right);
  for (uint64_t slot = mix(key) & pair_mask_; pairs_[slot].id >= 0; slot = (slot + 1) & pair_mask_)
    if (pairs_[slot].key == key) return {pairs_[slot].rank, pairs_[slot].id};
  return {kNoRank, -1};
}

void BpeModel::encode_bytes(std::string_view piece, std::vector<int32_t>& ids) const { encode_stretch(piece, true, ids); }

void BpeModel::encode_chars(std::string_view piece, std::vector<int32_t>& ids) const {
  if (!words_are_independent_) return encode_stretch(piece, false, ids);
  while (!piece.empty()) {
    size_t end = 0;
    while (piece.substr(end, 3) == kLowerBlock) end += 3;
    end = std::min(piece.find(kLowerBlock, end), piece.size());
    encode_stretch(piece.substr(0, end), false, ids);
    piece.remove_prefix(end);
  }
}

void BpeModel::encode_stretch(std::string_view stretch, bool bytes, std::vector<int32_t>& ids) const {
  if (stretch.empty()) return;
  const bool cached = stretch.size() > 1 && stretch.size() <= kCachedBytes;
  if (cached && cache_->find(stretch, ids)) return;
  std::vector<int32_t> symbols;
  symbols.reserve(stretch.size());
  if (parts_.ignore_merges) {
    if (const int32_t whole = bytes ? id_of(in_byte_alphabet(stretch)) : id_of(stretch); whole >= 0) symbols.push_back(whole);
  }
  if (symbols.empty()) {
    if (bytes && all_bytes_known_) {
      for (unsigned char c : stretch) symbols.push_back(byte_ids_[c]);
    } else if (bytes) {
      symbols_of_chars(in_byte_alphabet(stretch), symbols);
    } else {
      symbols_of_chars(stretch, symbols);
    }
    symbols.size() <= kShortPiece ? merge_short(symbols) : merge_long(symbols);
  }
  ids.insert(ids.end(), symbols.begin(), symbols.end());
  if (cached) cache_->put(stretch, symbols);
}

void BpeModel::symbols_of_chars(std::string_view piece, std::vector<int32_t>& symbols) const {
  // As in the official library a pending unknown waits for the next known character, also past fallen-back bytes.
  bool pending = false;
  const auto flush = [&] {
    if (pending) symbols.push_back(unk_id_);
    pending = false;
  };
  for (size_t at = 0; at < piece.size();) {
    const std::string_view c = piece.substr(at, utf8_length(static_cast<unsigned char>(piece[at])));
    at += c.size();
    if (const int32_t id = id_of(c); id >= 0) {
      flush();
      symbols.push_back(id);
      continue;
    }
    bool falls_back = parts_.byte_fallback;
    for (unsigned char b : c) falls_back = falls_back && fallback_ids_[b] >= 0;
    if (falls_back) {
      for (unsigned char b : c) symbols.push_back(fallback_ids_[b]);
    } else if (unk_id_ >= 0) {
      if (!parts_.fuse_unk) flush();
      pending = true;
    }
  }
  flush();
}

void BpeModel::merge_short(std::vector<int32_t>& symbols) const {
  size_t n = symbols.size();
  if (n < 2) return;
  Merge merges[kShortPiece];
  for (size_t i = 0; i + 1 < n; ++i) merges[i] = find_merge(symbols[i], symbols[i + 1]);
  while (n > 1) {
    size_t best = 0;
    for (size_t i = 1; i + 1 < n; ++i)
      if (merges[i].rank < merges[best].rank) best = i;
    if (merges[best].rank == kNoRank) break;
    symbols[best] = merges[best].id;
    for (size_t i = best + 1; i + 1 < n; ++i) symbols[i] = symbols[i + 1], merges[i] = merges[i + 1];
    --n;
    if (best > 0) merges[best - 1] = find_merge(symbols[best - 1], symbols[best]);
    if (best + 1 < n) merges[best] = find_merge(symbols[best], symbols[best + 1]);
  }
  symbols.resize(n);
}

void BpeModel::merge_long(std::vector<int32_t>& symbols) const {
  const auto n = static_cast<int32_t>(symbols.size());
  std::vector<int32_t> next(n), previous(n);
  struct Candidate { int32_t rank, at, left, right, id; };
  const auto later = [](const Candidate& a, const Candidate& b) { return a.rank != b.rank ? a.rank > b.rank : a.at > b.at; };
  std::priority_queue<Candidate, std::vector<Candidate>, decltype(later)> queue(later);
  const auto consider = [&](int32_t at) {
    if (at < 0 || next[at] >= n) return;
    const Merge m = find_merge(symbols[at], symbols[next[at]]);
    if (m.id >= 0) queue.push({m.rank, at, symbols[at], symbols[next[at]], m.id});
  };
  for (int32_t i = 0; i < n; ++i) next[i] = i + 1, previous[i] = i - 1;
  for (int32_t i = 0; i < n; ++i) consider(i);
  while (!queue.empty()) {
    const Candidate c = queue.top();
    queue.pop();
    const int32_t right = next[c.at];
    if (symbols[c.at] != c.left || right >= n || symbols[right] != c.right) continue;   // overtaken by another merge
    symbols[c.at] = c.id;
    symbols[right] = -1;
    next[c.at] = next[right];
    if (next[right] < n) previous[next[right]] = c.at;
    consider(previous[c.at]);
    consider(c.at);
  }
  std::erase(symbols, -1);
}

}  // namespace fedllm::data
