// The suite passes, and finds what is wrong: defects are planted around the real methods, optimizers and codecs, most of them
// seen in public code (methods.md, 2.9), and each must turn the row red that speaks about it.
#include <QtTest>

#include <algorithm>
#include <cmath>

#include "conformance/suite.h"

using namespace fedllm;
using namespace fedllm::conformance;
using adapter::AdapterLayout;
using adapter::AdapterState;

namespace {

using Clients = std::vector<fed::HeldAdapters::One>;
using Change = std::function<void(const AdapterState& global, Clients& clients, fed::Round& round)>;
using Spoil = std::function<void(const AdapterState& global, fed::Combination& result)>;

// A real method whose input or output is spoilt.
class Spoilt final : public fed::Method {
 public:
  Spoilt(std::unique_ptr<fed::Method> real, Change before, Spoil after)
      : Method(real->facts()), real_(std::move(real)), before_(std::move(before)), after_(std::move(after)) {}

  Result<fed::Combination> combine(const AdapterState& global, fed::ClientAdapters& clients, const fed::Round& round) override {
    Clients held;
    for (size_t k = 0; k < clients.size(); ++k) {
      AdapterState state = AdapterState::zeros(clients.layout(k));
      FEDLLM_RETURN_IF_ERROR(clients.read(k, 0, state.values));
      held.push_back({clients.who(k), clients.weight(k), std::move(state)});
    }
    fed::Round now = round;
    if (before_) before_(global, held, now);
    fed::HeldAdapters changed(std::move(held));
    FEDLLM_ASSIGN_OR_RETURN(fed::Combination result, real_->combine(global, changed, now));
    if (after_) after_(global, result);
    return result;
  }

 private:
  std::unique_ptr<fed::Method> real_;
  Change before_;
  Spoil after_;
};

Subjects with(std::string name, Change before, Spoil after = {}) {
  Subjects subjects;
  subjects.make_method = [=](std::string_view wanted, const fed::Parameters& parameters) -> Result<std::unique_ptr<fed::Method>> {
    auto real = fed::make_method(wanted, parameters);
    if (!real.ok() || wanted != name) return real;
    return std::unique_ptr<fed::Method>(std::make_unique<Spoilt>(std::move(*real), before, after));
  };
  return subjects;
}
Subjects after(std::string name, Spoil spoil) { return with(std::move(name), {}, std::move(spoil)); }
// Another method, or the same with other parameters, under its name.
Subjects instead(std::string name, std::string other, fed::Parameters forced = {}) {
  Subjects subjects;
  subjects.make_method = [=](std::string_view wanted, const fed::Parameters& parameters) {
    return wanted == name ? fed::make_method(other, forced) : fed::make_method(wanted, parameters);
  };
  return subjects;
}

void scale_b(AdapterState& state, double factor) {
  for (size_t m = 0; m < state.layout->modules().size(); ++m)
    for (float& x : state.b(m)) x = static_cast<float>(factor * x);
}

// The square modules' product transposed: B A -> A^T B^T, where it still fits.
void transpose_square(AdapterState& state) {
  for (size_t m = 0; m < state.layout->modules().size(); ++m) {
    const adapter::ModuleSlot& slot = state.layout->modules()[m];
    if (slot.in_features != slot.out_features) continue;
    const std::vector<float> a(state.a(m).begin(), state.a(m).end()), b(state.b(m).begin(), state.b(m).end());
    for (int i = 0; i < slot.rank; ++i)
      for (int x = 0; x < slot.in_features; ++x) {
        state.a(m)[static_cast<size_t>(i * slot.in_features + x)] = b[static_cast<size_t>(x * slot.rank + i)];
        state.b(m)[static_cast<size_t>(x * slot.rank + i)] = a[static_cast<size_t>(i * slot.in_features + x)];
      }
  }
}

// An optimizer that is not what its name says: sees other changes, starts from another state, or steps otherwise.
class SpoiltOptimizer final : public fed::ServerOptimizer {
 public:
  using Step = std::function<double(double delta, double& m, double& v, int t)>;
  SpoiltOptimizer(std::string name, Step step, double v0) : name_(std::move(name)), step_(std::move(step)), v0_(v0) {}
  std::string_view name() const override { return name_; }
  Result<AdapterState> step(const AdapterState& global, AdapterState delta) override {
    FEDLLM_RETURN_IF_ERROR(adapter::check_same_layout(global, delta));
    if (m_.empty()) m_.assign(delta.values.size(), 0), v_.assign(delta.values.size(), v0_);
    AdapterState next = global;
    for (size_t i = 0; i < m_.size(); ++i) next.values[i] = static_cast<float>(global.values[i] + step_(delta.values[i], m_[i], v_[i], t_));
    ++t_;
    return next;
  }
  std::string save_state() const override { return {}; }
  Status load_state(std::string_view bytes) override { return bytes.empty() ? Status() : data_loss("expected nothing"); }

