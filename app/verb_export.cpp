// fedllm export
#include <filesystem>

#include "adapter/gguf_lora.h"
#include "base/text.h"
#include "event_line.h"
#include "model_source.h"
#include "train/gguf_base.h"
#include "train/merge.h"

namespace fedllm::app {
namespace {

using nlohmann::ordered_json;

struct Export {
  const Arguments& arguments;
  std::string source, out;
};

Status report(const Export& job, ordered_json facts, const std::string& plain) {
  facts["out"] = job.out;
  print_line(job.arguments.json() ? to_line(facts) : plain + ": " + job.out);
  return {};
}

Result<std::optional<adapter::DType>> wanted_type(const Arguments& arguments) {
  using Wanted = std::optional<adapter::DType>;
  const std::string name = arguments.value("--dtype");
  if (name.empty()) return Wanted();
  if (name == "f32") return Wanted(adapter::DType::f32);
  if (name == "f16") return Wanted(adapter::DType::f16);
  if (name == "bf16") return Wanted(adapter::DType::bf16);
  return usage_error("--dtype: expected f32, f16 or bf16, got " + name);
}

Status to_peft(const Export& job) {
  FEDLLM_ASSIGN_OR_RETURN(const adapter::PeftAdapter found, adapter::open_peft(job.source));
  const adapter::PeftConfig& config = found.config;
  FEDLLM_ASSIGN_OR_RETURN(const std::string sha256,
                          adapter::save_peft(found.state, {config.base_model_name, config.dropout, config.whole_names}, job.out));
  return report(job, {{"format", "peft"}, {"parameters", found.state.layout->size()}, {"adapter_sha256", sha256}}, "adapter in PEFT's layout");
}

Status to_gguf(const Export& job) {
  FEDLLM_ASSIGN_OR_RETURN(const adapter::PeftAdapter found, adapter::open_peft(job.source));
  FEDLLM_ASSIGN_OR_RETURN(const std::string folder, base_folder(job.arguments, job.source, found.config));
  FEDLLM_ASSIGN_OR_RETURN(const train::ModelFolder model, train::open_model_folder(folder));
  FEDLLM_RETURN_IF_ERROR(train::check_adapter_fits(*found.state.layout, model));
  const adapter::GgufModel names{model.config.model_type, model.config.heads, model.config.kv_heads};
  const std::string name = std::filesystem::path(job.source).filename().string(), base = std::filesystem::path(folder).filename().string();
  FEDLLM_RETURN_IF_ERROR(adapter::save_gguf_lora(found.state, names, {name, base}, job.out));
  return report(job, {{"format", "gguf"}, {"architecture", *adapter::gguf_architecture(names.model_type)}, {"parameters", found.state.layout->size()}},
                "LoRA adapter for llama.cpp");
}

Status to_merged(const Export& job) {
  FEDLLM_ASSIGN_OR_RETURN(const auto type, wanted_type(job.arguments));
  FEDLLM_ASSIGN_OR_RETURN(const adapter::PeftAdapter found, adapter::open_peft(job.source));
  FEDLLM_ASSIGN_OR_RETURN(const std::string folder, base_folder(job.arguments, job.source, found.config));
  FEDLLM_ASSIGN_OR_RETURN(const train::ModelFolder model, train::open_model_folder(folder));
  FEDLLM_ASSIGN_OR_RETURN(const train::MergeResult merged, train::write_merged(model, found.state, type, job.out));
  return report(job, {{"format", "merged"}, {"parameters", merged.parameters}, {"bytes", merged.bytes}},
                "merged model, " + format_bytes(static_cast<uint64_t>(merged.bytes)));
}

Status to_gguf_base(const Export& job) {
  std::string folder = job.source;
  if (!holds_file(folder, "config.json") || job.arguments.has("--model")) {
    FEDLLM_ASSIGN_OR_RETURN(const adapter::PeftAdapter found, adapter::open_peft(job.source));
    FEDLLM_ASSIGN_OR_RETURN(folder, base_folder(job.arguments, job.source, found.config));
  }
  FEDLLM_ASSIGN_OR_RETURN(const train::ModelFolder model, train::open_model_folder(folder));
  FEDLLM_ASSIGN_OR_RETURN(const train::GgufBaseResult written,
                          train::write_gguf_base(model, std::filesystem::path(folder).filename().string(), job.out));
  ordered_json facts = {{"format", "gguf-base"}, {"architecture", "llama"}, {"parameters", model.weights->parameters()}, {"bytes", written.bytes}};
  if (!written.no_vocabulary.empty()) facts["no_vocabulary"] = written.no_vocabulary;
  return report(job, facts, "base model for llama.cpp, " + format_bytes(static_cast<uint64_t>(written.bytes)) +
                                (written.no_vocabulary.empty() ? "" : ", without its tokenizer (" + written.no_vocabulary + ")"));
}

Status run(const Arguments& arguments) {
  const Export job{arguments, model_path(arguments.operands[0]), arguments.value("--out")};
  const std::string to = arguments.value("--to");
  if (job.out.empty()) return usage_error("export needs --out PATH");
  if (arguments.has("--dtype") && to != "merged") return usage_error("--dtype is for --to merged");
  if (to == "peft") return to_peft(job);
  if (to == "gguf") return to_gguf(job);
  if (to == "merged") return to_merged(job);
  if (to == "gguf-base") return to_gguf_base(job);
  return usage_error("export needs --to peft, gguf, merged or gguf-base" + (to.empty() ? "" : ", got " + to));
}

const VerbEntry entry({"export",
                       "ADAPTER",
                       "write an adapter, or its base with the adapter merged in, for other programs",
                       {{"--to", "FORMAT", "peft (folder), gguf (file for llama.cpp), merged (model folder), gguf-base (file)"},
                        {"--out", "PATH", "the folder or file to write"},
                        {"--model", "DIR", "the adapter's base model, where its configuration does not name a folder"},
                        {"--dtype", "TYPE", "merged: f32, f16 or bf16; else every tensor keeps its type"}},
                       run,
                       64,
                       false,
                       "ADAPTER is a folder in PEFT's layout. gguf-base writes the base model alone, of the llama architecture, and takes\n"
                       "a model folder, too."});

}  // namespace
}  // namespace fedllm::app
