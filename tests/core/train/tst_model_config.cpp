// Configs: what each architecture asks for, what an absent key means, and what is refused with which sentence.
#include <QTest>

#include <algorithm>
#include <cmath>
#include <string>

#include "train/model_config.h"

using namespace fedllm;
using train::ModelConfig;

Q_DECLARE_METATYPE(std::string)

namespace {

const std::string kLlama = R"("vocab_size": 40, "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2)";
const std::string kGpt2 = R"("vocab_size": 40, "n_embd": 24, "n_layer": 3, "n_head": 4)";
const std::string kNeox = R"("vocab_size": 40, "hidden_size": 64, "intermediate_size": 40, "num_hidden_layers": 3, "num_attention_heads": 4)";

std::string config(const std::string& type, const std::string& extra = {}) {
  const std::string& sizes = type == "gpt2" ? kGpt2 : type == "gpt_neox" ? kNeox : kLlama;
  return R"({"model_type": ")" + type + "\", " + sizes + (extra.empty() ? "" : ", " + extra) + "}";
}

Result<ModelConfig> parse(const std::string& json) { return train::parse_config(json, "config.json"); }
ModelConfig must(const std::string& json) {
  auto result = parse(json);
  if (!result.ok()) throw std::runtime_error(result.status().to_string());
  return *result;
}

std::string tensor_names(const ModelConfig& config) {
  std::string names;
  for (const auto& tensor : train::plan_of(config).tensors) names += tensor.name + " ";
  return names;
}

}  // namespace