 private:
  std::string name_;
  Step step_;
  double v0_;
  int t_ = 1;
  std::vector<double> m_, v_;
};

Subjects optimizer(std::string name, SpoiltOptimizer::Step step, double v0 = 1e-6) {
  Subjects subjects;
  subjects.make_server_optimizer = [=](const spec::StrategySpec& strategy) -> Result<std::unique_ptr<fed::ServerOptimizer>> {
    if (strategy.server_optimizer != name) return fed::make_server_optimizer(strategy);
    return std::unique_ptr<fed::ServerOptimizer>(std::make_unique<SpoiltOptimizer>(name, step, v0));
  };
  return subjects;
}

// A codec without its residual, or whose values are changed on the way back.
class SpoiltCodec final : public codec::Codec {
 public:
  SpoiltCodec(std::unique_ptr<Codec> real, bool forgets, float factor) : real_(std::move(real)), forgets_(forgets), factor_(factor) {}
  std::string_view name() const override { return real_->name(); }
  codec::Payload encode(const AdapterState& state, codec::Residual* residual, uint64_t seed) const override {
    return real_->encode(state, forgets_ ? nullptr : residual, seed);
  }
  Result<AdapterState> decode(std::string_view payload, const adapter::LayoutPtr& layout, std::optional<uint32_t> crc32) const override {
    auto state = real_->decode(payload, layout, crc32);
    if (state.ok())
      for (float& x : state->values) x *= factor_;
    return state;
  }
  size_t payload_bytes(const AdapterLayout& layout) const override { return real_->payload_bytes(layout); }
  bool lossless() const override { return real_->lossless(); }
  bool carries_versions() const override { return real_->carries_versions(); }
  Status check(std::string_view payload, const AdapterLayout& layout, std::optional<uint32_t> crc32) const override {
    return real_->check(payload, layout, crc32);
  }
  std::optional<codec::PlainValues> plain() const override { return {}; }   // they are not what decode() gives

