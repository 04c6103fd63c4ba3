// fedllm generate
#include <charconv>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>

#include "model_arguments.h"
#ifndef FEDLLM_ENGINE_ONLY
#include "data/token_text.h"
#endif

namespace fedllm::app {
namespace {

using nlohmann::ordered_json;

// What is no number is refused here; what numbers mean, "nan" too, check_sampling says, as it does to the studio.
Result<double> any_number(const Arguments& arguments, std::string_view option, double fallback) {
  if (!arguments.has(option)) return fallback;
  const std::string text = arguments.value(option);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  return usage_error(std::string(option) + " expects a number, got \"" + text + "\"");
}

Result<train::SamplingOptions> sampling(const Arguments& arguments) {
  train::SamplingOptions options;
  const bool drawn = arguments.has("--temperature") || arguments.has("--top-k") || arguments.has("--top-p");
  if (arguments.has("--greedy") && drawn) return usage_error("--greedy goes with none of --temperature, --top-k and --top-p");
  FEDLLM_ASSIGN_OR_RETURN(options.temperature, any_number(arguments, "--temperature", drawn ? 1 : 0));
  FEDLLM_ASSIGN_OR_RETURN(options.top_k, arguments.number("--top-k", 0, std::numeric_limits<int>::min()));
  FEDLLM_ASSIGN_OR_RETURN(options.top_p, any_number(arguments, "--top-p", 1));
  FEDLLM_ASSIGN_OR_RETURN(options.repetition_penalty, any_number(arguments, "--repetition-penalty", 1));
  FEDLLM_ASSIGN_OR_RETURN(const int seed, arguments.number("--seed", 1, 0));
  options.seed = static_cast<uint64_t>(seed);
  if (const Status status = train::check_sampling(options); !status.ok()) return usage_error(status.message());
  return options;
}

#ifndef FEDLLM_ENGINE_ONLY
// The words of the answer; absent where the model's folder has no tokenizer.
class Words {
 public:
  static Result<Words> open(const Arguments& arguments, const std::string& folder) {
    Words words;
    auto tokenizer = data::Tokenizer::load(folder);
    if (!tokenizer.ok()) {
      if (arguments.has("--prompt")) return tokenizer.status().with_prefix("--prompt needs the model's tokenizer");
      if (arguments.has("--stop")) return tokenizer.status().with_prefix("--stop needs the model's tokenizer");
      return words;
    }
    words.tokenizer_ = *tokenizer;
    words.text_.emplace(*tokenizer, arguments.values("--stop"));
    return words;
  }
  // As the tokenizer begins a text; what its post-processor puts behind one is left out.
  std::vector<int32_t> prompt(const std::string& text) const {
    std::vector<int32_t> ids = tokenizer_->encode(text, true);
    const int32_t eos = tokenizer_->eos_id();
    if (ids.size() > 1 && ids.back() == eos && !text.ends_with(tokenizer_->token_text(eos))) ids.pop_back();
    return ids;
  }
  // False once a stop text has come.
  bool add(int32_t id, bool show) {
    if (!text_) return true;
    tell(text_->add(id), show);
    return !text_->stopped();
  }
  void finish(bool show) {
    if (!text_) return;
    tell(text_->finish(), show);
    if (show) print_line("");
  }
  bool stopped() const { return text_ && text_->stopped(); }
  ordered_json text() const { return text_ ? ordered_json(text_->text()) : ordered_json(nullptr); }
  bool known() const { return text_.has_value(); }

