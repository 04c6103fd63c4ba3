#include <QtTest>

#include <bit>
#include <cmath>
#include <cstring>

#include "base/file.h"
#include "base/seed_tree.h"
#include "codec/codec.h"
#include "spec/forecast.h"

using namespace fedllm;
using namespace fedllm::codec;
using adapter::AdapterLayout;
using adapter::AdapterState;
using adapter::LayoutPtr;

namespace {

LayoutPtr layout_of(int in) { return *AdapterLayout::make({{"m", in, 1, 1}}, 1); }   // in + 1 values

AdapterState random_state(const LayoutPtr& layout, uint64_t seed, double scale = 1) {
  AdapterState state = AdapterState::zeros(layout);
  Rng rng(seed);
  for (float& x : state.values) x = static_cast<float>(scale * rng.normal());
  return state;
}

// The values of the golden files; made with Python's struct and zlib, not with this code.
AdapterState golden_state() {
  AdapterState state = AdapterState::zeros(layout_of(9));
  state.values = {0.0f, -0.0f, 1.0f, -2.5f, 1.0f / 3, 65504.0f, 1e-7f, 6.1e-5f, 3.1415927f, -1e-3f};
  return state;
}

std::string with_crc(std::string payload) {   // a forger who knows the checksum
  const uint32_t crc = crc32(std::string_view(payload).substr(0, payload.size() - 4));
  std::memcpy(payload.data() + payload.size() - 4, &crc, 4);
  return payload;
}

}  // namespace

class TestCodec : public QObject {
  Q_OBJECT
 private slots:
  void crc_known_vectors() {
    QCOMPARE(crc32("123456789"), 0xcbf43926u);
    QCOMPARE(crc32(""), 0u);
    QCOMPARE(crc32("a"), 0xe8b7be43u);
    QCOMPARE(crc32("The quick brown fox jumps over the lazy dog"), 0x414fa339u);
  }

  void golden_data() {
    QTest::addColumn<QString>("name");
    for (const std::string& name : codec_names()) QTest::newRow(name.c_str()) << QString::fromStdString(name);
  }
  void golden() {
    QFETCH(QString, name);
    const auto codec = *make_codec(name.toStdString());
    const auto bytes = read_file(std::string(FEDLLM_SOURCE_DIR) + "/tests/core/codec/golden/v1_" + name.toStdString() + ".bin");
    QVERIFY2(bytes.ok(), bytes.status().to_string().c_str());
    QCOMPARE(QByteArray::fromStdString(codec->encode(golden_state(), nullptr)).toHex(),
             QByteArray::fromStdString(*bytes).toHex());
    const auto state = codec->decode(*bytes, golden_state().layout);
    QVERIFY2(state.ok(), state.status().to_string().c_str());
    for (size_t i = 0; i < state->values.size(); ++i) {
      const float want = golden_state().values[i], got = state->values[i];
      QVERIFY(name == "f32" ? std::bit_cast<uint32_t>(want) == std::bit_cast<uint32_t>(got)
                            : std::abs(want - got) <= std::max(0x1p-25f, std::abs(want) * 0x1p-11f));
    }
  }

  void sizes_are_exact_and_forecast_knows_them() {
    for (const std::string& name : codec_names()) {
      const auto codec = *make_codec(name);
      QCOMPARE(codec->name(), std::string_view(name));
      for (int in : {1, 7, 1000}) {
        const LayoutPtr layout = layout_of(in);
        QCOMPARE(codec->encode(random_state(layout, 1), nullptr).size(), codec->payload_bytes(*layout));
        QCOMPARE(static_cast<int64_t>(codec->payload_bytes(*layout)),
                 spec::payload_bytes(name, static_cast<int64_t>(layout->size())));
      }
    }
    QCOMPARE(make_codec("f61").status().message(), std::string("expected codec f32 or f16, got \"f61\""));
  }

  void f32_keeps_every_bit() {
    AdapterState state = random_state(layout_of(100), 3, 1e20);
    state.values[3] = NAN;
    state.values[4] = -INFINITY;
    state.values[5] = 1e-45f;
    const auto codec = *make_codec("f32");
    Residual residual;
    const auto back = *codec->decode(codec->encode(state, &residual), state.layout);
    QVERIFY(std::memcmp(back.values.data(), state.values.data(), 4 * state.values.size()) == 0);
    QVERIFY(residual.values.empty());
  }

  void f16_is_as_near_as_it_can_be() {
    const auto codec = *make_codec("f16");
    AdapterState state = random_state(layout_of(1000), 4, 0.01);
    const auto once = *codec->decode(codec->encode(state, nullptr), state.layout);
    for (size_t i = 0; i < state.values.size(); ++i)
      QVERIFY(std::abs(once.values[i] - state.values[i]) <= std::max(0x1p-25f, std::abs(state.values[i]) * 0x1p-11f));
    const auto twice = *codec->decode(codec->encode(once, nullptr), state.layout);
    QVERIFY(twice.values == once.values);
  }