 private:
  std::unique_ptr<Codec> real_;
  bool forgets_;
  float factor_;
};

Subjects codec_with(std::string name, bool forgets, float factor) {
  Subjects subjects;
  subjects.make_codec = [=](std::string_view wanted, double density) -> Result<std::unique_ptr<codec::Codec>> {
    auto real = codec::make_codec(wanted, density);
    if (!real.ok() || wanted != name) return real;
    return std::unique_ptr<codec::Codec>(std::make_unique<SpoiltCodec>(std::move(*real), forgets, factor));
  };
  return subjects;
}

Subjects variate(double control_sign, double change_sign) {
  Subjects subjects;
  subjects.next_variate = [=](const AdapterState& own, const AdapterState& control, const AdapterState& start, const AdapterState& trained, double rates) {
    auto next = fed::next_variate(own, control, start, trained, rates);
    if (!next.ok()) return next;
    for (size_t i = 0; i < own.values.size(); ++i)
      next->values[i] = static_cast<float>(own.values[i] + control_sign * control.values[i] +
                                           change_sign * (static_cast<double>(start.values[i]) - trained.values[i]) / rates);
    return next;
  };
  return subjects;
}

struct Planted {
  const char* defect;
  Subjects subjects;
  const char* method;
  const char* check;   // the start of the row that must be red
};

void every_weight_one(const AdapterState&, Clients& clients, fed::Round&) {
  for (auto& one : clients) one.weight = 1;
}
void first_client_only(const AdapterState&, Clients& clients, fed::Round&) { clients.resize(std::min<size_t>(1, clients.size())); }

std::vector<Planted> planted() {
  std::vector<Planted> all;
  const auto plant = [&](const char* defect, Subjects subjects, const char* method, const char* check) {
    all.push_back({defect, std::move(subjects), method, check});
  };
  const auto merged_without_scale = [](const AdapterState& global, fed::Combination& result) {
    if (result.merged) scale_b(*result.merged, 1 / global.layout->scale(0));
  };
  plant("FLoRA without alpha / r", after("flora", merged_without_scale), "flora", "as the formula says, linear modules");
  plant("FedEx-LoRA's residual without alpha / r", after("fedex-lora", merged_without_scale), "fedex-lora", "as the formula says, square modules");
  plant("FedEx-LoRA's residual with the wrong sign", after("fedex-lora", [](const AdapterState&, fed::Combination& r) { if (r.merged) scale_b(*r.merged, -1); }),
        "fedex-lora", "golden toy: residual");
  plant("FedEx-LoRA's residual transposed", after("fedex-lora", [](const AdapterState&, fed::Combination& r) { if (r.merged) transpose_square(*r.merged); }),
        "fedex-lora", "as the formula says, square modules");
  plant("FedEx-LoRA without its residual", instead("fedex-lora", "fedit"), "fedex-lora", "golden toy: the effective weight is T");
  plant("factors transposed", after("fedit", [](const AdapterState&, fed::Combination& r) { transpose_square(r.adapter); }), "fedit",
        "as the formula says, square modules");
  plant("client 0 only", with("fedit", first_client_only), "fedit", "golden toy: e");
  plant("uniform weights", with("fedit", every_weight_one), "fedit", "data sizes weigh");
  plant("uniform weights of products", with("flexlora", every_weight_one), "flexlora", "golden toy: rank 1");
  plant("weights not normalised", after("fedit", [](const AdapterState&, fed::Combination& r) { scale_b(r.adapter, 3); }), "fedit", "one client: its own update");
  plant("one client's B leaks into the next", with("fedit", [](const AdapterState&, Clients& clients, fed::Round&) {
          for (size_t k = 1; k < clients.size() && *clients[k].adapter.layout == *clients[0].adapter.layout; ++k)
            for (size_t m = 0; m < clients[0].adapter.layout->modules().size(); ++m)
              std::ranges::copy(clients[0].adapter.b(m), clients[k].adapter.b(m).begin());
        }), "fedit", "golden toy: Bbar");
  const auto kept = std::make_shared<std::optional<fed::HeldAdapters::One>>();
  plant("a client of an earlier round counts again", with("rbla", [kept](const AdapterState& global, Clients& clients, fed::Round&) {
          if (!clients.empty() && clients[0].adapter.layout->modules().size() == global.layout->modules().size()) {
            const auto first = clients[0];
            if (*kept && *(*kept)->adapter.layout == *first.adapter.layout) clients[0].adapter = (*kept)->adapter;
            *kept = first;
          }
        }), "rbla", "no trace of an earlier round");
  plant("A trained first", with("rolora", [](const AdapterState&, Clients&, fed::Round& round) { ++round.number; }), "rolora", "golden toy with A");
  Subjects parity;
  parity.round_shape = [](const spec::MethodFacts& facts, int round) { return spec::round_shape(facts, facts.name == "rolora" ? round + 1 : round); };
  plant("A trained first, as planned", parity, "rolora", "what is trained in round 1");
  Subjects strangers;
  strangers.make_cores = [drawn = std::make_shared<uint64_t>(0)](adapter::LayoutPtr layout, int heads, uint64_t seed) {
    return adapter::Cores::make(std::move(layout), heads, seed + (*drawn)++);
  };
  plant("a basis of one's own", strangers, "ravan", "cores: the mean of cores is T");
  Subjects turned;
  turned.cores_on = [turn = std::make_shared<int>(0)](adapter::LayoutPtr layout, const AdapterState& basis) {
    AdapterState other = basis;
    if ((*turn)++ > 0) other.b(0)[0] += 0.5F;
    return adapter::Cores::on(std::move(layout), other);
  };
  plant("a client on a basis of its own", turned, "fed-sb", "cores: the mean of cores is T");
  Subjects uphill;
  uphill.first_step = [](const fed::GradientSketch& sketch, double rate, double clip_norm) {
    AdapterState step = sketch.step(rate, clip_norm);
    scale_b(step, -1);
    return step;
  };
  plant("a first step of another sign", uphill, "fed-sb", "first step: s B A = -rate G");
  Subjects unheld;
  unheld.first_step = [](const fed::GradientSketch& sketch, double rate, double) { return sketch.step(rate, 0); };
  plant("a first step that is not held", unheld, "fed-sb", "first step: its norm is rate * clip_norm");
  plant("a basis with its singular values", after("fed-sb", [](const AdapterState&, fed::Combination& r) { if (r.merged) std::ranges::copy(r.adapter.b(0), r.merged->b(0).begin()); }),
        "fed-sb", "first step: the basis' columns are orthonormal");
  Subjects headless;
  headless.make_cores = [](adapter::LayoutPtr layout, int, uint64_t seed) { return adapter::Cores::make(std::move(layout), 1, seed); };
  plant("heads forgotten", headless, "ravan", "cores: rank^2 / heads");
  plant("frozen factors not looked at", instead("ffa-lora", "fedit"), "ffa-lora", "refuses another A");
  plant("mixed ranks padded in silence", instead("fedit", "zero-padding"), "fedit", "refuses mixed ranks");
  plant("a root of the singular values lost", after("flexlora", [](const AdapterState&, fed::Combination& r) {
          for (size_t m = 0; m < r.adapter.layout->modules().size(); ++m) {
            const adapter::ModuleSlot& slot = r.adapter.layout->modules()[m];
            for (int i = 0; i < slot.rank; ++i) {
              double s2 = 0;
              for (int o = 0; o < slot.out_features; ++o) s2 += std::pow(r.adapter.b(m)[static_cast<size_t>(o * slot.rank + i)], 2);
              for (int o = 0; s2 > 0 && o < slot.out_features; ++o)
                r.adapter.b(m)[static_cast<size_t>(o * slot.rank + i)] /= static_cast<float>(std::pow(s2, 0.25));
            }
          }
        }), "flexlora", "golden toy: rank 1");
  plant("discarded energy not told", after("flexlora", [](const AdapterState&, fed::Combination& r) { r.discarded_energy = 0; }), "flexlora", "discarded energy, rank 1");
  plant("FlexLoRA cut one rank short", instead("flexlora", "flexlora", {{"rank", 1}}), "flexlora", "golden toy: e at rank 2");
  plant("padding instead of RBLA", instead("rbla", "zero-padding"), "rbla", "as the formula says, mixed ranks");
  plant("HetLoRA with data-size weights", instead("hetlora", "zero-padding"), "hetlora", "norms weigh, not data sizes");
  plant("HetLoRA's norms per module, unasked", instead("hetlora", "hetlora", {{"per_module", 1}}), "hetlora", "as the formula says, mixed ranks");
  plant("FLoRA weighs both factors", with("flora", [](const AdapterState&, Clients& clients, fed::Round&) {
          double sum = 0;
          for (const auto& one : clients) sum += one.weight;
          for (auto& one : clients) scale_b(one.adapter, sum > 0 ? one.weight / sum : 1);
        }), "flora", "golden toy: the stack is T");
  plant("FLoRA goes on from the old adapter", after("flora", [](const AdapterState& global, fed::Combination& r) { r.adapter = global; }), "flora", "a fresh start");
  plant("FedSA-LoRA shares B", instead("fedsa-lora", "fedit"), "fedsa-lora", "clients' B do not count");
  plant("FedSVD without its rotation", instead("fedsvd", "ffa-lora"), "fedsvd", "A's rows are orthonormal");
  plant("LoRA-FAIR without its correction", instead("lora-fair", "fedit"), "lora-fair", "golden toy: e");
  const auto adaptive = [](double m, double v) { return m / (std::sqrt(v) + 1e-3); };
  plant("m squared for Delta squared", optimizer("fedadam", [=](double d, double& m, double& v, int) {
          m = 0.9 * m + 0.1 * d, v = 0.99 * v + 0.01 * m * m;
          return adaptive(m, v);
        }), "fedadam", "golden: the first step");
  plant("v starts at 0", optimizer("fedadagrad", [=](double d, double&, double& v, int) { return v += d * d, adaptive(d, v); }, 0), "fedadagrad", "golden: the first step");
  plant("bias correction", optimizer("fedadam", [=](double d, double& m, double& v, int t) {
          m = 0.9 * m + 0.1 * d, v = 0.99 * v + 0.01 * d * d;
          return adaptive(m / (1 - std::pow(0.9, t)), v / (1 - std::pow(0.99, t)));
        }), "fedadam", "golden: the first step");
  plant("FedYogi is FedAdam", optimizer("fedyogi", [=](double d, double& m, double& v, int) {
          m = 0.9 * m + 0.1 * d, v = 0.99 * v + 0.01 * d * d;
          return adaptive(m, v);
        }), "fedyogi", "golden: the first step");
  plant("momentum weighs Delta by 1 - beta", optimizer("fedavgm", [](double d, double& m, double&, int t) { return m = t == 1 ? d : 0.9 * m + 0.1 * d; }),
        "fedavgm", "golden: the second");
  plant("an optimizer's state is not kept", optimizer("fedavgm", [](double d, double& m, double&, int) { return m = 0.9 * m + d; }), "fedavgm", "saved after five steps");
  for (const char* name : {"int8", "int4", "top-k", "sign"})
    plant("error feedback dropped", codec_with(name, true, 1), name, "error feedback: sent + residual");
  plant("the random mask's scale forgotten", codec_with("random-mask", false, 1.0f / 16), "random-mask", "unbiased");
  plant("int8's scale by 128", codec_with("int8", false, 127.0f / 128), "int8", "whole levels stay");
  plant("SCAFFOLD adds c", variate(1, 1), "scaffold", "golden: c_k+ = 0.5");
  plant("SCAFFOLD's change with the wrong sign", variate(-1, -1), "scaffold", "c_k+ is the mean");
  Subjects sampled;
  sampled.next_control = [](const AdapterState& control, std::span<const AdapterState* const> changes, size_t clients) {
    return fed::next_control(control, changes, changes.empty() ? clients : changes.size());
  };
  plant("SCAFFOLD divides by those sampled", sampled, "scaffold", "golden: c + (0.5 + 1.5) / 8");
  Subjects start;
  start.take_leading = [](const AdapterState& global, const adapter::LayoutPtr& layout) {
    auto state = fed::take_leading(global, layout);
    if (state.ok()) scale_b(*state, layout->scale(0) / global.layout->scale(0));
    return state;
  };
  plant("a start that forgets the client's scale", start, "mixed-rank-start", "the leading components' product, rank 2");
  Subjects sum;
  sum.accumulate = [](const AdapterState*, const AdapterState& more, int rank) { return fed::accumulate(nullptr, more, rank); };
  plant("the accumulator forgets what was there", sum, "accumulator", "s B A = s1 B1 A1");
  Subjects blind;
  blind.geometry = [](const AdapterState& started, fed::ClientAdapters& clients, const fed::Combination& result) {
    return fed::geometry(started, clients, {result.adapter, {}, 0});
  };
  plant("the error gauge forgets what was merged", blind, "fedex-lora", "the error that is shown");
  return all;
}

}  // namespace

