#include "data/bpe_trainer.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <queue>
#include <unordered_set>

#include "base/file.h"
#include "base/text.h"
#include "data/bpe_model.h"
#include "data/regex.h"

namespace fedllm::data {
namespace {

constexpr int kByteTokens = 256;
constexpr int kFirstMerge = 1 + kByteTokens;

// GPT-2's word pattern, which ByteLevel with use_regex stands for.
constexpr const char* kWordPattern = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

using Pair = std::pair<int32_t, int32_t>;
uint64_t key_of(Pair pair) { return static_cast<uint64_t>(static_cast<uint32_t>(pair.first)) << 32 | static_cast<uint32_t>(pair.second); }

struct Word {
  std::vector<int32_t> ids;
  int64_t count = 0;
};

struct Candidate {
  int64_t count = 0;
  Pair pair;
  // The queue's top is the largest: highest count, then smallest pair.
  bool operator<(const Candidate& other) const { return count != other.count ? count < other.count : pair > other.pair; }
};

// Pair counts over all words, kept while pairs are merged. Queue entries may be out of date; pop() skips those.
class PairTable {
 public:
  explicit PairTable(std::vector<Word> words) : words_(std::move(words)) {
    for (size_t w = 0; w < words_.size(); ++w) count_word(w, +1);
    for (const auto& [key, entry] : entries_) queue_.push({entry.count, entry.pair});
  }

  // The most frequent pair, count 0 when none is left.
  Candidate pop() {
    while (!queue_.empty()) {
      const Candidate top = queue_.top();
      queue_.pop();
      if (top.count > 0 && entries_[key_of(top.pair)].count == top.count) return top;
    }
    return {};
  }

  void merge(Pair pair, int32_t merged) {
    const std::unordered_set<uint32_t> where = std::move(entries_[key_of(pair)].words);
    touched_.clear();
    for (const uint32_t w : where) {
      count_word(w, -1);
      replace(words_[w].ids, pair, merged);
      count_word(w, +1);
    }
    for (const uint64_t key : touched_) queue_.push({entries_[key].count, entries_[key].pair});
  }

 private:
  struct Entry {
    Pair pair;
    int64_t count = 0;
    std::unordered_set<uint32_t> words;
  };

  void count_word(size_t w, int sign) {
    const Word& word = words_[w];
    for (size_t i = 0; i + 1 < word.ids.size(); ++i) {
      const Pair pair{word.ids[i], word.ids[i + 1]};
      Entry& entry = entries_[key_of(pair)];
      entry.pair = pair;
      entry.count += sign * word.count;
      if (sign > 0) entry.words.insert(static_cast<uint32_t>(w));
      touched_.insert(key_of(pair));
    }
  }

  static void replace(std::vector<int32_t>& ids, Pair pair, int32_t merged) {
    size_t out = 0;
    for (size_t i = 0; i < ids.size(); ++out) {
      const bool hit = i + 1 < ids.size() && ids[i] == pair.first && ids[i + 1] == pair.second;
      ids[out] = hit ? merged : ids[i];
      i += hit ? 2 : 1;
    }
    ids.resize(out);
  }

