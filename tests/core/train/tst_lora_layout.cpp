// Layouts from a LoraSpec: order, ranks, scales, tensors kept whole.
#include <QTest>

#include <cmath>

#include "train/lora_layout.h"

using namespace fedllm;

class tst_lora_layout : public QObject {
  Q_OBJECT
 private slots:
  void ranks_scales_and_places() {
    spec::ModelFacts model;
    model.linears = {{"model.layers.0.q_proj", 6, 5}, {"model.layers.0.v_proj", 6, 4}, {"model.layers.1.q_proj", 6, 5}};
    model.tensors = {{"lm_head.weight", {7, 6}}};
    spec::LoraSpec lora{.rank = 4, .alpha = 8, .target_modules = {"all-linear"}, .rank_pattern = {{"v_proj", 2}},
                        .alpha_pattern = {{"layers.1.q_proj", 3}}, .modules_to_save = {"lm_head"}};
    const auto layout = train::lora_layout(model, lora);
    QVERIFY2(layout.ok(), layout.status().message().c_str());
    const auto& l = **layout;
    QCOMPARE(l.modules().size(), size_t(3));
    QCOMPARE(l.modules()[1].rank, 2);
    QCOMPARE(l.scale(0), 2.0);
    QCOMPARE(l.scale(1), 4.0);
    QCOMPARE(l.scale(2), 0.75);
    QCOMPARE(l.saved().size(), size_t(1));
    QCOMPARE(l.saved()[0].offset, size_t(4 * 11 + 2 * 10 + 4 * 11));
    QCOMPARE(l.size(), l.saved()[0].offset + 42);
    lora.use_rslora = true;
    QCOMPARE((*train::lora_layout(model, lora))->scale(1), 8 / std::sqrt(2.0));
  }

  void says_where_a_name_is_left_out() {
    const std::vector<spec::LinearFacts> linears = {{"model.h.0.q_proj", 6, 5}, {"model.h.0.v_proj", 6, 4}, {"model.h.1.q_proj", 6, 5}, {"model.h.1.v_proj", 6, 4}};
    const auto leaves = [&](const spec::LoraSpec& lora) { return train::leaves_out(**train::lora_layout(linears, lora), linears); };
    QVERIFY(!leaves({.target_modules = {"q_proj"}}));
    QVERIFY(!leaves({.target_modules = {"all-linear"}}));
    QVERIFY(leaves({.target_modules = {"q_proj"}, .layers_to_transform = {0}}));
    QVERIFY(leaves({.target_modules = {"q_proj", "0.v_proj"}}));
    QVERIFY(leaves({.target_modules = {"q_proj"}, .exclude_modules = {"model.h.1.q_proj"}}));
  }

  void plain_layouts_are_as_they_were() {
    const std::vector<spec::LinearFacts> linears = {{"a.q_proj", 6, 5}, {"a.v_proj", 6, 4}};
    const auto layout = train::lora_layout(linears, {.rank = 2, .alpha = 4, .target_modules = {"q_proj", "v_proj"}});
    QVERIFY(**layout == **adapter::AdapterLayout::make({{"a.q_proj", 6, 5, 2}, {"a.v_proj", 6, 4, 2}}, 4));
    QVERIFY(!train::lora_layout(linears, {.target_modules = {"q_proj"}, .modules_to_save = {"lm_head"}}).ok());
  }
};

QTEST_APPLESS_MAIN(tst_lora_layout)
#include "tst_lora_layout.moc"