 private:
  static void tell(const std::string& text, bool show) {
    if (!show || text.empty()) return;
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  }
  std::shared_ptr<const data::Tokenizer> tokenizer_;
  std::optional<data::TokenText> text_;
};
#else
// The engine alone has no tokenizers.
struct Words {
  static Result<Words> open(const Arguments&, const std::string&) { return Words(); }
  std::vector<int32_t> prompt(const std::string&) const { return {}; }
  bool add(int32_t, bool) { return true; }
  void finish(bool) {}
  bool stopped() const { return false; }
  ordered_json text() const { return nullptr; }
  bool known() const { return false; }
};
#endif

std::string joined(const std::vector<int32_t>& ids) {
  std::string text;
  for (const int32_t id : ids) text += (text.empty() ? "" : ",") + std::to_string(id);
  return text;
}

const char* reason_of(const train::Generated& made, const std::vector<int32_t>& ends, const Words& words) {
  if (words.stopped()) return "stop";
  const bool ended = !made.ids.empty() && std::find(ends.begin(), ends.end(), made.ids.back()) != ends.end();
  return ended ? "eos" : "length";
}

Status run(const Arguments& arguments) {
  const bool text = arguments.has("--prompt");
  if (text == arguments.has("--tokens")) return usage_error("generate needs one of --prompt TEXT and --tokens 1,2,3");
  train::GenerateOptions options;
  options.top = 0;
  FEDLLM_ASSIGN_OR_RETURN(options.max_new_tokens, arguments.number("--max-new", 32, 0));
  FEDLLM_ASSIGN_OR_RETURN(options.sampling, sampling(arguments));
  std::vector<int32_t> prompt;
  if (!text) {
    FEDLLM_ASSIGN_OR_RETURN(prompt, id_list("--tokens", arguments.value("--tokens")));
  }
  FEDLLM_ASSIGN_OR_RETURN(const OpenModel model, open_model(arguments));
  FEDLLM_ASSIGN_OR_RETURN(const OpenAdapter adapter, open_adapter(arguments, "--adapter"));
  FEDLLM_ASSIGN_OR_RETURN(Words words, Words::open(arguments, model.folder));
  if (text && arguments.value("--prompt").empty()) return invalid_argument("the prompt is empty", "command_line");
  if (text) prompt = words.prompt(arguments.value("--prompt"));
  if (!arguments.has("--ignore-eos")) {
    FEDLLM_ASSIGN_OR_RETURN(options.stop_ids, end_ids(model.folder));
  }
  const bool show = !arguments.json() && words.known();
  options.on_token = [&](int32_t id) { return words.add(id, show); };
  FEDLLM_ASSIGN_OR_RETURN(const train::Generated made, model.backend->generate(*model.base, adapter.get(), prompt, options));
  words.finish(show);
  const ordered_json line = {{"tokens", made.ids}, {"text", words.text()}, {"prompt_tokens", prompt.size()}, {"ended", reason_of(made, options.stop_ids, words)}};
  if (arguments.json()) print_line(line.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
  else if (!show) print_line(joined(made.ids));
  return {};
}

std::vector<Option> options() {
  std::vector<Option> all = model_options({{"--adapter", "DIR", "an adapter in PEFT's layout"}});
#ifndef FEDLLM_ENGINE_ONLY
  all.push_back({"--prompt", "TEXT", "what the answer follows"});
  all.push_back({"--stop", "TEXT", "ends the answer before this text; may be given several times"});
#endif
  for (const Option& option : std::initializer_list<Option>{{"--tokens", "IDS", "the prompt as token ids with commas between them"},
                                                            {"--max-new", "N", "new tokens at most (default: 32)"},
                                                            {"--greedy", "", "the likeliest token each time (the default)"},
                                                            {"--ignore-eos", "", "does not stop at the model's end of text"},
                                                            {"--temperature", "X", "draws; 0: greedy (default with --top-k or --top-p: 1)"},
                                                            {"--top-k", "N", "draws from the N likeliest"},
                                                            {"--top-p", "X", "draws from the likeliest that together reach X"},
                                                            {"--repetition-penalty", "X", "above 1: what was said becomes less likely"},
                                                            {"--seed", "N", "of the draws (default: 1)"}})
    all.push_back(option);
  return all;
}

const VerbEntry entry({"generate", "", "continue a prompt, with or without an adapter", options(), run, 62, false,
                       "Without --json the text is shown as it comes. --json: `tokens`, the new ids, `text`, and `ended`: eos, length or stop."});

}  // namespace
}  // namespace fedllm::app