class TestModelConfig : public QObject {
  Q_OBJECT
 private slots:
  void refused_data() {
    QTest::addColumn<std::string>("json");
    QTest::addColumn<std::string>("says");
    const auto row = [](const char* name, const std::string& json, const char* says) { QTest::newRow(name) << json << std::string(says); };
    row("other type", R"({"model_type": "mamba"})", R"(model_type "mamba" is not supported; supported: "llama", "mistral", "qwen2", "qwen3", "gpt2", "gpt_neox")");
    // Rotary positions.
    row("longrope", config("llama", R"("rope_scaling": {"type": "longrope", "short_factor": [1], "long_factor": [2]})"), R"("rope_scaling": expected "default", "linear", "dynamic", "llama3" or "yarn", got "longrope")");
    row("mrope", config("qwen2", R"("rope_scaling": {"type": "mrope", "mrope_section": [1, 1, 1]})"), R"(got "mrope")");
    row("two types", config("llama", R"("rope_scaling": {"type": "linear", "rope_type": "yarn", "factor": 2})"), R"("rope_scaling" says both "yarn" and "linear")");
    row("no factor", config("llama", R"("rope_scaling": {"type": "linear"})"), R"("rope_scaling.factor" is missing)");
    row("negative factor", config("llama", R"("rope_scaling": {"type": "linear", "factor": -2})"), R"("rope_scaling.factor": expected a positive number, got -2)");
    row("unknown key", config("llama", R"("rope_scaling": {"type": "linear", "factor": 2, "low_freq_factor": 1})"), R"(asks for "rope_scaling.low_freq_factor" = 1)");
    row("llama3 without its factors", config("llama", R"("rope_scaling": {"rope_type": "llama3", "factor": 8, "original_max_position_embeddings": 32})"), R"("rope_scaling.low_freq_factor" is missing)");
    row("llama3 upside down", config("llama", R"("rope_scaling": {"rope_type": "llama3", "factor": 8, "original_max_position_embeddings": 32, "low_freq_factor": 4, "high_freq_factor": 1})"), "expected high_freq_factor above low_freq_factor");
    row("yarn upside down", config("llama", R"("rope_scaling": {"rope_type": "yarn", "factor": 8, "beta_fast": 1, "beta_slow": 32})"), "expected beta_fast above beta_slow");
    row("both places", config("llama", R"("rope_scaling": {"type": "linear", "factor": 2}, "rope_parameters": {"rope_type": "linear", "factor": 4})"), R"("rope_scaling" and "rope_parameters" differ)");
    row("by layer type", config("qwen3", R"("rope_parameters": {"full_attention": {"rope_type": "default"}})"), R"(asks for "rope_parameters.full_attention")");
    row("partly rotated llama", config("llama", R"("rope_parameters": {"rope_type": "default", "partial_rotary_factor": 0.5})"), R"("rope_parameters.partial_rotary_factor" = 0.5)");
    row("rope as text", config("llama", R"("rope_scaling": "linear")"), R"("rope_scaling": expected an object)");
    row("odd head", config("llama", R"("head_dim": 7)"), "head_dim must be even for rotary positions, got 7");
    // Windows and layers.
    row("window of a llama", config("llama", R"("sliding_window": 8)"), R"(asks for "sliding_window" = 8)");
    row("negative window", config("mistral", R"("sliding_window": -8)"), R"("sliding_window": expected a whole number)");
    row("few layer types", config("qwen2", R"("layer_types": ["full_attention"])"), R"("layer_types": expected 3 entries)");
    row("strange layer type", config("qwen2", R"("layer_types": ["full_attention", "linear_attention", "full_attention"])"), R"(got "linear_attention")");
    row("sliding without a window", config("qwen3", R"("layer_types": ["full_attention", "sliding_attention", "full_attention"])"), "there is no sliding_window");
    // Activations, dropouts, quantisation, others' keys.
    row("activation", config("llama", R"("hidden_act": "quick_gelu")"), R"("hidden_act": expected one of "silu", "swish", "gelu")");
    row("activation of gpt2", config("gpt2", R"("activation_function": "tanh")"), R"("activation_function": expected one of)");
    row("quantised", config("gpt_neox", R"("quantization_config": {"bits": 4})"), R"(asks for "quantization_config" = {"bits":4}, which this version does not do)");
    for (const char* type : {"llama", "mistral", "qwen2", "qwen3", "gpt_neox"})
      QTest::newRow((std::string("dropout of ") + type).c_str()) << config(type, R"("attention_dropout": 0.1)") << std::string(R"(asks for "attention_dropout" = 0.1)");
    row("hidden dropout", config("gpt_neox", R"("hidden_dropout": 0.1)"), R"(asks for "hidden_dropout" = 0.1)");
    row("cross attention", config("gpt2", R"("add_cross_attention": true)"), R"(asks for "add_cross_attention" = true)");
    row("experts", config("qwen2", R"("num_experts": 8)"), R"(asks for "num_experts" = 8)");
    row("bias of a mistral", config("mistral", R"("attention_bias": true)"), R"(asks for "attention_bias" = true)");
    row("embedding scale", config("llama", R"("embedding_multiplier": 12.0)"), R"(asks for "embedding_multiplier" = 12.0)");
    // Sizes.
    row("no width", R"({"model_type": "gpt2", "vocab_size": 40, "n_layer": 1, "n_head": 1})", R"("n_embd" is missing)");
    row("heads of gpt2", config("gpt2", R"("n_head": 5)"), "n_embd (24) is not a multiple of n_head (5)");
    row("heads of gpt_neox", config("gpt_neox", R"("num_attention_heads": 5)"), "hidden_size (64) is not a multiple of num_attention_heads (5)");
    row("nothing rotated", config("gpt_neox", R"("rotary_pct": 0.01)"), R"("rotary_pct": expected at least two rotated floats)");
    row("too much rotated", config("gpt_neox", R"("rotary_pct": 1.5)"), R"("rotary_pct": expected at most 1)");
    row("two rotated parts", config("gpt_neox", R"("rotary_pct": 0.5, "partial_rotary_factor": 0.25)"), R"("rotary_pct" and "partial_rotary_factor" differ)");
    row("two bases", config("gpt_neox", R"("rotary_emb_base": 10000, "rope_theta": 5000)"), R"("rotary_emb_base" and "rope_theta" differ)");
    row("heads of qwen2", R"({"model_type": "qwen2", "vocab_size": 4, "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2})", "is not a multiple of num_key_value_heads (32)");
    row("wide gpt2", config("gpt2", R"("n_embd": 268435456)"), R"("n_embd": expected a whole number of 1 to 67108864)");
    row("parameters of gpt2", config("gpt2", R"("n_embd": 60000000, "n_head": 1)"), "expected at most");
    row("not a text", config("llama", R"("hidden_act": 3)"), R"("hidden_act": expected a text, got 3)");
    row("not a truth", config("gpt_neox", R"("use_parallel_residual": 1)"), R"("use_parallel_residual": expected true or false, got 1)");
    row("bytes that are no text", config("llama", "\"a\xff\": 1"), "not a JSON object");
  }
  void refused() {
    QFETCH(std::string, json);
    QFETCH(std::string, says);
    const Status status = parse(json).status();
    QCOMPARE(status.code(), Code::invalid_argument);
    QVERIFY2(status.message().find(says) != std::string::npos, status.to_string().c_str());
    QVERIFY2(status.message().find('\n') == std::string::npos && status.message().size() < 400, status.to_string().c_str());
  }

  void absentKeysMeanTheFamilysDefaults() {
    const ModelConfig llama = must(config("llama"));
    QCOMPARE(llama.max_positions, 2048);
    QCOMPARE(llama.head_dim, 6);
    QVERIFY(!llama.attention_bias && !llama.tie_word_embeddings && llama.gated && llama.windows == std::vector<int>(3, 0));
    const ModelConfig mistral = must(config("mistral"));
    QCOMPARE(mistral.windows, std::vector<int>(3, 4096));
    QCOMPARE(mistral.max_positions, 131072);
    QCOMPARE(must(config("mistral", R"("sliding_window": null)")).windows, std::vector<int>(3, 0));
    const ModelConfig qwen2 = must(config("qwen2"));
    QVERIFY(qwen2.attention_bias && !qwen2.qk_norm && qwen2.windows == std::vector<int>(3, 0));
    const ModelConfig qwen3 = must(config("qwen3"));
    QCOMPARE(qwen3.head_dim, 128);
    QVERIFY(qwen3.qk_norm && !qwen3.attention_bias);
    const ModelConfig gpt2 = must(config("gpt2"));
    QCOMPARE(gpt2.intermediate_size, 96);
    QCOMPARE(gpt2.max_positions, 1024);
    QVERIFY(gpt2.tie_word_embeddings && gpt2.learned_positions && gpt2.rope.dim == 0 && gpt2.activation == train::Activation::gelu_tanh && gpt2.norm == train::NormKind::layer);
    const ModelConfig neox = must(config("gpt_neox"));
    QVERIFY(neox.parallel_residual && neox.attention_bias && !neox.tie_word_embeddings && neox.activation == train::Activation::gelu);
    QCOMPARE(neox.rope.dim, 4);        // a quarter of 16
  }

  void windowsByRelease() {
    const std::string keys = R"("use_sliding_window": true, "sliding_window": 8, "max_window_layers": 2)";
    QCOMPARE(must(config("qwen2", keys)).windows, (std::vector<int>{0, 0, 8}));
    QCOMPARE(must(config("qwen2", keys + R"(, "transformers_version": "4.57.0")")).windows, (std::vector<int>{0, 0, 8}));
    QCOMPARE(must(config("qwen2", keys + R"(, "transformers_version": "4.48.0.dev0")")).windows, (std::vector<int>{8, 8, 8}));
    QCOMPARE(must(config("qwen3", keys + R"(, "layer_types": ["sliding_attention", "full_attention", "full_attention"])")).windows, (std::vector<int>{8, 0, 0}));
    QCOMPARE(must(config("llama", R"("layer_types": ["full_attention", "full_attention", "full_attention"])")).windows, std::vector<int>(3, 0));
  }

  void scalesByLayer() {
    const double one = 1 / std::sqrt(6.0);
    QCOMPARE(must(config("gpt2")).attention_scales, std::vector<double>(3, one));
    QCOMPARE(must(config("gpt2", R"("scale_attn_by_inverse_layer_idx": true)")).attention_scales, (std::vector<double>{one, one / 2, one / 3}));
    QCOMPARE(must(config("gpt2", R"("scale_attn_weights": false)")).attention_scales, std::vector<double>(3, 1.0));
  }

  // Every published gpt2 names dropouts that its users' evaluation never sees; they are stated, not silently left out.
  void dropoutsOfGpt2AreStated() {
    const ModelConfig config_ = must(config("gpt2", R"("attn_pdrop": 0.1, "embd_pdrop": 0.0, "resid_pdrop": 0.1, "summary_first_dropout": 0.1)"));
    QCOMPARE(config_.notes.size(), size_t{2});
    QVERIFY(config_.notes[0].find("attn_pdrop 0.1 is not applied") == 0);
    QVERIFY(!parse(config("gpt2", R"("attn_pdrop": "much")")).ok());
  }

  void scalings() {
    const train::Rope yarn = must(config("llama", R"("max_position_embeddings": 128, "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32})")).rope;
    QVERIFY(yarn.scaling == train::RopeScaling::yarn);
    QCOMPARE(yarn.original_positions, 32);
    QCOMPARE(yarn.attention_factor, 0.1 * std::log(4.0) + 1);
    QCOMPARE(must(config("llama", R"("max_position_embeddings": 128, "transformers_version": "4.48.0", "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32})")).rope.original_positions, 128);
    const ModelConfig dynamic = must(config("llama", R"("max_position_embeddings": 16, "rope_scaling": {"type": "dynamic", "factor": 2})"));
    QCOMPARE(dynamic.rope.original_positions, 16);
    QVERIFY(dynamic.max_positions >= 32);
    QCOMPARE(must(config("llama", R"("max_position_embeddings": 16, "rope_scaling": {"type": "linear", "factor": 2.5})")).max_positions, 40);
    QCOMPARE(must(config("llama", R"("rope_parameters": {"rope_type": "default", "rope_theta": 5e5})")).rope.theta, 5e5);
    const ModelConfig neox = must(config("gpt_neox", R"("rope_parameters": {"rope_type": "default", "rope_theta": 5e5, "partial_rotary_factor": 0.5})"));
    QCOMPARE(neox.rope.theta, 5e5);
    QCOMPARE(neox.rope.dim, 8);
  }

  void plansNameEveryTensor() {
    const ModelConfig gpt2 = must(config("gpt2"));
    const auto plan = train::plan_of(gpt2);
    QCOMPARE(plan.tensors.size(), size_t{2 + 3 * 12 + 2});
    QCOMPARE(plan.linears[0].name, std::string("transformer.h.0.attn.c_attn"));
    QVERIFY(plan.linears[0].transposed && plan.linears[0].bias && plan.linears[0].index == 0);
    QCOMPARE(plan.linears[11].index, 11);
    const auto c_fc = std::find_if(plan.tensors.begin(), plan.tensors.end(), [](const auto& t) { return t.name == "transformer.h.2.mlp.c_fc.weight"; });
    QCOMPARE(c_fc->shape, (std::vector<int64_t>{24, 96}));
    QCOMPARE(plan.head, plan.embedding);
    QCOMPARE(train::tensor_facts(gpt2, plan).back().name, std::string("lm_head.weight"));
    const auto neox = train::plan_of(must(config("gpt_neox")));
    QCOMPARE(neox.head, std::string("embed_out.weight"));
    QCOMPARE(neox.linears[0].out_features, 192);
    QVERIFY(tensor_names(must(config("qwen2"))).find("self_attn.o_proj.bias") == std::string::npos);
    QVERIFY(tensor_names(must(config("qwen2"))).find("self_attn.q_proj.bias") != std::string::npos);
    QVERIFY(tensor_names(must(config("qwen3"))).find("self_attn.q_norm.weight") != std::string::npos);
    QVERIFY(tensor_names(must(config("gpt_neox", R"("attention_bias": false)"))).find("attention.dense.bias") == std::string::npos);
  }

  void buffersOfOldFilesAreIgnored() {
    const ModelConfig gpt2 = must(config("gpt2")), llama = must(config("llama")), neox = must(config("gpt_neox"));
    QVERIFY(train::may_ignore_tensor(gpt2, "h.0.attn.bias") && train::may_ignore_tensor(gpt2, "transformer.h.0.attn.masked_bias") && train::may_ignore_tensor(gpt2, "lm_head.weight"));
    QVERIFY(!train::may_ignore_tensor(gpt2, "h.0.attn.c_attn.bias") && !train::may_ignore_tensor(gpt2, "score.weight"));
    QVERIFY(train::may_ignore_tensor(llama, "model.layers.0.self_attn.rotary_emb.inv_freq") && !train::may_ignore_tensor(llama, "lm_head.weight"));
    QVERIFY(train::may_ignore_tensor(neox, "gpt_neox.layers.0.attention.masked_bias") && !train::may_ignore_tensor(neox, "embed_out.weight"));
  }

  // The configs of well-known models, keys as published.
  void publishedConfigs() {
    QVERIFY(parse(R"({"_name_or_path": "x", "architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 128000, "eos_token_id": [128001, 128008, 128009],
      "head_dim": 64, "hidden_act": "silu", "hidden_size": 2048, "initializer_range": 0.02, "intermediate_size": 8192, "max_position_embeddings": 131072, "mlp_bias": false, "model_type": "llama",
      "num_attention_heads": 32, "num_hidden_layers": 16, "num_key_value_heads": 8, "pretraining_tp": 1, "rms_norm_eps": 1e-05, "rope_scaling": {"factor": 32.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0,
      "original_max_position_embeddings": 8192, "rope_type": "llama3"}, "rope_theta": 500000.0, "tie_word_embeddings": true, "torch_dtype": "bfloat16", "transformers_version": "4.45.0.dev0", "use_cache": true, "vocab_size": 128256})").ok());
    QVERIFY(parse(R"({"architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 0, "eos_token_id": 0, "hidden_act": "silu", "hidden_size": 576, "initializer_range": 0.041666666666666664,
      "intermediate_size": 1536, "is_llama_config": true, "max_position_embeddings": 8192, "model_type": "llama", "num_attention_heads": 9, "num_hidden_layers": 30, "num_key_value_heads": 3, "pretraining_tp": 1,
      "rms_norm_eps": 1e-05, "rope_interleaved": false, "rope_scaling": null, "rope_theta": 100000, "tie_word_embeddings": true, "torch_dtype": "bfloat16", "transformers_version": "4.40.1", "use_cache": true, "vocab_size": 49152})").ok());
    QVERIFY(parse(R"({"activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"], "attn_pdrop": 0.1, "bos_token_id": 50256, "embd_pdrop": 0.1, "eos_token_id": 50256, "initializer_range": 0.02,
      "layer_norm_epsilon": 1e-05, "model_type": "gpt2", "n_ctx": 1024, "n_embd": 768, "n_head": 12, "n_layer": 12, "n_positions": 1024, "resid_pdrop": 0.1, "summary_activation": null, "summary_first_dropout": 0.1,
      "summary_proj_to_labels": true, "summary_type": "cls_index", "summary_use_proj": true, "task_specific_params": {"text-generation": {"do_sample": true, "max_length": 50}}, "vocab_size": 50257})").ok());
    QVERIFY(parse(R"({"architectures": ["GPTNeoXForCausalLM"], "bos_token_id": 0, "eos_token_id": 0, "hidden_act": "gelu", "hidden_size": 512, "initializer_range": 0.02, "intermediate_size": 2048, "layer_norm_eps": 1e-05,
      "max_position_embeddings": 2048, "model_type": "gpt_neox", "num_attention_heads": 8, "num_hidden_layers": 6, "rotary_emb_base": 10000, "rotary_pct": 0.25, "tie_word_embeddings": false, "torch_dtype": "float16",
      "transformers_version": "4.24.0", "use_cache": true, "use_parallel_residual": true, "vocab_size": 50304})").ok());
    QVERIFY(parse(R"({"architectures": ["MistralForCausalLM"], "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu", "hidden_size": 4096, "initializer_range": 0.02, "intermediate_size": 14336, "max_position_embeddings": 32768,
      "model_type": "mistral", "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8, "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "sliding_window": 4096, "tie_word_embeddings": false,
      "torch_dtype": "bfloat16", "transformers_version": "4.34.0.dev0", "use_cache": true, "vocab_size": 32000})").ok());
    QVERIFY(parse(R"({"architectures": ["Qwen3ForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 151643, "eos_token_id": 151645, "head_dim": 128, "hidden_act": "silu", "hidden_size": 1024,
      "initializer_range": 0.02, "intermediate_size": 3072, "max_position_embeddings": 40960, "max_window_layers": 28, "model_type": "qwen3", "num_attention_heads": 16, "num_hidden_layers": 28, "num_key_value_heads": 8,
      "rms_norm_eps": 1e-06, "rope_scaling": null, "rope_theta": 1000000, "sliding_window": null, "tie_word_embeddings": true, "torch_dtype": "bfloat16", "transformers_version": "4.51.0", "use_cache": true,
      "use_sliding_window": false, "vocab_size": 151936})").ok());
  }
};

QTEST_GUILESS_MAIN(TestModelConfig)
#include "tst_model_config.moc"
