#include "data/chat_format.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "data/text_template.h"
#include "data/unicode.h"
#include "spec/names.h"

namespace fedllm::data {
namespace {

constexpr const char* kWhere = "data.chat";

// Stand-ins inside a format's own strings.
constexpr char kBos = '\x01', kAddedBos = '\x02', kEos = '\x03';

enum class Strip { none, content, whole };   // whole: together with a folded system text

// An answer is header (masked), opening + text + closing (scored), tail (masked). The header is the generation prompt.
struct ChatFormat {
  std::string_view name, start, system_before, system_after, user_before, user_after, tool_before, tool_after;
  std::string_view header, opening, closing, tail, finish;
  std::string_view between;                   // before a question that follows an answer
  std::string_view fold_before, fold_after;   // around a system text in front of the first user text
  bool own_system, folds, alternates, tools;
  Strip strip;
  std::array<std::string_view, 5> control;
};

constexpr std::string_view kAlpaca =
    "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n";
constexpr std::string_view kAlpacaInput =
    "Below is an instruction that describes a task, paired with an input that provides further context. Write a response that "
    "appropriately completes the request.\n\n";

constexpr ChatFormat kFormats[] = {
    {.name = "raw", .start = "\x02", .closing = "\x03", .own_system = true, .tools = true},
    {.name = "alpaca", .start = "\x02", .system_after = "\n\n", .user_before = "### Instruction:\n", .user_after = "\n\n",
     .header = "### Response:\n", .closing = "\x03", .between = "\n\n", .own_system = true},
    {.name = "chatml", .system_before = "<|im_start|>system\n", .system_after = "<|im_end|>\n", .user_before = "<|im_start|>user\n",
     .user_after = "<|im_end|>\n", .tool_before = "<|im_start|>tool\n", .tool_after = "<|im_end|>\n",
     .header = "<|im_start|>assistant\n", .closing = "<|im_end|>", .tail = "\n", .own_system = true, .tools = true,
     .control = {"<|im_start|>", "<|im_end|>"}},
    {.name = "llama-2", .user_before = "\x01[INST] ", .user_after = " [/INST]", .opening = " ", .closing = " \x03",
     .fold_before = "<<SYS>>\n", .fold_after = "\n<</SYS>>\n\n", .folds = true, .alternates = true, .strip = Strip::whole},
    {.name = "llama-3", .start = "\x01", .system_before = "<|start_header_id|>system<|end_header_id|>\n\n",
     .system_after = "<|eot_id|>", .user_before = "<|start_header_id|>user<|end_header_id|>\n\n", .user_after = "<|eot_id|>",
     .tool_before = "<|start_header_id|>tool<|end_header_id|>\n\n", .tool_after = "<|eot_id|>",
     .header = "<|start_header_id|>assistant<|end_header_id|>\n\n", .closing = "<|eot_id|>", .own_system = true, .tools = true,
     .strip = Strip::content, .control = {"<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"}},
    {.name = "mistral", .start = "\x01", .user_before = " [INST] ", .user_after = " [/INST]", .opening = " ", .closing = "\x03",
     .fold_after = "\n\n", .folds = true, .alternates = true},
    {.name = "zephyr", .system_before = "<|system|>\n", .system_after = "\x03\n", .user_before = "<|user|>\n",
     .user_after = "\x03\n", .header = "<|assistant|>\n", .closing = "\x03", .tail = "\n", .own_system = true},
    {.name = "gemma", .start = "\x01", .user_before = "<start_of_turn>user\n", .user_after = "<end_of_turn>\n",
     .header = "<start_of_turn>model\n", .closing = "<end_of_turn>", .tail = "\n", .fold_after = "\n\n", .folds = true,
     .alternates = true, .strip = Strip::content, .control = {"<start_of_turn>", "<end_of_turn>"}},
    {.name = "phi-3", .system_before = "<|system|>\n", .system_after = "<|end|>\n", .user_before = "<|user|>\n",
     .user_after = "<|end|>\n", .header = "<|assistant|>\n", .closing = "<|end|>", .tail = "\n", .finish = "\x03",
     .own_system = true, .control = {"<|user|>", "<|assistant|>", "<|end|>", "<|system|>"}},
};

const ChatFormat* find_format(std::string_view name) {
  const auto* found = std::find_if(std::begin(kFormats), std::end(kFormats), [&](const ChatFormat& f) { return f.name == name; });
  return found == std::end(kFormats) ? nullptr : found;
}

std::string stripped(std::string_view text) { return strip_spaces(text, true, true); }

// Writes one conversation in one format.
class Writer {
 public:
  Writer(const ChatFormat& format, const std::vector<Turn>& turns) : format_(format), turns_(turns) {}

  Result<RenderedRecord> record() {
    FEDLLM_RETURN_IF_ERROR(write());
    own(format_.finish);
    out_.response_start = out_.scored.empty() ? out_.text.size() : out_.scored.front().begin;
    return std::move(out_);
  }

