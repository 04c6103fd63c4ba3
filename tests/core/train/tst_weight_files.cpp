// The weights of a folder: which names and types are taken, what is refused with which sentence.
#include "core/train/tiny_model.h"
#include "train/checkpoint.h"

using namespace fedllm;
using namespace tiny;
using train::Checkpoint;

namespace {

// A gpt2 of one layer: what its file may call its tensors.
const char* kGpt2 = R"({"model_type": "gpt2", "vocab_size": 5, "n_embd": 4, "n_layer": 1, "n_head": 2, "n_positions": 6})";

Tensors gpt2(const std::string& prefix) {
  Tensors all;
  const auto config = must(train::parse_config(kGpt2, "config.json"));
  for (const auto& spec : train::plan_of(config).tensors) {
    int64_t count = 1;
    for (int64_t n : spec.shape) count *= n;
    all[prefix + spec.name.substr(std::string("transformer.").size())] = {spec.shape, std::vector<float>(static_cast<size_t>(count), 0.5f)};
  }
  return all;
}

Result<std::shared_ptr<const Checkpoint>> open(const Folder& folder) {
  const auto config = must(train::parse_config(must(read_file(folder.path() + "/config.json")), "config.json"));
  return Checkpoint::open(folder.path(), config, train::plan_of(config));
}

}  // namespace

class TestWeightFiles : public QObject {
  Q_OBJECT
 private slots:
  void takesNamesWithAndWithoutThePrefix() {
    const Folder whole(kGpt2, gpt2("transformer.")), bare(kGpt2, gpt2(""));
    const auto a = must(open(whole)), b = must(open(bare));
    QCOMPARE(b->tensor("transformer.wte.weight").shape, (std::vector<int64_t>{5, 4}));
    QCOMPARE(a->parameters(), b->parameters());
    QCOMPARE(a->weight_bytes(), 4 * a->parameters());
    QVERIFY(a->same_type(adapter::DType::f32) && !a->same_type(adapter::DType::bf16));
    QVERIFY(a->sha256() != b->sha256() && a->sha256().size() == 64);
  }

  void ignoresOldBuffersOnly() {
    Tensors all = gpt2("");
    all["h.0.attn.bias"] = {{1, 1, 2, 2}, std::vector<float>(4, 1.0f)};
    all["h.0.attn.masked_bias"] = {{1}, {1.0f}};
    all["lm_head.weight"] = {{5, 4}, std::vector<float>(20, 0.5f)};   // tied
    QVERIFY(open(Folder(kGpt2, all)).ok());
    all["score.weight"] = {{1}, {1.0f}};
    REFUSED(open(Folder(kGpt2, all)).status(), Code::data_loss, "hold tensor score.weight, which the config does not ask for");
  }

  void oneTensorUnderTwoNames() {
    Tensors all = gpt2("transformer.");
    all["wte.weight"] = all["transformer.wte.weight"];
    REFUSED(open(Folder(kGpt2, all)).status(), Code::data_loss, "hold tensor wte.weight twice");
  }

  void shapesAndTypes() {
    Tensors all = gpt2("");
    all["h.0.attn.c_attn.weight"].shape = {12, 4};   // [in, out] turned round
    REFUSED(open(Folder(kGpt2, all)).status(), Code::data_loss, "transformer.h.0.attn.c_attn.weight");
    REFUSED(open(Folder(kGpt2, all)).status(), Code::data_loss, "expected shape [4, 12], got [12, 4]");
    all.erase("h.0.attn.c_attn.weight");
    REFUSED(open(Folder(kGpt2, all)).status(), Code::data_loss, "lack tensor transformer.h.0.attn.c_attn.weight [4, 12]");
    const Folder folder(kGpt2, gpt2(""));
    std::vector<adapter::TensorToWrite> out;
    for (const auto& [name, tensor] : gpt2("")) {
      out.push_back(adapter::float_tensor(name, tensor.shape, tensor.values));
      if (name == "wpe.weight") out.back().dtype = adapter::DType::f64, out.back().bytes.resize(2 * out.back().bytes.size());
    }
    QVERIFY(write_file_atomic(folder.path() + "/model.safetensors", adapter::serialize_safetensors(std::move(out))).ok());
    REFUSED(open(folder).status(), Code::data_loss, "tensor transformer.wpe.weight");
    REFUSED(open(folder).status(), Code::data_loss, "expected numbers of type F32, F16 or BF16");
  }

  void picklesAreRefused() {
    const Folder folder(kGpt2, gpt2(""));
    QVERIFY(QFile::remove(folder.dir.filePath("model.safetensors")));
    for (const char* name : {"pytorch_model.bin", "pytorch_model.bin.index.json", "consolidated.00.pth", "model.ckpt"}) {
      QVERIFY(write_file_atomic(folder.path() + "/" + name, "\x80\x02").ok());
      REFUSED(open(folder).status(), Code::failed_precondition, std::string(name) + " is a Python pickle, which can run any program when it is opened");
      QVERIFY(QFile::remove(folder.dir.filePath(name)));
    }
    REFUSED(open(folder).status(), Code::not_found, "neither model.safetensors nor");
  }

  void picklesUnderAnotherNameAreRefused() {
    const Folder folder(kGpt2, gpt2(""));
    for (const std::string& bytes : {std::string("PK\x03\x04 and a zip goes on"), std::string("\x80\x02}q\x00. and so on", 15)}) {
      QVERIFY(write_file_atomic(folder.path() + "/model.safetensors", bytes).ok());
      REFUSED(open(folder).status(), Code::failed_precondition, "is a Python pickle");
    }
  }

  void indexNamesFiles() {
    const Folder folder(kGpt2, gpt2(""));
    QVERIFY(QFile::remove(folder.dir.filePath("model.safetensors")));
    const std::string index = folder.path() + "/model.safetensors.index.json";
    QVERIFY(write_file_atomic(index, R"({"weight_map": {}})").ok());
    REFUSED(open(folder).status(), Code::data_loss, "\"weight_map\" is empty");
    QVERIFY(write_file_atomic(index, R"({"weight_map": {"wte.weight": 3}})").ok());
    REFUSED(open(folder).status(), Code::data_loss, "expected a file of the same folder");
  }
};

QTEST_GUILESS_MAIN(TestWeightFiles)
#include "tst_weight_files.moc"
