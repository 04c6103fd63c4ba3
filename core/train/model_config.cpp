#include "train/model_config.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "train/config_reader.h"

namespace fedllm::train {
namespace {

using nlohmann::json;

constexpr double kMostParameters = 1e12;

struct Family {
  const char* type;
  ModelConfig (*read)(ConfigReader&, const std::string& type);
  ModelPlan (*plan)(const ModelConfig&);
  std::vector<const char*> buffers;   // ends of tensor names that older releases saved beside the weights
};
const Family kFamilies[] = {
    {"llama", read_llama, plan_llama, {".rotary_emb.inv_freq"}},
    {"mistral", read_llama, plan_llama, {".rotary_emb.inv_freq"}},
    {"qwen2", read_llama, plan_llama, {".rotary_emb.inv_freq"}},
    {"qwen3", read_llama, plan_llama, {".rotary_emb.inv_freq"}},
    {"gpt2", read_gpt2, plan_gpt2, {".attn.bias", ".attn.masked_bias"}},
    {"gpt_neox", read_gpt_neox, plan_gpt_neox, {".attention.bias", ".attention.masked_bias", ".rotary_emb.inv_freq"}},
};

const Family* family_of(const std::string& type) {
  const auto* found = std::find_if(std::begin(kFamilies), std::end(kFamilies), [&](const Family& f) { return type == f.type; });
  return found == std::end(kFamilies) ? nullptr : found;
}

std::string supported_types() {
  std::string list;
  for (const Family& family : kFamilies) list += (list.empty() ? "\"" : ", \"") + std::string(family.type) + "\"";
  return list;
}

std::string untied_head(const ModelConfig& config) { return config.model_type == "gpt_neox" ? "embed_out.weight" : "lm_head.weight"; }

// Of the smallest layer count that tells: every layer has the same tensors.
void check_parameters(ConfigReader& reader, const Family& family, ModelConfig config) {
  const auto count = [&](int layers) {
    config.layers = layers;
    double sum = 0;
    for (const TensorSpec& tensor : family.plan(config).tensors) sum += std::accumulate(tensor.shape.begin(), tensor.shape.end(), 1.0, std::multiplies<>());
    return sum;
  };
  const int layers = config.layers;
  const double one = count(1), parameters = one + (layers - 1) * (count(2) - one);
  if (parameters > kMostParameters) reader.fail("the sizes give " + std::to_string(parameters / 1e12) + "e12 parameters, expected at most 1e12");
}

}  // namespace

Result<ModelConfig> parse_config(const std::string& text, const std::string& where) {
  const json root = json::parse(text, nullptr, false);
  if (!root.is_object()) return invalid_argument(where + " is not a JSON object", "train.config");
  const auto type = root.find("model_type");
  if (type == root.end() || !type->is_string()) return invalid_argument(where + ": \"model_type\" is missing", "train.config");
  const Family* family = family_of(*type);
  if (!family) return invalid_argument(where + ": model_type " + type->dump(-1, ' ', true, json::error_handler_t::replace) + " is not supported; supported: " + supported_types(), "train.config");
  ConfigReader reader(root, where);
  ModelConfig config = family->read(reader, *type);
  FEDLLM_RETURN_IF_ERROR(reader.finish());
  check_parameters(reader, *family, config);
  FEDLLM_RETURN_IF_ERROR(reader.finish());
  return config;
}

ModelPlan plan_of(const ModelConfig& config) { return family_of(config.model_type)->plan(config); }

std::vector<spec::LinearFacts> linear_facts(const ModelPlan& plan) {
  std::vector<spec::LinearFacts> facts;
  for (const LinearPlan& linear : plan.linears) facts.push_back({linear.name, linear.in_features, linear.out_features});
  facts.push_back({plan.head_linear.name, plan.head_linear.in_features, plan.head_linear.out_features, true});
  return facts;
}

std::vector<spec::TensorFacts> tensor_facts(const ModelConfig& config, const ModelPlan& plan) {
  std::vector<spec::TensorFacts> facts;
  for (const TensorSpec& tensor : plan.tensors) facts.push_back({tensor.name, tensor.shape});
  if (plan.head == plan.embedding) facts.push_back({untied_head(config), {config.vocab_size, config.hidden_size}});
  return facts;
}

bool may_ignore_tensor(const ModelConfig& config, const std::string& name) {
  if (config.tie_word_embeddings && name == untied_head(config)) return true;
  const auto& buffers = family_of(config.model_type)->buffers;
  return std::any_of(buffers.begin(), buffers.end(), [&](const char* end) { return name.ends_with(end); });
}

}  // namespace fedllm::train