  Result<RenderedRecord> prompt() {
    if (turns_.empty() || turns_.back().role == Role::assistant)
      return invalid_argument("expected a turn for the model to answer", kWhere);
    FEDLLM_RETURN_IF_ERROR(write());
    own(format_.header);
    out_.scored.clear();
    out_.response_start = out_.text.size();
    return std::move(out_);
  }

 private:
  Status write() {
    out_.format = format_.name;
    out_.turns = static_cast<int>(turns_.size());
    own(format_.start);
    if (format_.name == "alpaca") preamble();
    const bool folded = format_.folds && !turns_.empty() && turns_[0].role == Role::system;
    for (size_t i = folded ? 1 : 0; i < turns_.size(); ++i) {
      FEDLLM_RETURN_IF_ERROR(check_order(i, folded));
      turn(turns_[i], folded && i == 1 ? &turns_[0].text : nullptr);
    }
    return {};
  }

  // The format's own text, with marks for its stand-ins.
  void own(std::string_view text) {
    for (const char c : text) {
      if (c != kBos && c != kAddedBos && c != kEos) {
        out_.text += c;
        continue;
      }
      const auto kind = c == kEos ? TokenMark::Kind::eos : c == kBos ? TokenMark::Kind::bos : TokenMark::Kind::added_bos;
      const size_t begin = out_.text.size();
      out_.text += c == kEos ? "</s>" : "<s>";
      out_.marks.push_back({kind, begin, out_.text.size()});
    }
  }

  void preamble() {
    if (!turns_.empty() && turns_[0].role == Role::system) return;
    const bool input = std::any_of(turns_.begin(), turns_.end(), [](const Turn& turn) {
      return turn.role == Role::user && turn.text.find("\n\n### Input:\n") != std::string::npos;
    });
    out_.text += input ? kAlpacaInput : kAlpaca;
  }

  void turn(const Turn& turn, const std::string* system) {
    const std::string text = format_.strip == Strip::content ? stripped(turn.text) : turn.text;
    if (turn.role == Role::assistant) return answer(text);
    const bool is_system = turn.role == Role::system, is_tool = turn.role == Role::tool;
    if (turn.role == Role::user && !out_.scored.empty()) own(format_.between);
    own(is_system ? format_.system_before : is_tool ? format_.tool_before : format_.user_before);
    std::string whole;
    if (system) whole.append(format_.fold_before).append(*system).append(format_.fold_after);
    whole += text;
    out_.text += format_.strip == Strip::whole ? stripped(whole) : whole;
    own(is_system ? format_.system_after : is_tool ? format_.tool_after : format_.user_after);
  }

  void answer(const std::string& text) {
    own(format_.header);
    const size_t begin = out_.text.size();
    own(format_.opening);
    out_.text += format_.strip == Strip::whole ? stripped(text) : text;
    own(format_.closing);
    out_.scored.push_back({begin, out_.text.size()});
    own(format_.tail);
  }

  static Status at_turn(size_t i, const std::string& problem) {
    return invalid_argument("turn " + std::to_string(i + 1) + ": " + problem, kWhere);
  }

  Status check_order(size_t i, bool folded) const {
    const Role role = turns_[i].role;
    const std::string name(format_.name);
    if (role == Role::tool && !format_.tools) return at_turn(i, "the format " + name + " has no tool turns");
    // Alpaca's system text stands in its preamble's place.
    if (role == Role::system && (!format_.own_system || (name == "alpaca" && i > 0)))
      return at_turn(i, "the format " + name + " takes a system turn only as the first");
    const Role expected = (i - (folded ? 1 : 0)) % 2 == 0 ? Role::user : Role::assistant;
    if (!format_.alternates || role == expected) return {};
    return at_turn(i, "expected " + std::string(role_name(expected)) + ", got " + std::string(role_name(role)) + ": in the format " +
                          name + " user and assistant alternate");
  }

