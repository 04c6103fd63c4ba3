// Every method against dense products in double: the golden toy and the invariants of the verification suite.
#include <QtTest>

#include "dense.h"

using namespace fedllm;
using namespace fedllm::fed;
using adapter::AdapterLayout;
using adapter::AdapterState;
using adapter::LayoutPtr;
using Clients = std::vector<HeldAdapters::One>;

namespace {

Result<Combination> combine(std::string_view name, const AdapterState& global, const Clients& clients, const Parameters& p = {},
                            Round round = {}) {
  auto method = make_method(name, p);
  if (!method.ok()) return method.status();
  HeldAdapters held(clients);
  return (*method)->combine(global, held, round);
}

// Four clients of `ranks` and `alphas`, which start from `global` where a method freezes a factor.
Clients clients_of(const std::vector<int>& ranks, const std::vector<double>& alphas, uint64_t seed = 7) {
  Clients all;
  for (size_t k = 0; k < ranks.size(); ++k)
    all.push_back({"client " + std::to_string(k), 1.0 + 2 * k, dense::random_state(dense::layout(ranks[k], alphas[k]), seed + k)});
  return all;
}

enum class Frozen { neither, a, b };
Clients with_frozen(Clients clients, const AdapterState& global, Frozen frozen) {
  for (auto& one : clients)
    for (size_t m = 0; m < 2; ++m) {
      if (frozen == Frozen::a) std::ranges::copy(global.a(m), one.adapter.a(m).begin());
      if (frozen == Frozen::b) std::ranges::copy(global.b(m), one.adapter.b(m).begin());
    }
  return clients;
}

double error(const Clients& clients, const Combination& result) {
  double e = 0;
  for (size_t m = 0; m < result.adapter.layout->modules().size(); ++m) {
    const dense::Matrix t = dense::target(clients, m);
    e = std::max(e, dense::norm(dense::minus(dense::effective(result, m), t)) / dense::norm(t));
  }
  return e;
}

double apart(const Combination& x, const Combination& y) {
  double e = 0;
  for (size_t m = 0; m < x.adapter.layout->modules().size(); ++m) {
    const dense::Matrix one = dense::effective(x, m);
    e = std::max(e, dense::norm(dense::minus(dense::effective(y, m), one)) / dense::norm(one));
  }
  return e;
}

// The toy: d = 2, r = 1, s = 1, p = (2/3, 1/3).
AdapterState toy(std::vector<float> a, std::vector<float> b) {
  AdapterState s = AdapterState::zeros(*AdapterLayout::make({{"m", 2, 2, 1}}, 1));
  std::ranges::copy(a, s.a(0).begin());
  std::ranges::copy(b, s.b(0).begin());
  return s;
}
Clients toy_clients() { return {{"client 0", 2, toy({1, 0}, {2, 0})}, {"client 1", 1, toy({0, 1}, {0, 1})}}; }

bool near(double x, double y, double tolerance = 1e-6) { return std::abs(x - y) <= tolerance; }

std::string message(const Result<Combination>& result) { return result.status().message(); }

const char* const kAll[] = {"fedavg",  "ffa-lora", "rolora",     "lora-a2",   "fedsvd",       "ravan",   "fed-sb",    "flora",
                            "flexlora", "fedex-lora", "lora-fair", "zero-padding", "hetlora", "rbla", "fedsa-lora"};

}  // namespace

class TestMethods : public QObject {
  Q_OBJECT
  const AdapterState global_ = dense::random_state(dense::layout(3, 6), 1);

 private slots:
  void every_method_of_the_table_is_here() {
    for (const spec::MethodFacts& facts : spec::methods()) {
      const auto method = make_method(facts.name);
      QVERIFY2(method.ok(), method.status().to_string().c_str());
      QCOMPARE((*method)->facts().name, facts.name);
    }
    QCOMPARE((*make_method("fedit"))->facts().name, std::string_view("fedavg"));
  }