  void f16_finite_stays_finite_and_nan_stays_nan() {
    const auto codec = *make_codec("f16");
    AdapterState state = AdapterState::zeros(layout_of(3));
    state.values = {1e30f, -70000, NAN, INFINITY};
    const auto back = *codec->decode(codec->encode(state, nullptr), state.layout);
    QCOMPARE(back.values[0], 65504.0f);
    QCOMPARE(back.values[1], -65504.0f);
    QVERIFY(std::isnan(back.values[2]) && std::isinf(back.values[3]));
  }

  void error_feedback_loses_nothing() {   // methods.md 7, invariant 14: sum of sent + residual = sum of true
    const auto codec = *make_codec("f16");
    const LayoutPtr layout = layout_of(200);
    Residual residual;
    std::vector<double> sent(layout->size()), plain(layout->size()), wanted(layout->size());
    for (int round = 0; round < 50; ++round) {
      const AdapterState delta = random_state(layout, 100 + round);
      const auto with = *codec->decode(codec->encode(delta, &residual), layout);
      const auto without = *codec->decode(codec->encode(delta, nullptr), layout);
      for (size_t i = 0; i < sent.size(); ++i)
        sent[i] += with.values[i], plain[i] += without.values[i], wanted[i] += delta.values[i];
    }
    double with_error = 0, without_error = 0;
    for (size_t i = 0; i < sent.size(); ++i) {
      QVERIFY(std::abs(sent[i] + residual.values[i] - wanted[i]) < 1e-4);
      with_error += std::abs(sent[i] - wanted[i]);
      without_error += std::abs(plain[i] - wanted[i]);
    }
    QVERIFY2(with_error < 0.5 * without_error, qPrintable(QString("%1 %2").arg(with_error).arg(without_error)));
  }

  void residual_survives_bad_values_and_sizes() {
    const auto codec = *make_codec("f16");
    AdapterState state = AdapterState::zeros(layout_of(1));
    state.values = {NAN, 1e30f};
    Residual residual{{1, 2, 3}};   // of another layout
    codec->encode(state, &residual);
    QCOMPARE(residual.values[0], 0.0f);
    QVERIFY(residual.values.size() == 2 && std::isfinite(residual.values[1]));
  }

  void refusals_data() {
    QTest::addColumn<int>("offset");
    QTest::addColumn<int>("value");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* name, int offset, int value, const char* message) {
      QTest::newRow(name) << offset << value << QString(message);
    };
    row("magic", 0, 'X', "payload: expected the magic FLUP at its start, got other bytes");
    row("version", 4, 2, "payload: expected format version 1, got 2");
    row("codec", 5, 1, "payload: expected codec f32, got f16");
    row("unknown codec", 5, 9, "payload: expected codec f32, got number 9");
    row("reserved", 6, 1, "payload: expected zero in the reserved bytes, got 1");
    row("count", 8, 11, "payload: expected 10 values, got 11");
    row("huge count", 15, 127, "payload: expected 10 values, got 9151314442816847882");
  }
  void refusals() {
    QFETCH(int, offset);
    QFETCH(int, value);
    QFETCH(QString, message);
    const auto codec = *make_codec("f32");
    std::string payload = codec->encode(golden_state(), nullptr);
    payload[static_cast<size_t>(offset)] = static_cast<char>(value);
    const Status status = codec->decode(with_crc(payload), golden_state().layout).status();
    QVERIFY(status.code() == Code::data_loss);
    QCOMPARE(QString::fromStdString(status.message()), message);
  }

  void truncations_and_bit_flips() {
    for (const std::string& name : codec_names()) {
      const auto codec = *make_codec(name);
      const AdapterState state = golden_state();
      const std::string payload = codec->encode(state, nullptr);
      for (size_t n = 0; n < payload.size(); ++n) {
        QVERIFY(!codec->decode(payload.substr(0, n), state.layout).ok());
        if (n >= 20) QVERIFY(!codec->decode(with_crc(payload.substr(0, n)), state.layout).ok());
      }
      QVERIFY(!codec->decode(payload + '\0', state.layout).ok());
      for (size_t bit = 0; bit < payload.size() * 8; ++bit) {
        std::string bad = payload;
        bad[bit / 8] ^= static_cast<char>(1 << bit % 8);
        QVERIFY2(!codec->decode(bad, state.layout).ok(), qPrintable(QString::number(bit)));
      }
      QCOMPARE(codec->decode(payload.substr(0, 19), state.layout).status().message(),
               std::string("payload: expected at least 20 bytes, got 19"));
      QVERIFY(codec->decode(payload.substr(0, 22), state.layout)
                  .status()
                  .message()
                  .starts_with("payload: expected " + std::to_string(payload.size()) + " bytes, got 22"));
      QVERIFY(codec->decode(payload, layout_of(3)).status().message().starts_with("payload: expected 4 values, got 10"));
    }
    const auto codec = *make_codec("f32");
    std::string payload = codec->encode(golden_state(), nullptr);
    payload[20] ^= 1;
    QCOMPARE(codec->decode(payload, golden_state().layout).status().message(),
             std::string("payload: the checksum does not match, so bytes were changed on the way"));
  }
};

QTEST_GUILESS_MAIN(TestCodec)
#include "tst_codec.moc"