class TestConformance : public QObject {
  Q_OBJECT
 private slots:
  void everything_is_green() {
    const std::vector<Check> rows = run_suite();
    QVERIFY(rows.size() >= 150);
    for (const Check& row : rows)
      if (!row.pass) qWarning("%s: %s: expected %s, got %s", row.method.c_str(), row.check.c_str(), row.expected.c_str(), row.got.c_str());
    QVERIFY(std::ranges::all_of(rows, &Check::pass));
    for (const Check& row : rows) QVERIFY(!row.expected.empty() && !row.got.empty());
  }

  void every_method_has_rows() {
    const std::vector<Check> rows = run_suite();
    for (const char* name : {"fedit", "ffa-lora", "rolora", "lora-a2", "fedsvd", "ravan", "fed-sb", "flora", "flexlora", "fedex-lora", "lora-fair",
                             "hetlora", "rbla", "zero-padding", "fedsa-lora", "ditto", "fedprox", "scaffold", "fedavgm", "fedadagrad", "fedadam", "fedyogi",
                             "top-k", "int8", "int4", "f16", "bf16", "random-mask", "sign"})
      QVERIFY2(std::ranges::count(rows, name, &Check::method) >= 6, name);
  }

  void the_readme_says_the_same() {
    QFile file(QStringLiteral(FEDLLM_SOURCE_DIR "/README.md"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const std::string readme = file.readAll().toStdString();
    const std::vector<Check> rows = run_suite();
    const std::string all = std::to_string(rows.size());
    QVERIFY2(readme.find(all + " of " + all + " checks pass") != std::string::npos, all.c_str());
    for (const Check& row : rows) {
      const std::string count = std::to_string(std::ranges::count(rows, row.method, &Check::method));
      const std::string cell = "| " + row.method + " | " + count + " of " + count + " |";
      QVERIFY2(readme.find(cell) != std::string::npos, cell.c_str());
    }
  }

  void the_same_again() {
    const std::vector<Check> one = run_suite(), other = run_suite();
    QCOMPARE(one.size(), other.size());
    for (size_t i = 0; i < one.size(); ++i) QCOMPARE(one[i].got, other[i].got);
  }

  void finds_planted_defects_data() {
    QTest::addColumn<int>("index");
    const std::vector<Planted> all = planted();
    QVERIFY(all.size() >= 25);
    for (size_t i = 0; i < all.size(); ++i) QTest::newRow((std::string(all[i].method) + ": " + all[i].defect).c_str()) << static_cast<int>(i);
  }
  void finds_planted_defects() {
    QFETCH(int, index);
    const Planted defect = planted()[static_cast<size_t>(index)];
    bool named = false, red = false;
    for (const Check& row : run_suite(defect.subjects)) {
      if (row.method != defect.method || !row.check.starts_with(defect.check)) continue;
      named = true;
      red = red || !row.pass;
    }
    QVERIFY2(named, "there is no such row");
    QVERIFY2(red, "the row stays green");
  }
};

QTEST_GUILESS_MAIN(TestConformance)
#include "tst_conformance.moc"