  void golden_toy_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<double>("rank");
    QTest::addColumn<double>("lambda");
    QTest::addColumn<double>("e");
    QTest::newRow("FedIT") << "fedavg" << -1.0 << -1.0 << 0.51131;
    QTest::newRow("FedEx") << "fedex-lora" << -1.0 << -1.0 << 0.0;
    QTest::newRow("FLoRA") << "flora" << -1.0 << -1.0 << 0.0;
    QTest::newRow("FlexLoRA 1") << "flexlora" << 1.0 << -1.0 << 0.24254;
    QTest::newRow("FlexLoRA 2") << "flexlora" << 2.0 << -1.0 << 0.0;
    QTest::newRow("FAIR") << "lora-fair" << -1.0 << 0.0 << 0.48507;
    QTest::newRow("FAIR, held") << "lora-fair" << -1.0 << 1e9 << 0.51131;
  }
  void golden_toy() {
    QFETCH(QString, name);
    QFETCH(double, rank);
    QFETCH(double, lambda);
    QFETCH(double, e);
    Parameters p;
    if (rank > 0) p["rank"] = rank;
    if (lambda >= 0) p["lambda"] = lambda;
    const auto result = combine(name.toStdString(), toy({1, 1}, {0, 0}), toy_clients(), p);
    QVERIFY2(result.ok(), result.status().to_string().c_str());
    QVERIFY2(near(error(toy_clients(), *result), e, 5e-6), qPrintable(QString::number(error(toy_clients(), *result))));
  }

  void golden_toy_in_full() {
    const AdapterState global = toy({1, 1}, {0, 0});
    const auto fedex = *combine("fedex-lora", global, toy_clients());
    const dense::Matrix merged = dense::product(*fedex.merged, 0);
    const double expected[] = {4.0 / 9, -4.0 / 9, -2.0 / 9, 2.0 / 9};
    for (int i = 0; i < 4; ++i) QVERIFY(near(merged.values[i], expected[i]));
    QCOMPARE(fedex.merged->layout->modules()[0].rank, 1);
    const auto fair = *combine("lora-fair", global, toy_clients(), {{"lambda", 0}});
    QVERIFY(near(fair.adapter.b(0)[0], 4.0 / 3 + 4.0 / 15) && near(fair.adapter.b(0)[1], 1.0 / 3 - 2.0 / 15));
    const auto flex = *combine("flexlora", global, toy_clients());
    QVERIFY(near(flex.discarded_energy, 0.24254 * 0.24254, 5e-6));
    QVERIFY(near(flex.adapter.a(0)[0], 1) && near(flex.adapter.b(0)[0], 4.0 / 3));   // the sign rule
    const auto het = *combine("hetlora", global, toy_clients());   // weights (2, 1) / 3, as the shares
    QVERIFY(het.adapter.values == combine("zero-padding", global, toy_clients())->adapter.values);
    const auto flora = *combine("flora", global, toy_clients(), {}, {1, 5});
    QVERIFY(flora.adapter.values == adapter::initial_state(global.layout, 5).values);
  }

  void one_client_stays_as_it_is() {   // invariant 1
    for (const char* name : kAll) {
      if (std::string_view(name) == "fedsa-lora") continue;   // there is no one product
      const Clients one = with_frozen(clients_of({3}, {6}), global_, Frozen::a);
      const auto result = combine(name, global_, one);
      QVERIFY2(result.ok(), result.status().to_string().c_str());
      QVERIFY2(error(one, *result) < 3e-7, name);
    }
  }

  void equal_clients_agree_in_every_exact_method() {   // invariant 2
    Clients same = with_frozen(clients_of({3, 3, 3}, {6, 6, 6}), global_, Frozen::a);
    for (auto& one : same) one.adapter = same[0].adapter;
    for (const char* name : kAll) {
      if (std::string_view(name) == "fedsa-lora") continue;
      const auto result = combine(name, global_, same);
      QVERIFY2(error(same, *result) < 3e-7, name);
    }
    QVERIFY(combine("fedavg", global_, same)->adapter.values == same[0].adapter.values);
    QVERIFY(!combine("fedex-lora", global_, same)->merged);
  }

  void names_in_another_order_change_no_more_than_rounding() {   // invariant 3
    for (const char* name : kAll) {
      const Clients clients = with_frozen(clients_of({3, 3, 3, 3}, {6, 6, 6, 6}), global_, Frozen::a);
      const Clients turned(clients.rbegin(), clients.rend());
      const auto one = combine(name, global_, clients), again = combine(name, global_, clients), other = combine(name, global_, turned);
      QVERIFY2(one.ok() && one->adapter.values == again->adapter.values, name);
      QVERIFY2(apart(*one, *other) < 1e-6, name);
    }
  }

  void frozen_factors_make_the_mean_exact() {   // invariants 4 and 11
    for (const char* name : {"ffa-lora", "fedsvd", "ravan", "fed-sb", "rolora", "lora-a2"}) {
      const Clients clients = with_frozen(clients_of({3, 3, 3}, {6, 6, 6}), global_, Frozen::a);
      const auto result = combine(name, global_, clients);
      QVERIFY2(result.ok(), result.status().to_string().c_str());
      QVERIFY2(error(clients, *result) < 1e-6, name);
      if (std::string_view(name) != "fedsvd") QVERIFY(std::ranges::equal(result->adapter.a(1), global_.a(1)));
    }
    const Clients clients = with_frozen(clients_of({3, 3, 3}, {6, 6, 6}), global_, Frozen::b);
    const auto even = combine("rolora", global_, clients, {}, {2});
    QVERIFY(error(clients, *even) < 1e-6);
    QVERIFY(std::ranges::equal(even->adapter.b(0), global_.b(0)));
  }

  void fedsvd_leaves_orthonormal_rows_also_where_b_is_zero() {
    AdapterState start = global_;
    for (const bool zero : {false, true}) {
      Clients clients = with_frozen(clients_of({3, 3}, {6, 6}), start, Frozen::a);
      if (zero)
        for (auto& one : clients)
          for (size_t m = 0; m < 2; ++m) std::ranges::fill(one.adapter.b(m), 0.0f);
      const auto result = *combine("fedsvd", start, clients);
      const auto a = result.adapter.a(0);
      for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) {
          double sum = 0;
          for (int x = 0; x < 13; ++x) sum += static_cast<double>(a[i * 13 + x]) * a[j * 13 + x];
          QVERIFY(near(sum, i == j));
        }
    }
  }

  void product_methods_reach_the_mean_of_products_data() { mixed_rows(); }
  void product_methods_reach_the_mean_of_products() {   // invariant 5, sizes that are not square, mixed ranks and alphas
    QFETCH(QString, name);
    QFETCH(double, rank);
    Parameters p;
    if (rank > 0) p["rank"] = rank;
    const bool mixed = make_method(name.toStdString()).value()->facts().mixed_ranks;
    const Clients clients = mixed ? clients_of({1, 3, 5, 2}, {2, 6, 1, 8}) : clients_of({3, 3, 3, 3}, {2, 6, 1, 8});
    const auto result = combine(name.toStdString(), global_, clients, p);
    QVERIFY2(result.ok(), result.status().to_string().c_str());
    QVERIFY2(error(clients, *result) < 4e-7, qPrintable(QString::number(error(clients, *result))));
    QVERIFY(result->discarded_energy == 0 || result->discarded_energy < 1e-13);
  }
  void mixed_rows() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<double>("rank");
    QTest::newRow("FLoRA") << "flora" << 0.0;
    QTest::newRow("FlexLoRA, as many as there are") << "flexlora" << 11.0;
    QTest::newRow("FlexLoRA, more") << "flexlora" << 14.0;
    QTest::newRow("FedEx") << "fedex-lora" << 0.0;
  }

  void flexlora_cuts_as_the_dense_decomposition_does() {   // invariant 6
    const Clients clients = clients_of({1, 3, 5, 2}, {2, 6, 1, 8});
    const auto result = *combine("flexlora", global_, clients);
    double dropped = 0, all = 0;
    for (size_t m = 0; m < 2; ++m) {
      const dense::Matrix t = dense::target(clients, m), g = dense::effective(result, m);
      const auto values = dense::singular_values(t), kept = dense::singular_values(g);
      double tail = 0;
      for (size_t i = 0; i < values.size(); ++i) {
        all += values[i] * values[i];
        if (i < 3) QVERIFY(near(kept[i], values[i], 1e-6 * values[0]));
        else tail += values[i] * values[i];
      }
      QVERIFY(near(dense::norm(dense::minus(t, g)), std::sqrt(tail), 1e-6 * values[0]));
      dropped += tail;
    }
    QVERIFY(near(result.discarded_energy, dropped / all, 1e-9));
  }

  void few_components_of_many_data() {
    QTest::addColumn<int>("clients");
    QTest::newRow("fewer rows than inputs") << 12;
    QTest::newRow("more rows than inputs") << 20;
  }
  void few_components_of_many() {   // large enough for inverse iteration
    QFETCH(int, clients);
    const LayoutPtr layout = *AdapterLayout::make({{"q", 70, 50, 4}}, 4);
    Clients all;
    for (int k = 0; k < clients; ++k) all.push_back({"client", 1.0 + k, dense::random_state(layout, 30 + k)});
    const auto result = *combine("flexlora", all[0].adapter, all);
    const dense::Matrix t = dense::target(all, 0), g = dense::effective(result, 0);
    const auto values = dense::singular_values(t), kept = dense::singular_values(g);
    double tail = 0;
    for (size_t i = 4; i < values.size(); ++i) tail += values[i] * values[i];
    for (size_t i = 0; i < 4; ++i) QVERIFY(near(kept[i], values[i], 1e-6 * values[0]));
    QVERIFY(near(dense::norm(dense::minus(t, g)), std::sqrt(tail), 1e-7 * values[0]));
  }

  void equal_singular_values() {   // T has 40 of them, all equal; any 4 will do
    const LayoutPtr layout = *AdapterLayout::make({{"q", 70, 50, 4}}, 4);
    Clients all;
    for (int k = 0; k < 10; ++k) {
      AdapterState state = AdapterState::zeros(layout);
      for (int i = 0; i < 4; ++i) state.a(0)[i * 70 + 4 * k + i] = 1, state.b(0)[(4 * k + i) * 4 + i] = 1;
      all.push_back({"client", 1, state});
    }
    const auto result = *combine("flexlora", all[0].adapter, all);
    QVERIFY(near(result.discarded_energy, 36.0 / 40));
    const auto kept = dense::singular_values(dense::effective(result, 0));
    for (size_t i = 0; i < 5; ++i) QVERIFY(near(kept[i], i < 4 ? 0.1 : 0.0));
  }

  void rotated_factors_change_what_averages_them_only() {   // invariant 7: (B R, R^-1 A)
    const Clients clients = clients_of({3, 3}, {6, 6});
    Clients turned = clients;
    AdapterState& x = turned[1].adapter;
    for (size_t m = 0; m < 2; ++m) {   // R swaps components 0 and 1 and doubles one of them
      const int in = x.layout->modules()[m].in_features, out = x.layout->modules()[m].out_features;
      for (int i = 0; i < in; ++i) {
        const float keep = x.a(m)[i];
        x.a(m)[i] = x.a(m)[in + i] / 2, x.a(m)[in + i] = keep;
      }
      for (int o = 0; o < out; ++o) {
        const float keep = x.b(m)[o * 3];
        x.b(m)[o * 3] = 2 * x.b(m)[o * 3 + 1], x.b(m)[o * 3 + 1] = keep;
      }
    }
    for (const char* name : {"flora", "flexlora", "fedex-lora"})
      QVERIFY2(apart(*combine(name, global_, clients), *combine(name, global_, turned)) < 1e-6, name);
    QVERIFY(apart(*combine("fedavg", global_, clients), *combine("fedavg", global_, turned)) > 0.05);
  }

  void how_a_client_splits_alpha_and_b_does_not_matter() {   // invariant 10
    for (const char* name : kAll)
      for (const double cosine : {0.0, 1.0}) {
        Parameters p;
        if (std::string_view(name) == "lora-fair") p["cosine"] = cosine;
        const Clients clients = with_frozen(clients_of({3, 3, 3}, {6, 6, 6}), global_, Frozen::a);
        Clients other = clients;
        AdapterState& x = other[1].adapter;
        x.layout = dense::layout(3, 12);
        for (size_t m = 0; m < 2; ++m)
          for (float& b : x.b(m)) b /= 2;
        QVERIFY2(apart(*combine(name, global_, clients, p), *combine(name, global_, other, p)) == 0, name);
        // Everybody's, and the global adapter's.
        AdapterState start = global_;
        start.layout = x.layout;
        for (size_t m = 0; m < 2; ++m)
          for (float& b : start.b(m)) b /= 2;
        QVERIFY2(apart(*combine(name, global_, clients, p), *combine(name, start, other, p)) < 1e-6, name);
      }
  }

  void mixed_ranks_by_component() {
    const Clients clients = clients_of({1, 3, 2}, {2, 6, 4});   // equal scales
    const AdapterState padded = combine("zero-padding", global_, clients)->adapter, rbla = combine("rbla", global_, clients)->adapter;
    const double p[] = {1.0 / 9, 3.0 / 9, 5.0 / 9};
    const auto a = [&](size_t k, int i, int x) { return static_cast<double>(clients[k].adapter.a(0)[i * 13 + x]); };
    for (int x = 0; x < 13; ++x) {
      QVERIFY(near(padded.a(0)[x], p[0] * a(0, 0, x) + p[1] * a(1, 0, x) + p[2] * a(2, 0, x)));
      QVERIFY(near(padded.a(0)[13 + x], p[1] * a(1, 1, x) + p[2] * a(2, 1, x)));
      QVERIFY(near(rbla.a(0)[13 + x], (3 * a(1, 1, x) + 5 * a(2, 1, x)) / 8));
      QVERIFY(near(rbla.a(0)[26 + x], a(1, 2, x)));
    }
    QVERIFY(near(rbla.b(0)[2], clients[1].adapter.b(0)[2]));
    const Clients low = clients_of({1, 2}, {2, 4});
    QVERIFY(near(combine("rbla", global_, low)->adapter.a(0)[26], global_.a(0)[26]));   // nobody has it
    QCOMPARE(combine("zero-padding", global_, low)->adapter.a(0)[26], 0.0f);
  }

  void hetlora_weighs_by_norms() {
    Clients clients = clients_of({3, 3}, {6, 6});
    double norms[2][2];
    for (size_t k = 0; k < 2; ++k)
      for (size_t m = 0; m < 2; ++m) norms[k][m] = dense::norm(dense::product(clients[k].adapter, m));
    const double x = std::hypot(norms[0][0], norms[0][1]), y = std::hypot(norms[1][0], norms[1][1]);
    const auto expect = [&](double w, size_t m) {
      return w * clients[0].adapter.a(m)[4] + (1 - w) * clients[1].adapter.a(m)[4];
    };
    const auto whole = *combine("hetlora", global_, clients), each = *combine("hetlora", global_, clients, {{"per_module", 1}});
    for (size_t m = 0; m < 2; ++m) {
      QVERIFY(near(whole.adapter.a(m)[4], expect(x / (x + y), m)));
      QVERIFY(near(each.adapter.a(m)[4], expect(norms[0][m] / (norms[0][m] + norms[1][m]), m)));
    }
    for (auto& one : clients)
      for (size_t m = 0; m < 2; ++m) std::ranges::fill(one.adapter.b(m), 0.0f);
    QVERIFY(combine("hetlora", global_, clients)->adapter.values == combine("zero-padding", global_, clients)->adapter.values);
  }

  void lora_fair_corrects() {
    const Clients clients = clients_of({3, 3, 3}, {6, 6, 6});
    const auto mean = *combine("fedavg", global_, clients), exact = *combine("lora-fair", global_, clients, {{"lambda", 0}});
    QVERIFY(error(clients, exact) < error(clients, mean));
    const auto cosine = [&](const Combination& c, size_t m) {
      const dense::Matrix t = dense::target(clients, m), g = dense::effective(c, m);
      return dense::dot(t, g) / dense::norm(t) / dense::norm(g);
    };
    const auto turned = *combine("lora-fair", global_, clients, {{"lambda", 0}, {"cosine", 1}});
    for (size_t m = 0; m < 2; ++m) {
      QVERIFY(cosine(turned, m) > cosine(mean, m) + 0.01);
      // The projection has the largest cosine of all B there is.
      QVERIFY2(near(cosine(turned, m), cosine(exact, m), 1e-6), qPrintable(QString::number(cosine(turned, m) - cosine(exact, m))));
      QVERIFY(std::ranges::equal(turned.adapter.a(m), mean.adapter.a(m)));
    }
    QVERIFY(apart(*combine("lora-fair", global_, clients, {{"lambda", 1e9}, {"cosine", 1}}), mean) < 1e-6);
  }

  void fedsa_keeps_b_at_home() {
    const Clients clients = clients_of({3, 3}, {6, 6});
    const auto result = *combine("fedsa-lora", global_, clients);
    QVERIFY(std::ranges::equal(result.adapter.b(1), global_.b(1)));
    QVERIFY(std::ranges::equal(result.adapter.a(1), combine("fedavg", global_, clients)->adapter.a(1)));
  }

  void saved_tensors_are_averaged_by_everyone() {
    const Clients clients = with_frozen(clients_of({3, 3}, {6, 6}), global_, Frozen::a);
    for (const char* name : kAll) {
      const auto result = *combine(name, global_, clients);
      for (size_t i = 0; i < 6; ++i)
        QVERIFY2(near(result.adapter.saved(0)[i], (clients[0].adapter.saved(0)[i] + 3 * clients[1].adapter.saved(0)[i]) / 4), name);
    }
  }

  void dependent_rows_and_more_rank_than_size() {
    // Equal As make A A^T singular; rank 40 exceeds every size.
    const Clients equal = with_frozen(clients_of({3, 3, 3}, {6, 6, 6}), global_, Frozen::a);
    QVERIFY(error(equal, *combine("flexlora", global_, equal)) < 3e-7);
    QVERIFY(error(equal, *combine("fedex-lora", global_, equal)) < 3e-7);
    const Clients wide = clients_of({40, 3}, {6, 6});
    QVERIFY(error(wide, *combine("flexlora", global_, wide, {{"rank", 13}})) < 4e-7);
    AdapterState zero = AdapterState::zeros(dense::layout(3, 6));
    const auto nothing = *combine("flexlora", global_, {{"client 0", 1, zero}});
    QVERIFY(std::ranges::equal(nothing.adapter.a(0), global_.a(0)));   // what can still be trained
    QCOMPARE(nothing.discarded_energy, 0.0);
  }

  void bad_input_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("which");
    QTest::addColumn<QString>("expected");
    QTest::newRow("nobody") << "fedavg" << 0 << "expected at least one client's adapter, got none";
    QTest::newRow("weight") << "fedavg" << 1 << "client 1: expected a weight above 0, got 0";
    QTest::newRow("nan") << "flora" << 2 << "client 1: q holds a number that is not finite";
    QTest::newRow("nan saved") << "flora" << 3 << "client 1: head holds a number that is not finite";
    QTest::newRow("modules") << "rbla" << 4 << "client 1: expected an adapter of 2 LoRA modules, got 1";
    QTest::newRow("sizes") << "rbla" << 5 << "client 1: expected v (in 8, out 17), got v (in 8, out 16)";
    QTest::newRow("saved") << "rbla" << 6 << "client 1: expected 1 saved tensors, got 0";
    QTest::newRow("saved shape") << "rbla" << 7 << "client 1: expected the saved tensor head in its shape, got head";
    QTest::newRow("ranks") << "fedavg" << 8
                           << "client 1: q has rank 2, the global adapter 3; FedIT cannot combine mixed ranks, FlexLoRA, FLoRA, RBLA and "
                              "zero padding can";
    QTest::newRow("too long") << "rbla" << 9 << "client 1: q has rank 4, expected at most the global adapter's 3";
    QTest::newRow("frozen A") << "ffa-lora" << 10
                              << "client 0: expected the global adapter's A of q, which FFA-LoRA freezes in round 1, got another";
    QTest::newRow("frozen B") << "rolora" << 11
                              << "client 0: expected the global adapter's B of q, which RoLoRA freezes in round 2, got another";
    QTest::newRow("values") << "fedavg" << 12 << "client 1: expected 66 values or more, got 10";
  }
  void bad_input() {
    QFETCH(QString, name);
    QFETCH(int, which);
    QFETCH(QString, expected);
    Clients clients = clients_of({3, 3}, {6, 6});
    AdapterState& x = clients[1].adapter;
    const auto give = [&](LayoutPtr layout) { x = AdapterState::zeros(std::move(layout)); };
    if (which == 0) clients.clear();
    if (which == 1) clients[1].weight = 0;
    if (which == 2) x.a(0)[5] = std::nanf("");
    if (which == 3) x.saved(0)[0] = INFINITY;
    if (which == 4) give(*AdapterLayout::make({{"q", 13, 9, 3}}, 6));
    if (which == 5) give(*AdapterLayout::make({{"q", 13, 9, 3}, {"v", 8, 16, 3}}, 6, false, {{"head", {2, 3}}}));
    if (which == 6) give(*AdapterLayout::make({{"q", 13, 9, 3}, {"v", 8, 17, 3}}, 6));
    if (which == 7) give(*AdapterLayout::make({{"q", 13, 9, 3}, {"v", 8, 17, 3}}, 6, false, {{"head", {3, 2}}}));
    if (which == 8) give(dense::layout(2, 6));
    if (which == 9) give(dense::layout(4, 6));
    if (which == 12) x.values.resize(10);
    QCOMPARE(QString::fromStdString(message(combine(name.toStdString(), global_, clients, {}, {which == 11 ? 2 : 1}))), expected);
  }

  void bad_names_and_parameters() {
    QCOMPARE(make_method("median").status().message(),
             std::string("expected a method among fedavg, ffa-lora, rolora, lora-a2, fedsvd, ravan, fed-sb, flora, flexlora, fedex-lora, "
                         "lora-fair, zero-padding, hetlora, rbla, fedsa-lora, ditto, got \"median\""));
    QCOMPARE(make_method("fedavg", {{"rank", 1}}).status().message(), std::string("FedIT: expected no parameters, got \"rank\""));
    QCOMPARE(make_method("lora-fair", {{"mu", 1}}).status().message(),
             std::string("LoRA-FAIR: expected parameters among lambda, cosine, got \"mu\""));
    QCOMPARE(make_method("lora-fair", {{"cosine", 2}}).status().message(),
             std::string("LoRA-FAIR: cosine: expected a whole number from 0 to 1, got 2"));
    QCOMPARE(make_method("flexlora", {{"rank", 1.5}}).status().message(),
             std::string("FlexLoRA: rank: expected a whole number from 0 to 4096, got 1.5"));
    QVERIFY(!make_method("lora-fair", {{"lambda", std::nan("")}}).ok());
  }

  void leading_components_for_another_rank() {
    const AdapterState less = *take_leading(global_, dense::layout(2, 1)), more = *take_leading(global_, dense::layout(5, 20));
    QVERIFY(*take_leading(global_, global_.layout)->layout == *global_.layout);
    QVERIFY(std::ranges::equal(less.a(0), global_.a(0).first(26)));
    QVERIFY(near(less.layout->scale(0) * less.b(0)[1], global_.layout->scale(0) * global_.b(0)[1]));
    for (size_t m = 0; m < 2; ++m)   // with all components, the product is what it was
      QVERIFY(dense::norm(dense::minus(dense::product(more, m), dense::product(global_, m))) < 1e-5);
    QCOMPARE(more.a(0)[3 * 13], 0.0f);
    QVERIFY(std::ranges::equal(more.saved(0), global_.saved(0)));
    QCOMPARE(take_leading(global_, *AdapterLayout::make({{"q", 13, 9, 3}}, 6)).status().message(),
             std::string("expected an adapter of 2 LoRA modules, got 1"));
  }

  void accumulators() {
    const auto bare = [](int rank, double alpha, uint64_t seed) {
      return dense::random_state(*AdapterLayout::make({{"q", 13, 9, rank}, {"v", 8, 17, rank}}, alpha), seed);
    };
    const AdapterState x = bare(3, 6, 1), y = bare(2, 1, 2);
    const auto sum_of = [&](const AdapterState& s, const AdapterState& t, size_t m) {
      dense::Matrix sum = dense::product(s, m);
      return dense::add(sum, dense::product(t, m), 1), sum;
    };
    const auto first = *accumulate(nullptr, x, 0);
    QCOMPARE(first.merged.layout->scale(0), 1.0);
    const auto both = *accumulate(&first.merged, y, 0), cut = *accumulate(&first.merged, y, 3);
    QCOMPARE(both.merged.layout->modules()[1].rank, 5);
    QCOMPARE(both.discarded_energy, 0.0);
    QCOMPARE(cut.merged.layout->modules()[1].rank, 3);
    double dropped = 0, all = 0;
    for (size_t m = 0; m < 2; ++m) {
      const dense::Matrix sum = sum_of(x, y, m);
      QVERIFY(dense::norm(dense::minus(dense::product(both.merged, m), sum)) < 4e-7 * dense::norm(sum));
      const double apart = dense::norm(dense::minus(dense::product(cut.merged, m), sum));
      dropped += apart * apart, all += dense::dot(sum, sum);
    }
    QVERIFY(near(cut.discarded_energy, dropped / all, 1e-6) && cut.discarded_energy > 0.001);
    AdapterState many = both.merged;   // never more components than the module has
    for (int i = 0; i < 4; ++i) many = accumulate(&many, bare(3, 3, 10 + i), 0)->merged;
    QCOMPARE(many.layout->modules()[0].rank, 9);
    QCOMPARE(many.layout->modules()[1].rank, 8);
    QVERIFY(accumulate(nullptr, global_, 0).status().message().starts_with("expected LoRA modules alone"));
  }
};

QTEST_GUILESS_MAIN(TestMethods)
#include "tst_methods.moc"
