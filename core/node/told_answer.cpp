#include "node/told_answer.h"

#include "base/clock.h"
#include "data/token_text.h"
#include "train/prompt_check.h"

namespace fedllm::node {
namespace {

constexpr int kDefaultNewTokens = 32;

void add_choices(const train::Generated& made, const data::Tokenizer& tokenizer, wire::TryReply& reply) {
  if (made.choices.empty()) return;
  for (const train::TokenChoice& choice : made.choices.front()) {
    wire::TryChoice* one = reply.add_first_choices();
    one->set_text(tokenizer.token_text(choice.id));
    one->set_probability(choice.probability);
  }
}

}  // namespace

Result<train::GenerateOptions> generate_options(const wire::TryRequest& request) {
  train::GenerateOptions options;
  if (request.max_new_tokens() < 0)
    return invalid_argument("expected 0 new tokens or more, got " + std::to_string(request.max_new_tokens()), "node.answer");
  options.max_new_tokens = request.max_new_tokens() == 0 ? kDefaultNewTokens : request.max_new_tokens();
  options.sampling.temperature = request.temperature();
  options.sampling.top_k = request.top_k();
  if (request.has_top_p()) options.sampling.top_p = request.top_p();
  if (request.has_repetition_penalty()) options.sampling.repetition_penalty = request.repetition_penalty();
  if (request.has_seed()) options.sampling.seed = request.seed();
  FEDLLM_RETURN_IF_ERROR(train::check_sampling(options.sampling));
  return options;
}

Result<wire::TryReply> tell_answer(const Speaker& speaker, std::span<const int32_t> prompt, train::GenerateOptions options,
                                   const std::vector<std::string>& stops, const Listener& listener) {
  FEDLLM_RETURN_IF_ERROR(train::check_prompt(prompt, speaker.base->vocab_size(), speaker.base->max_positions()));
  SystemClock clock;
  data::TokenText text(speaker.tokenizer, stops);
  int tokens = 0;
  double first_s = 0, last_s = 0;
  const auto tell = [&](const std::string& fresh) {
    if (listener.on_text) listener.on_text(fresh, tokens);
  };
  options.stop = listener.stop;
  options.on_token = [&](int32_t id) {
    last_s = clock.seconds();
    if (++tokens == 1) first_s = last_s;
    tell(id == options.eos_id ? std::string() : text.add(id));
    return !text.stopped();
  };
  FEDLLM_ASSIGN_OR_RETURN(const train::Generated made, speaker.backend->generate(*speaker.base, speaker.adapter, prompt, options));
  if (const std::string rest = text.finish(); !rest.empty()) tell(rest);
  wire::TryReply reply;
  reply.set_answer(text.text());
  add_choices(made, *speaker.tokenizer, reply);
  reply.set_prompt_tokens(static_cast<int>(prompt.size()));
  reply.set_tokens(tokens);
  if (tokens > 1 && last_s > first_s) reply.set_tokens_per_s((tokens - 1) / (last_s - first_s));
  const bool ended = !made.ids.empty() && made.ids.back() == options.eos_id;
  reply.set_ended(text.stopped() ? "stop" : ended ? "eos" : "length");
  return reply;
}

}  // namespace fedllm::node
