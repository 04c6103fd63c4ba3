// The two ways to compute the model of a folder, as tests see them: the plain network of one LibTorch operation at a time,
// and the backend's engine.
#pragma once

#include "golden/model_cases.h"
#include "train/backend_symbol.h"
#include "train/plain_autograd.h"

namespace golden {

// One way to compute the model of a folder.
struct Way {
  virtual ~Way() = default;
  virtual int vocab() const = 0;
  virtual train::Probe probe(const adapter::AdapterState* adapter, const train::ProbeInput& input) const = 0;
  virtual train::ProbeTrain train(const adapter::AdapterState& start, const train::ProbeInput& input, const train::ProbeTrainOptions& options) const = 0;
  virtual std::vector<int32_t> greedy(const std::vector<int32_t>& prompt, size_t count) const = 0;
};

struct Engine final : Way {
  train::Backend* backend = must(train::open_backend());
  std::shared_ptr<const train::BaseModel> model;
  int vocab() const override { return model->vocab_size(); }
  train::Probe probe(const adapter::AdapterState* adapter, const train::ProbeInput& input) const override { return must(backend->probe(*model, adapter, input)); }
  train::ProbeTrain train(const adapter::AdapterState& start, const train::ProbeInput& input, const train::ProbeTrainOptions& options) const override { return must(backend->probe_train(*model, start, input, options)); }
  std::vector<int32_t> greedy(const std::vector<int32_t>& prompt, size_t count) const override {
    return must(backend->generate(*model, nullptr, prompt, {.max_new_tokens = static_cast<int>(count)})).ids;
  }
};

struct Plain final : Way {
  std::shared_ptr<const train::PlainModel> model;
  int vocab() const override { return model->vocab_size(); }
  train::Probe probe(const adapter::AdapterState* adapter, const train::ProbeInput& input) const override { return must(model->probe(adapter, input)).probe; }
  train::ProbeTrain train(const adapter::AdapterState& start, const train::ProbeInput& input, const train::ProbeTrainOptions& options) const override { return must(model->probe_train(start, input, options)); }
  std::vector<int32_t> greedy(const std::vector<int32_t>& prompt, size_t count) const override {
    return must(model->greedy(nullptr, prompt, static_cast<int>(count), {}, {}));
  }
};

inline std::shared_ptr<const train::PlainModel> open_plain(const std::string& folder, const train::PlainPlace& place = {}) {
  auto* get = reinterpret_cast<train::OpenPlain* (*)()>(must(train::backend_symbol(train::kPlainSymbol)));
  return must(get()(folder, place));
}

// The way called `kind`. Null where it does not compute this model; `skipped` then says so.
inline std::unique_ptr<Way> open_way(const std::string& kind, const std::string& folder, std::string& skipped) {
  if (kind == "plain") {
    auto plain = std::make_unique<Plain>();
    plain->model = open_plain(folder);
    return plain;
  }
  auto engine = std::make_unique<Engine>();
  auto model = engine->backend->load_base(folder, 0);
  if (!model.ok() && model.status().code() == Code::unimplemented) {
    skipped = model.status().message();
    return nullptr;
  }
  engine->model = must(std::move(model));
  return engine;
}

}  // namespace golden

#define WITHIN(error, tolerance)                                                                     \
  do {                                                                                               \
    const double within = (error);                                                                   \
    QVERIFY2(within <= (tolerance), qPrintable(QString("%1: %2").arg(#error).arg(within)));          \
  } while (0)
