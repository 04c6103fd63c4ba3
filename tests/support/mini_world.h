// MiniWorld: a temporary home with a tiny base model (weights, config, byte-level tokenizer), an instruction data set of
// three labels with a control file, and scenarios on them. Small enough that a whole run with the no-op backend takes
// milliseconds. The folder is removed at the end.
#pragma once

#include <QTemporaryDir>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "adapter/safetensors.h"
#include "base/home.h"
#include "ledger/ledger.h"
#include "spec/scenario_json.h"

namespace fedllm::tests {

inline void write_text(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
}

// The printable stand-ins that byte-level BPE uses for bytes (GPT-2's table).
inline std::string byte_stand_in(int byte) {
  auto plain = [](int b) { return (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174; };
  int code = byte;
  if (!plain(byte)) {
    code = 256;
    for (int b = 0; b < byte; ++b) code += plain(b) ? 0 : 1;
  }
  if (code < 128) return std::string(1, static_cast<char>(code));
  return {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 63))};
}

inline void write_tokenizer(const std::string& folder, int extra_tokens = 0) {
  nlohmann::json vocab;
  for (int byte = 0; byte < 256; ++byte) vocab[byte_stand_in(byte)] = byte;
  for (int i = 0; i < extra_tokens; ++i) vocab["extra" + std::to_string(i)] = 257 + i;
  const nlohmann::json level = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
  const nlohmann::json eos = {{"id", 256},       {"content", "<eos>"},  {"single_word", false}, {"lstrip", false},
                              {"rstrip", false}, {"normalized", false}, {"special", true}};
  const nlohmann::json tokenizer = {{"version", "1.0"},
                                    {"truncation", nullptr},
                                    {"padding", nullptr},
                                    {"added_tokens", {eos}},
                                    {"normalizer", nullptr},
                                    {"pre_tokenizer", level},
                                    {"post_processor", nullptr},
                                    {"decoder", level},
                                    {"model",
                                     {{"type", "BPE"},
                                      {"dropout", nullptr},
                                      {"unk_token", nullptr},
                                      {"continuing_subword_prefix", nullptr},
                                      {"end_of_word_suffix", nullptr},
                                      {"fuse_unk", false},
                                      {"byte_fallback", false},
                                      {"vocab", vocab},
                                      {"merges", nlohmann::json::array()}}}};
  write_text(folder + "/tokenizer.json", tokenizer.dump());
  write_text(folder + "/tokenizer_config.json", R"({"eos_token": "<eos>"})");
}

// Heads of 8; hidden and kv are multiples of it.
struct ModelShape {
  int hidden = 16, kv = 8, layers = 2, vocab = 257, positions = 256;
};

inline void write_model(const std::string& folder, const ModelShape& shape = {}) {
  write_text(folder + "/config.json", nlohmann::json{{"architectures", {"LlamaForCausalLM"}},
                                                     {"model_type", "llama"},
                                                     {"hidden_size", shape.hidden},
                                                     {"intermediate_size", 2 * shape.hidden},
                                                     {"num_attention_heads", shape.hidden / 8},
                                                     {"num_key_value_heads", shape.kv / 8},
                                                     {"tie_word_embeddings", true},
                                                     {"num_hidden_layers", shape.layers},
                                                     {"vocab_size", shape.vocab},
                                                     {"max_position_embeddings", shape.positions}}
                                          .dump());
  std::vector<adapter::TensorToWrite> tensors;
  auto add = [&](const std::string& name, int out, int in) {
    tensors.push_back(
        adapter::float_tensor(name, {out, in}, std::vector<float>(static_cast<size_t>(out) * static_cast<size_t>(in), 0.01f)));
  };
  auto add_norm = [&](const std::string& name) {
    tensors.push_back(adapter::float_tensor(name, {shape.hidden}, std::vector<float>(static_cast<size_t>(shape.hidden), 1.0f)));
  };
  add("model.embed_tokens.weight", shape.vocab, shape.hidden);
  for (int layer = 0; layer < shape.layers; ++layer) {
    const std::string block = "model.layers." + std::to_string(layer) + ".";
    add(block + "self_attn.q_proj.weight", shape.hidden, shape.hidden);
    add(block + "self_attn.k_proj.weight", shape.kv, shape.hidden);
    add(block + "self_attn.v_proj.weight", shape.kv, shape.hidden);
    add(block + "self_attn.o_proj.weight", shape.hidden, shape.hidden);
    for (const char* name : {"mlp.gate_proj.weight", "mlp.up_proj.weight"}) add(block + name, 2 * shape.hidden, shape.hidden);
    add(block + "mlp.down_proj.weight", shape.hidden, 2 * shape.hidden);
    for (const char* name : {"input_layernorm.weight", "post_attention_layernorm.weight"}) add_norm(block + name);
  }
  add_norm("model.norm.weight");
  write_text(folder + "/model.safetensors", adapter::serialize_safetensors(std::move(tensors)));
  write_tokenizer(folder);
}

