// fedllm pretrain: makes a base model from a recipe and a text. The recipe (resources/models/microworld/RECIPE.json is
// the shipped one) holds the corpus's hash, the tokenizer's size, the model's config.json and the training's numbers;
// what was measured is written beside the weights as a recipe that makes them again.
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>

#include "base/file.h"
#include "base/sha256.h"
#include "base/text.h"
#include "command_line.h"
#include "data/bpe_trainer.h"
#include "data/corpus.h"
#include "train/backend.h"

namespace fedllm::app {
namespace {

using Json = nlohmann::ordered_json;
constexpr const char* kWhere = "pretrain";

struct Recipe {
  Json json;
  data::BpeOptions tokenizer;
  train::PretrainOptions training;
};

Result<Recipe> parse_recipe(const std::string& path) {
  std::error_code error;
  const std::string file = std::filesystem::is_directory(path, error) ? path + "/RECIPE.json" : path;
  FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_file(file));
  try {
    Recipe recipe{.json = Json::parse(text)};
    const Json& training = recipe.json.at("training");
    recipe.json.at("corpus").at("sha256").get_ref<const std::string&>();
    recipe.json.at("model").at("vocab_size").get<int>();
    recipe.tokenizer.vocab_size = recipe.json.at("tokenizer").at("vocab_size");
    recipe.tokenizer.min_count = recipe.json.at("tokenizer").at("min_count");
    recipe.training.seed = training.at("seed");
    recipe.training.steps = training.at("steps");
    recipe.training.batch_size = training.at("batch_size");
    recipe.training.length = training.at("length");
    recipe.training.learning_rate = training.at("learning_rate");
    recipe.training.weight_decay = training.at("weight_decay");
    recipe.training.held_out_fraction = training.at("held_out_fraction");
    return recipe;
  } catch (const Json::exception& problem) {
    return invalid_argument(file + " is not a recipe: " + problem.what(), kWhere);
  }
}

// A recipe's figures hold for its own text only, so another text needs a recipe without a hash.
Status check_corpus(const Recipe& recipe, const std::string& path) {
  FEDLLM_ASSIGN_OR_RETURN(const std::string got, sha256_file(path));
  const std::string expected = recipe.json["corpus"]["sha256"];
  if (expected.empty() || expected == got) return {};
  return failed_precondition(path + " is not the recipe's text: expected SHA-256 " + expected + ", got " + got +
                                 " (set corpus.sha256 to \"\" in a copy of the recipe to train on another text)", kWhere);
}

Result<std::shared_ptr<const data::Tokenizer>> make_tokenizer(const Recipe& recipe, const std::string& corpus, const std::string& out) {
  data::BpeTrainer trainer;
  FEDLLM_RETURN_IF_ERROR(data::each_document(corpus, [&](std::string_view document) { return trainer.add(document); }));
  FEDLLM_ASSIGN_OR_RETURN(const data::BpeVocabulary vocabulary, trainer.train(recipe.tokenizer));
  FEDLLM_RETURN_IF_ERROR(data::write_tokenizer(vocabulary, out));
  return data::Tokenizer::load(out);
}

void show_progress(int64_t step, int64_t steps, double loss) {
  if (!isatty(STDERR_FILENO)) return;
  std::fprintf(stderr, "\rstep %lld of %lld, loss %.4f ", static_cast<long long>(step), static_cast<long long>(steps), loss);
  if (step == steps) std::fputc('\n', stderr);
}

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

Json measured(const train::PretrainResult& result, const data::CorpusFacts& corpus, double cpu_s) {
  return {{"held_out_loss", result.held_out_loss}, {"train_loss", result.train_loss}, {"seconds", std::round(result.seconds)},
          {"cpu_seconds", std::round(cpu_s)},      {"parameters", result.parameters}, {"corpus_tokens", corpus.tokens},
          {"trained_tokens", result.tokens}};
}

std::string sentence(const Json& now, const Json& before) {
  char text[256];
  std::snprintf(text, sizeof text, "%lld parameters, held-out loss %.4f, %.0f s", static_cast<long long>(now["parameters"]),
                now["held_out_loss"].get<double>(), now["seconds"].get<double>());
  std::string line = text;
  if (before.contains("held_out_loss")) {
    const double expected = before["held_out_loss"];
    std::snprintf(text, sizeof text, " (the recipe says %.4f: %+.2f %%)", expected,
                  100 * (now["held_out_loss"].get<double>() / expected - 1));
    line += text;
  }
  return line;
}

Status run(const Arguments& arguments) {
  const std::string corpus = arguments.value("--corpus"), out = arguments.value("--out");
  if (corpus.empty() || out.empty())
    return usage_error("pretrain needs --corpus FILE (made by resources/make_world.py corpus FILE) and --out FOLDER");
  FEDLLM_ASSIGN_OR_RETURN(Recipe recipe, parse_recipe(arguments.operands.at(0)));
  FEDLLM_ASSIGN_OR_RETURN(const int seed, arguments.number("--seed", static_cast<int>(recipe.training.seed), 0));
  FEDLLM_ASSIGN_OR_RETURN(const int steps, arguments.number("--steps", static_cast<int>(recipe.training.steps), 1));
  FEDLLM_RETURN_IF_ERROR(check_corpus(recipe, corpus));
  FEDLLM_ASSIGN_OR_RETURN(train::Backend* backend, train::open_backend());
  FEDLLM_RETURN_IF_ERROR(make_dirs(out));
  FEDLLM_ASSIGN_OR_RETURN(const auto tokenizer, make_tokenizer(recipe, corpus, out));

  train::PretrainOptions options = recipe.training;
  options.corpus = out + "/corpus.ids";
  FEDLLM_ASSIGN_OR_RETURN(const data::CorpusFacts facts, data::encode_corpus(corpus, *tokenizer, options.corpus));
  recipe.json["model"]["vocab_size"] = tokenizer->vocab_size();
  options.config_json = recipe.json["model"].dump(2) + "\n";
  options.out_dir = out;
  options.seed = static_cast<uint64_t>(seed);
  options.steps = steps;
  options.progress = show_progress;
  const double cpu_before = cpu_seconds();
  const auto result = backend->pretrain(options);
  const double cpu_s = cpu_seconds() - cpu_before;
  std::error_code ignored;
  std::filesystem::remove(options.corpus, ignored);
  FEDLLM_RETURN_IF_ERROR(result.status());

  const Json before = recipe.json.value("measured", Json::object());
  recipe.json["training"]["seed"] = seed;
  recipe.json["training"]["steps"] = steps;
  recipe.json["measured"] = measured(*result, facts, cpu_s);
  FEDLLM_RETURN_IF_ERROR(write_file_atomic(out + "/RECIPE.json", recipe.json.dump(2) + "\n"));
  print_line(arguments.json() ? recipe.json["measured"].dump() : sentence(recipe.json["measured"], before));
  return {};
}

const VerbEntry entry({"pretrain", "RECIPE", "make a base model from a recipe and a text",
                       {{"--corpus", "FILE", "the text, one document a line"},
                        {"--out", "FOLDER", "gets config.json, model.safetensors, tokenizer.json and RECIPE.json"},
                        {"--seed", "N", "instead of the recipe's seed"},
                        {"--steps", "N", "instead of the recipe's number of steps"}},
                       run, 80});

}  // namespace
}  // namespace fedllm::app
