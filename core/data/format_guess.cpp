#include "data/format_guess.h"

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "base/text.h"
#include "data/big_numbers.h"
#include "data/json_view.h"

namespace fedllm::data {
namespace {

constexpr const char* kWhere = "data.format_guess";
constexpr size_t kMostShown = 120;   // bytes of a template's own system text

struct Fingerprint { std::string_view format, mark, other; };   // both must be there; no other: the mark alone

// In this order: the first that fits decides.
constexpr Fingerprint kTemplates[] = {
    {"llama-3", "<|start_header_id|>", "<|eot_id|>"}, {"chatml", "<|im_start|>", "<|im_end|>"},
    {"gemma", "<start_of_turn>", "<end_of_turn>"},    {"llama-2", "[INST]", "<<SYS>>"},
    {"mistral", "[INST]", "[/INST]"},                 {"phi-3", "<|user|>", "<|end|>"},
    {"phi-3", "'<|' + message['role'] + '|>'", "<|end|>"}, {"zephyr", "<|user|>", "eos_token"},
    {"alpaca", "### Instruction", "### Response"}};

constexpr Fingerprint kTokens[] = {{"llama-3", "<|start_header_id|>", "<|eot_id|>"},
                                   {"chatml", "<|im_start|>", "<|im_end|>"},
                                   {"gemma", "<start_of_turn>", "<end_of_turn>"},
                                   {"mistral", "[INST]", "[/INST]"},
                                   {"phi-3", "<|assistant|>", "<|end|>"}};

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// The constant text that a template puts between two marks, in Jinja's spelling; empty: none, or one that is computed.
std::string constant_between(std::string_view text, std::string_view open, std::string_view close) {
  for (size_t at = text.find(open); at != std::string_view::npos; at = text.find(open, at + 1)) {
    std::string_view rest = text.substr(at + open.size());
    for (const std::string_view newline : {"\\n", "\n"})
      if (rest.starts_with(newline)) rest.remove_prefix(newline.size());
    const size_t end = rest.find(close);
    if (end == std::string_view::npos) return {};
    const std::string_view found = rest.substr(0, end);
    if (!found.empty() && found.find_first_of("'\"{}") == std::string_view::npos) return std::string(found);
  }
  return {};
}

void add_notes(std::string_view text, FormatGuess& guess) {
  if (const std::string own = constant_between(text, "<|im_start|>system", "<|im_end|>"); guess.name == "chatml" && !own.empty())
    guess.notes.push_back("its own template adds the system turn \"" + shortened(own, kMostShown) +
                          "\" where a record has none; dataset.template.system can say it");
  if (guess.name == "llama-3" && contains(text, "Cutting Knowledge Date"))
    guess.notes.push_back("its own template adds a system turn with dates, which this format leaves out");
  if (contains(text, "<think>"))
    guess.notes.push_back("its own template puts a <think> block before the last answer, which this format leaves out");
  if (guess.name == "mistral" && contains(text, "\"[/INST]") )
    guess.notes.push_back("its own template writes no space before [/INST], which this format does");
}

std::string sentence_of(const Fingerprint& print, std::string_view what) {
  return std::string(what) + " " + std::string(print.mark) + " and " + std::string(print.other);
}

// A template is a string, or a list of {name, template} of which "default" counts.
std::string template_of(const Json& config) {
  std::string_view text;
  if (config["chat_template"].get(text) == simdjson::SUCCESS) return std::string(text);
  simdjson::dom::array list;
  if (config["chat_template"].get(list)) return {};
  for (const Json item : list) {
    std::string_view name;
    if (item["name"].get(name) == simdjson::SUCCESS && name == "default" && item["template"].get(text) == simdjson::SUCCESS)
      return std::string(text);
  }
  return {};
}

void add_token(const Json& item, std::vector<std::string>& out) {
  std::string_view text;
  if (item.get(text) && item["content"].get(text)) return;
  out.emplace_back(text);
}

std::vector<std::string> tokens_of(const Json& config) {
  std::vector<std::string> tokens;
  simdjson::dom::object decoder;
  if (config["added_tokens_decoder"].get(decoder) == simdjson::SUCCESS)
    for (const auto field : decoder) add_token(field.value, tokens);
  for (const std::string_view key : {"additional_special_tokens", "added_tokens"}) {   // the second is tokenizer.json's
    simdjson::dom::array list;
    if (config[key].get(list) == simdjson::SUCCESS)
      for (const Json item : list) add_token(item, tokens);
  }
  return tokens;
}

FormatGuess guess_from_tokens(const std::vector<std::string>& tokens) {
  const auto has = [&](std::string_view token) { return std::find(tokens.begin(), tokens.end(), token) != tokens.end(); };
  for (const Fingerprint& print : kTokens)
    if (has(print.mark) && has(print.other)) return {std::string(print.format), sentence_of(print, "its tokenizer has the tokens"), {}};
  return {"", "its files name no prompt format", {}};
}

// Absent: an empty object.
Status load_json(const std::string& path, simdjson::dom::parser& parser, std::string& text, Json& root) {
  text = "{}";
  std::error_code error;
  if (std::filesystem::exists(path, error)) {
    FEDLLM_ASSIGN_OR_RETURN(text, read_file(path));
    text = quote_big_integers(text);
  }
  if (parser.parse(text).get(root) || !root.is_object()) return invalid_argument("expected a JSON object in " + path, kWhere);
  return {};
}

}  // namespace

FormatGuess guess_from_template(std::string_view chat_template) {
  for (const Fingerprint& print : kTemplates) {
    if (!contains(chat_template, print.mark) || !contains(chat_template, print.other)) continue;
    FormatGuess guess{std::string(print.format), sentence_of(print, "its chat template writes"), {}};
    add_notes(chat_template, guess);
    return guess;
  }
  return {"", "its chat template is none of the formats known here", {}};
}

Result<FormatGuess> guess_format(const std::string& model_dir) {
  simdjson::dom::parser parser;
  std::string text;
  Json root;
  FEDLLM_RETURN_IF_ERROR(load_json(model_dir + "/tokenizer_config.json", parser, text, root));
  std::error_code error;
  if (const std::string path = model_dir + "/chat_template.jinja"; std::filesystem::exists(path, error)) {
    FEDLLM_ASSIGN_OR_RETURN(const std::string own, read_file(path));
    return guess_from_template(own);
  }
  if (const std::string own = template_of(root); !own.empty()) return guess_from_template(own);
  if (FormatGuess guess = guess_from_tokens(tokens_of(root)); !guess.name.empty()) return guess;
  FEDLLM_RETURN_IF_ERROR(load_json(model_dir + "/tokenizer.json", parser, text, root));
  return guess_from_tokens(tokens_of(root));
}

}  // namespace fedllm::data
