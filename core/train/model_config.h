// ModelConfig: what a config.json asks for, checked, in one vocabulary for every architecture; and ModelPlan: the tensors
// and modules that follow from it, in model order, by the role each plays. Values, torch-free. Whatever a config asks for
// and this version does not do is an error that names the key; accepted sizes multiply without overflow.
// Architectures: llama, mistral, qwen2, qwen3, gpt2, gpt_neox, as Hugging Face transformers computes them. Each is one file
// config_<family>.cpp that fills a ModelConfig and names its tensors.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "spec/forecast.h"

namespace fedllm::train {

enum class NormKind { rms, layer };                          // RMSNorm (gain), LayerNorm (gain and bias)
enum class Activation { silu, gelu, gelu_tanh, relu };       // gelu: with erf; gelu_tanh: gelu_new, gelu_pytorch_tanh
enum class RopeScaling { none, linear, dynamic, llama3, yarn };
// How one projection's rows hold queries, keys and values.
enum class QkvLayout {
  separate,                          // three linears: q, k, v
  blocks,                            // one: all queries, then all keys, then all values (gpt2)
  per_head,                          // one: for each head its query, key and value (gpt_neox)
};

struct Rope {
  int dim = 0;                       // rotated floats of each head, the first ones; 0: no rotary positions
  double theta = 10000;
  RopeScaling scaling = RopeScaling::none;
  double factor = 1;
  int original_positions = 0;        // llama3, yarn, dynamic: positions the model was trained with
  double low_frequency_factor = 1, high_frequency_factor = 4;               // llama3
  double beta_fast = 32, beta_slow = 1, attention_factor = 1;               // yarn; attention_factor multiplies cos and sin
  bool truncate = true;              // yarn: correction range rounded to whole dimensions
};

struct ModelConfig {
  std::string model_type;            // "llama"
  int vocab_size = 0, hidden_size = 0, intermediate_size = 0, layers = 0, heads = 0, kv_heads = 0, head_dim = 0;
  int max_positions = 0;
  NormKind norm = NormKind::rms;
  double norm_eps = 1e-6, initializer_range = 0.02;
  Activation activation = Activation::silu;
  bool gated = true;                 // MLP: down(act(gate x) * up x); else out(act(in x))
  bool parallel_residual = false;    // x + attention(norm1 x) + mlp(norm2 x)
  bool qk_norm = false;              // RMSNorm of every head's query and key before the rotation (gain [head_dim])
  bool learned_positions = false;    // a table of positions is added to the embedding
  QkvLayout qkv = QkvLayout::separate;
  Rope rope;
  std::vector<int> windows;          // per layer: a query sees this many latest keys, itself included; 0: all
  std::vector<double> attention_scales;   // per layer: factor of q k^T
  bool tie_word_embeddings = false, attention_bias = false, mlp_bias = false;
  int eos_token_id = -1;             // the first, where there are several; -1: none within the vocabulary
  std::vector<std::string> notes;    // sentences for a person: settings that are read and, knowingly, not applied
};

struct TensorSpec {
  std::string name;                  // as save_pretrained writes it
  std::vector<int64_t> shape;
};

// One linear module: the tensor "<name>.weight" is [out, in], or [in, out] where `transposed` (Conv1D); "<name>.bias" [out].
struct LinearPlan {
  std::string name;                  // "model.layers.0.self_attn.q_proj"
  int in_features = 0, out_features = 0;
  bool transposed = false, bias = false;
  int index = -1;                    // place in ModelPlan::linears; of the head, behind them
};
// Gain (and bias, for LayerNorm) are "<name>.weight" and "<name>.bias"; an empty name: no such norm.
struct NormPlan { std::string name; int width = 0; };

struct LayerPlan {
  NormPlan attention_norm, mlp_norm, q_norm, k_norm;
  std::vector<LinearPlan> qkv;       // 3 or 1
  LinearPlan attention_out;
  std::vector<LinearPlan> mlp_in;    // gate, up; or one
  LinearPlan mlp_out;
};

struct ModelPlan {
  std::string embedding, positions;  // tensors [vocab, hidden], [max_positions, hidden]; positions may be empty
  std::vector<LayerPlan> layers;
  NormPlan final_norm;
  std::string head;                  // tensor [vocab, hidden]; the embedding where tied
  LinearPlan head_linear;            // the head as a module; its weight is `head`
  std::vector<LinearPlan> linears;   // of all layers, in model order
  std::vector<TensorSpec> tensors;   // every tensor the network needs
  std::string optional_prefix;       // files of the bare model lack this prefix of tensor names ("transformer.", "model.", "gpt_neox.")
};

// The text of a config.json; `where` (its path) goes into messages.
Result<ModelConfig> parse_config(const std::string& text, const std::string& where);
ModelPlan plan_of(const ModelConfig& config);
// The same modules as facts for the forecast and LoRA layouts, and the head.
std::vector<spec::LinearFacts> linear_facts(const ModelPlan& plan);
// Every tensor by name; a tied head stands under the name that it would have alone, so that modules_to_save finds it.
std::vector<spec::TensorFacts> tensor_facts(const ModelConfig& config, const ModelPlan& plan);
// A tensor that checkpoints carry and the network does not need (rotary frequencies, causal masks, a tied head).
bool may_ignore_tensor(const ModelConfig& config, const std::string& name);

}  // namespace fedllm::train