  std::vector<Word> words_;
  std::unordered_map<uint64_t, Entry> entries_;
  std::priority_queue<Candidate> queue_;
  std::unordered_set<uint64_t> touched_;
};

std::vector<Word> as_bytes(const std::unordered_map<std::string, int64_t>& counts) {
  std::vector<Word> words;
  words.reserve(counts.size());
  for (const auto& [text, count] : counts) {
    Word word{.count = count};
    for (const char c : text) word.ids.push_back(1 + static_cast<uint8_t>(c));
    words.push_back(std::move(word));
  }
  return words;
}

}  // namespace

Status BpeTrainer::add(std::string_view document) {
  static const Result<Regex> pattern = Regex::compile(kWordPattern);
  FEDLLM_RETURN_IF_ERROR(pattern.status());
  const size_t bad = invalid_utf8_at(document);
  if (bad != std::string_view::npos)
    return invalid_argument("expected UTF-8 text, got an invalid byte at offset " + std::to_string(bad), "data.bpe");
  Regex::Search search(*pattern, document);
  while (const auto word = search.next()) {
    ++counts_[std::string(document.substr(word->begin, word->end - word->begin))];
    ++words_;
  }
  return {};
}

Result<BpeVocabulary> BpeTrainer::train(const BpeOptions& options) const {
  if (options.vocab_size < kFirstMerge)
    return invalid_argument("expected a vocabulary of at least " + std::to_string(kFirstMerge) + " tokens (256 bytes and the end token), got " +
                                std::to_string(options.vocab_size), "data.bpe");
  if (counts_.empty()) return failed_precondition("expected text to learn a vocabulary from, got none", "data.bpe");
  BpeVocabulary vocabulary;
  vocabulary.tokens.emplace_back(kEndToken);
  for (const std::string& spelling : byte_alphabet()) vocabulary.tokens.push_back(spelling);
  PairTable table(as_bytes(counts_));
  while (static_cast<int>(vocabulary.tokens.size()) < options.vocab_size) {
    const Candidate best = table.pop();
    if (best.count < std::max<int64_t>(options.min_count, 1)) break;
    const auto merged = static_cast<int32_t>(vocabulary.tokens.size());
    vocabulary.tokens.push_back(vocabulary.tokens[best.pair.first] + vocabulary.tokens[best.pair.second]);
    vocabulary.merges.push_back(best.pair);
    table.merge(best.pair, merged);
  }
  return vocabulary;
}

std::string tokenizer_json(const BpeVocabulary& vocabulary) {
  using Json = nlohmann::ordered_json;
  const std::string end(kEndToken);
  Json vocab = Json::object();
  auto& entries = vocab.get_ref<Json::object_t&>();   // appended as they come: a look-up each would be quadratic
  for (size_t id = 0; id < vocabulary.tokens.size(); ++id) entries.emplace_back(vocabulary.tokens[id], id);
  Json merges = Json::array();
  for (const auto& [left, right] : vocabulary.merges) merges.push_back(vocabulary.tokens[left] + " " + vocabulary.tokens[right]);
  const Json byte_level = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
  Json root;
  root["version"] = "1.0";
  root["truncation"] = nullptr;
  root["padding"] = nullptr;
  root["added_tokens"] = Json::array({{{"id", 0}, {"content", end}, {"single_word", false}, {"lstrip", false},
                                       {"rstrip", false}, {"normalized", false}, {"special", true}}});
  root["normalizer"] = nullptr;
  root["pre_tokenizer"] = byte_level;
  root["post_processor"] = byte_level;
  root["decoder"] = byte_level;
  root["model"] = {{"type", "BPE"}, {"dropout", nullptr}, {"unk_token", nullptr}, {"continuing_subword_prefix", nullptr},
                   {"end_of_word_suffix", nullptr}, {"fuse_unk", false}, {"byte_fallback", false}, {"vocab", vocab}, {"merges", merges}};
  return root.dump(1) + "\n";
}

std::string tokenizer_config_json() {
  const std::string end(kEndToken);
  const nlohmann::ordered_json config = {{"tokenizer_class", "PreTrainedTokenizerFast"}, {"bos_token", nullptr}, {"eos_token", end},
                                         {"add_bos_token", false}, {"add_eos_token", false}, {"clean_up_tokenization_spaces", false},
                                         {"model_max_length", 256}};
  return config.dump(2) + "\n";
}

Status write_tokenizer(const BpeVocabulary& vocabulary, const std::string& folder) {
  FEDLLM_RETURN_IF_ERROR(write_file_atomic(folder + "/tokenizer.json", tokenizer_json(vocabulary)));
  return write_file_atomic(folder + "/tokenizer_config.json", tokenizer_config_json());
}

}  // namespace fedllm::data