inline std::string record_line(const std::string& label, int i) {
  return nlohmann::json{{"instruction", "Which " + label + " is number " + std::to_string(i) + "?"},
                        {"response", label.substr(0, 3) + std::to_string(i * 7 % 13)},
                        {"label", label}}
             .dump() +
         "\n";
}

class MiniWorld {
 public:
  explicit MiniWorld(const ModelShape& shape = {}) {
    for (const char* folder : {"/base", "/home"}) std::filesystem::create_directories(path(folder));
    write_model(path("/base"), shape);
    std::string train, control;
    for (int i = 0; i < 40; ++i) {
      for (const char* label : {"animal", "colour", "tool"}) train += record_line(label, i);
      if (i < 12)
        control += nlohmann::json{{"instruction", "How big is " + std::to_string(i) + "?"}, {"response", "small"}}.dump() + "\n";
    }
    write_text(path("/train.jsonl"), train);
    write_text(path("/size.jsonl"), control);
    scenario.name = "mini";
    scenario.seed = 7;
    scenario.base_model = "base";
    scenario.dataset.files = {"train.jsonl"};
    scenario.dataset.label = "label";
    scenario.dataset.test_fraction = 0.2;
    scenario.evaluation.control_files = {"size.jsonl"};
    scenario.partition.clients = 4;
    scenario.lora.rank = 2;
    scenario.lora.alpha = 4;
    scenario.training.local_steps = 6;
    scenario.training.batch_size = 4;
    scenario.training.learning_rate = 0.05;
    scenario.training.max_length = 128;
    scenario.rounds = 3;
  }

  std::string path(const std::string& below = {}) const { return dir_.path().toStdString() + below; }
  HomePaths home() const {
    HomePaths paths;
    paths.home = paths.ledger_dir = path("/home");
    return paths;
  }
  std::unique_ptr<ledger::Ledger> open_ledger(const std::string& home) const {
    auto ledger = ledger::Ledger::open({home, home, false, nullptr});
    if (!ledger.ok()) qFatal("%s", ledger.status().to_string().c_str());
    return std::move(ledger).value();
  }
  std::unique_ptr<ledger::Ledger> open_ledger() const { return open_ledger(path("/home")); }
  // The twin, where the record need not outlive the test's object.
  std::unique_ptr<ledger::Ledger> memory_ledger() const { return ledger::Ledger::in_memory(path("/home")); }
  // A new run of `scenario` in the ledger.
  std::string create_run(ledger::Ledger& ledger) const { return create_run(ledger, scenario); }
  std::string create_run(ledger::Ledger& ledger, const spec::Scenario& of) const {
    ledger::RunRow row;
    row.name = of.name;
    row.rounds = of.rounds;
    row.scenario_json = spec::to_json(of);
    row.scenario_sha256 = spec::scenario_sha256(of);
    row.base_dir = path();
    auto created = ledger.create_run(row);
    if (!created.ok()) qFatal("%s", created.status().to_string().c_str());
    return created->id;
  }

  spec::Scenario scenario;

 private:
  QTemporaryDir dir_;
};

}  // namespace fedllm::tests