  const ChatFormat& format_;
  const std::vector<Turn>& turns_;
  RenderedRecord out_;
};

Status unknown_format(std::string_view name) {
  return invalid_argument("expected a prompt format of " + join({std::begin(spec::kChatFormats), std::end(spec::kChatFormats)}, ", ") +
                              ", got \"" + std::string(name) + "\"", kWhere);
}

std::string listed(const std::vector<std::string>& items) {
  std::string text;
  for (size_t i = 0; i < items.size(); ++i) text += (i == 0 ? "" : i + 1 == items.size() ? " and " : ", ") + items[i];
  return text;
}

bool uses(const ChatFormat& format, char mark) {
  for (const std::string_view part : {format.start, format.system_after, format.user_before, format.user_after, format.closing, format.finish})
    if (part.find(mark) != std::string_view::npos) return true;
  return false;
}

std::string own_token(const TokenMark& mark, const Tokenizer& tokenizer) {
  if (mark.kind == TokenMark::Kind::eos) return tokenizer.eos_id() < 0 ? "" : tokenizer.token_text(tokenizer.eos_id());
  const int32_t bos = tokenizer.bos_id();
  if (bos < 0) return {};
  if (mark.kind == TokenMark::Kind::added_bos) {
    const std::vector<int32_t> added = tokenizer.encode("", true);
    if (added.empty() || added.front() != bos) return {};
  }
  return tokenizer.token_text(bos);
}

}  // namespace

Result<RenderedRecord> render_turns(const std::vector<Turn>& turns, std::string_view format) {
  const ChatFormat* found = find_format(format);
  if (!found) return unknown_format(format);
  return Writer(*found, turns).record();
}

Result<RenderedRecord> render_prompt(const std::vector<Turn>& turns, std::string_view format) {
  const ChatFormat* found = find_format(format);
  if (!found) return unknown_format(format);
  return Writer(*found, turns).prompt();
}

std::vector<std::string> control_tokens(std::string_view format) {
  std::vector<std::string> tokens;
  if (const ChatFormat* found = find_format(format))
    for (const std::string_view token : found->control)
      if (!token.empty()) tokens.emplace_back(token);
  return tokens;
}

int32_t single_token(const Tokenizer& tokenizer, std::string_view text) {
  const std::vector<int32_t> ids = tokenizer.encode_continuation(text);
  return ids.size() == 1 ? ids[0] : -1;
}

std::vector<std::string> format_warnings(std::string_view format, const Tokenizer& tokenizer) {
  const ChatFormat* found = find_format(format);
  if (!found) return {};
  std::vector<std::string> missing, warnings;
  for (const std::string& token : control_tokens(format))
    if (single_token(tokenizer, token) < 0) missing.push_back(token);
  const std::string name(format);
  if (!missing.empty())
    warnings.push_back("the format " + name + " writes " + listed(missing) + ", which the tokenizer does not know as " +
                       (missing.size() == 1 ? "a token" : "tokens") + ": read as plain text");
  if (uses(*found, kEos) && tokenizer.eos_id() < 0)
    warnings.push_back("the format " + name + " ends with the end-of-text token, which the tokenizer lacks: left out");
  if (uses(*found, kBos) && tokenizer.bos_id() < 0)
    warnings.push_back("the format " + name + " begins with the begin-of-text token, which the tokenizer lacks: left out");
  return warnings;
}

RenderedRecord with_own_tokens(const RenderedRecord& rendered, const Tokenizer& tokenizer) {
  RenderedRecord out = rendered;
  out.text.clear();
  out.marks.clear();
  size_t done = 0;
  // Where a byte of the old text lies in the new one; asked in ascending order within each list.
  std::vector<std::pair<size_t, size_t>> moved{{0, 0}};   // (old, new) after each mark
  for (const TokenMark& mark : rendered.marks) {
    out.text.append(rendered.text, done, mark.begin - done);
    const size_t begin = out.text.size();
    out.text += own_token(mark, tokenizer);
    if (out.text.size() > begin) out.marks.push_back({mark.kind, begin, out.text.size()});
    done = mark.end;
    moved.emplace_back(done, out.text.size());
  }
  out.text.append(rendered.text, done);
  const auto place = [&](size_t old) {
    const auto after = std::upper_bound(moved.begin(), moved.end(), old, [](size_t at, const auto& pair) { return at < pair.first; });
    return old - std::prev(after)->first + std::prev(after)->second;
  };
  for (TextSpan& span : out.scored) span = {place(span.begin), place(span.end)};
  out.response_start = place(rendered.response_start);
  return out;
}

int32_t stop_token(std::string_view format, const Tokenizer& tokenizer) {
  const ChatFormat* found = find_format(format);
  const int32_t own = found && found->closing.starts_with('<') ? single_token(tokenizer, found->closing) : -1;
  return own >= 0 ? own : tokenizer.eos_id();
}

Result<std::vector<Turn>> record_turns(const Record& record, const spec::TemplateSpec& resolved) {
  std::vector<Turn> turns;
  const std::string* conversation = find_turns(record);
  if (conversation) {
    FEDLLM_ASSIGN_OR_RETURN(turns, parse_turns(*conversation));
  } else {
    std::vector<std::string> fields;
    for (const auto& [name, text] : record) fields.push_back(name);
    if (resolved.prompt.empty() && "{" + turns_field(fields) + "}" == resolved.response)
      return invalid_argument("the conversation has no turns", kWhere);
    FEDLLM_ASSIGN_OR_RETURN(std::string prompt, fill_template(resolved.prompt, record));
    FEDLLM_ASSIGN_OR_RETURN(std::string response, fill_template(resolved.response, record));
    const bool asks = !prompt.empty() || resolved.name != "raw";   // raw text has no question
    if (asks) turns.push_back({Role::user, std::move(prompt)});
    turns.push_back({Role::assistant, std::move(response)});
  }
  if (resolved.system.empty() || turns[0].role == Role::system) return turns;
  FEDLLM_ASSIGN_OR_RETURN(std::string system, fill_template(resolved.system, record));
  if (!system.empty()) turns.insert(turns.begin(), {Role::system, std::move(system)});
  return turns;
}

Result<RenderedRecord> render_chat(const Record& record, const spec::TemplateSpec& resolved) {
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<Turn> turns, record_turns(record, resolved));
  return render_turns(turns, resolved.name);
}

}  // namespace fedllm::data
