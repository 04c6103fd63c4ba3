#include <QtTest>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

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
      if (name == "f32") QVERIFY(std::bit_cast<uint32_t>(want) == std::bit_cast<uint32_t>(got));
      if (name == "f16") QVERIFY(std::abs(want - got) <= std::max(0x1p-25f, std::abs(want) * 0x1p-11f));
      if (name == "bf16") QVERIFY(std::abs(want - got) <= std::abs(want) * 0x1p-8f);
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
    QCOMPARE(make_codec("f61").status().message(), std::string("expected a codec of f32, f16, bf16, int8, int4, top-k, random-mask, sign, got \"f61\""));
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

  void error_feedback_loses_nothing_data() {
    QTest::addColumn<QString>("name");
    for (const std::string& name : codec_names())
      if (name != "f32") QTest::newRow(name.c_str()) << QString::fromStdString(name);
  }
  void error_feedback_loses_nothing() {   // methods.md 7, invariant 14: sum of sent + residual = sum of true
    QFETCH(QString, name);
    const auto codec = *make_codec(name.toStdString());
    const LayoutPtr layout = layout_of(200);
    Residual residual;
    std::vector<double> sent(layout->size()), plain(layout->size()), wanted(layout->size());
    for (int round = 0; round < 50; ++round) {
      const AdapterState delta = random_state(layout, 100 + round);
      const auto seed = static_cast<uint64_t>(round);
      const auto with = *codec->decode(codec->encode(delta, &residual, seed), layout);
      const auto without = *codec->decode(codec->encode(delta, nullptr, seed), layout);
      for (size_t i = 0; i < sent.size(); ++i)
        sent[i] += with.values[i], plain[i] += without.values[i], wanted[i] += delta.values[i];
    }
    double with_error = 0, without_error = 0;
    for (size_t i = 0; i < sent.size(); ++i) {
      QVERIFY(std::abs(sent[i] + residual.values[i] - wanted[i]) < 1e-4);   // float sums of 50 rounds
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

  void few_bits_are_near_and_unbiased() {
    for (const auto& [name, levels] : {std::pair{"int8", 127}, {"int4", 7}}) {
      const auto codec = *make_codec(name);
      const LayoutPtr layout = layout_of(299);   // blocks that are not full
      const AdapterState state = random_state(layout, 8);
      std::vector<double> mean(layout->size());
      const int draws = 400;
      for (int seed = 0; seed < draws; ++seed) {
        const std::string payload = codec->encode(state, nullptr, static_cast<uint64_t>(seed));
        QVERIFY(payload == codec->encode(state, nullptr, static_cast<uint64_t>(seed)));
        const auto back = *codec->decode(payload, layout);
        for (size_t i = 0; i < mean.size(); ++i) {
          QVERIFY(std::abs(back.values[i] - state.values[i]) <= 5.0 / levels);   // less than one level of the block's largest
          mean[i] += back.values[i] / draws;
        }
      }
      double bias = 0, size = 0;
      for (size_t i = 0; i < mean.size(); ++i) bias += std::abs(mean[i] - state.values[i]), size += std::abs(state.values[i]);
      QVERIFY2(bias / size < 0.6 / levels, qPrintable(QString::number(bias / size)));   // rounding to the nearest stays at 1 / levels
      QVERIFY(codec->encode(state, nullptr, 1) != codec->encode(state, nullptr, 2));
    }
  }

  // A block of zeros, of whole levels, of tiny numbers; what is not finite is told to the round by NaN.
  void few_bits_of_special_blocks() {
    const auto codec = *make_codec("int8");
    AdapterState state = AdapterState::zeros(layout_of(127));
    for (size_t i = 0; i < 128; ++i) state.values[i] = static_cast<float>(i);
    QVERIFY((*codec->decode(codec->encode(state, nullptr, 5), state.layout)).values == state.values);
    for (float& value : state.values) value = 1e-44f;
    const auto nothing = *codec->decode(codec->encode(state, nullptr, 5), state.layout);
    for (const float value : nothing.values) QCOMPARE(value, 0.0f);
    state.values[3] = INFINITY;
    QVERIFY(!adapter::all_finite(*codec->decode(codec->encode(state, nullptr, 5), state.layout)));
    std::string payload = codec->encode(AdapterState::zeros(state.layout), nullptr);
    payload[16 + 4 + 2] = char(-128);
    QCOMPARE(codec->decode(with_crc(payload), state.layout).status().message(),
             std::string("payload: expected levels of -127 to 127, got -128 at value 2"));
  }

  void the_largest_are_sent() {
    for (const double density : {1.0 / 128, 1.0 / 16, 0.5, 1.0}) {   // places as numbers, then as a bitmap
      const auto codec = *make_codec("top-k", density);
      const LayoutPtr layout = layout_of(999);
      AdapterState state = random_state(layout, 11);
      state.values[7] = state.values[500];
      const std::string payload = codec->encode(state, nullptr);
      QCOMPARE(payload.size(), codec->payload_bytes(*layout));
      QCOMPARE(static_cast<int64_t>(payload.size()), spec::payload_bytes("top-k", 1000, density));
      const auto back = *codec->decode(payload, layout);
      const size_t k = static_cast<size_t>(std::ceil(density * 1000));
      std::vector<float> sizes;
      for (const float value : state.values) sizes.push_back(std::abs(value));
      std::sort(sizes.rbegin(), sizes.rend());
      size_t sent = 0;
      for (size_t i = 0; i < 1000; ++i) {
        if (back.values[i] == 0) continue;
        ++sent;
        QVERIFY(std::abs(state.values[i]) >= sizes[k - 1]);
        QVERIFY(std::abs(back.values[i] - state.values[i]) <= std::abs(state.values[i]) * 0x1p-11f + 0x1p-25f);
      }
      QCOMPARE(sent, k);
    }
    // Of equals the first.
    AdapterState flat = AdapterState::zeros(layout_of(15));
    std::fill(flat.values.begin(), flat.values.end(), -1.0f);
    const auto back = *(*make_codec("top-k", 0.25))->decode((*make_codec("top-k", 0.25))->encode(flat, nullptr), flat.layout);
    for (size_t i = 0; i < 16; ++i) QCOMPARE(back.values[i], i < 4 ? -1.0f : 0.0f);
  }

  void places_are_not_believed() {
    const auto few = *make_codec("top-k", 0.002), many = *make_codec("top-k", 0.5);
    const AdapterState state = random_state(layout_of(999), 3);
    std::string payload = few->encode(state, nullptr);   // two places
    const uint32_t far = 1000;
    std::memcpy(payload.data() + 20, &far, 4);
    QVERIFY(few->decode(with_crc(payload), state.layout).status().message().starts_with("payload: expected rising places below 1000, got 1000 after "));
    std::memcpy(payload.data() + 20, payload.data() + 16, 4);
    QVERIFY(!few->decode(with_crc(payload), state.layout).ok());
    payload = many->encode(state, nullptr);
    std::memset(payload.data() + 16, 0xff, 125);
    QCOMPARE(many->decode(with_crc(payload), state.layout).status().message(), std::string("payload: expected 500 places in the bitmap, got more"));
    std::memset(payload.data() + 16, 0, 125);
    QCOMPARE(many->decode(with_crc(payload), state.layout).status().message(), std::string("payload: expected 500 places in the bitmap, got 0"));
  }

  void a_mask_is_drawn_from_its_seed() {
    const auto codec = *make_codec("random-mask", 0.25);
    const AdapterState state = random_state(layout_of(999), 6);
    std::vector<double> mean(1000);
    for (int seed = 0; seed < 600; ++seed) {
      const auto back = *codec->decode(codec->encode(state, nullptr, static_cast<uint64_t>(seed)), state.layout);
      size_t sent = 0;
      for (size_t i = 0; i < 1000; ++i) {
        mean[i] += back.values[i] / 600;
        if (back.values[i] == 0) continue;
        ++sent;
        QVERIFY(std::abs(back.values[i] - 4 * state.values[i]) <= std::abs(state.values[i]) * 0x1p-8f + 1e-6f);
      }
      QVERIFY(sent <= 250 && sent >= 248);   // a value may be 0
    }
    double apart = 0, size = 0;
    for (size_t i = 0; i < 1000; ++i) apart += std::abs(mean[i] - state.values[i]), size += std::abs(state.values[i]);
    QVERIFY2(apart / size < 0.12, qPrintable(QString::number(apart / size)));   // sqrt(3 / 600) of each
  }

  void relative_error_is_told() {
    const AdapterState state = random_state(layout_of(999), 6);
    const auto of = [&](const char* name) {
      const auto codec = *make_codec(name);
      return relative_error(*codec->decode(codec->encode(state, nullptr, 1), state.layout), state);
    };
    QCOMPARE(of("f32"), 0.0);
    QVERIFY(of("f16") < of("bf16") && of("bf16") < of("int8") && of("int8") < of("int4") && of("int4") < of("sign"));
    QVERIFY(std::abs(of("sign") - std::sqrt(1 - 2 / 3.14159265)) < 0.05);   // of normal numbers
    QCOMPARE(relative_error(AdapterState::zeros(state.layout), AdapterState::zeros(state.layout)), 0.0);
  }

  void densities_are_checked() {
    for (const double density : {0.0, -1.0, 1.5, double(NAN)}) QVERIFY(!make_codec("top-k", density).ok());
    QCOMPARE(make_codec("top-k", 2).status().message(), std::string("expected a density in (0, 1], got 2.000000"));
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

  void parts_are_those_of_the_whole() {
    AdapterState state = random_state(layout_of(4100), 3, 1e-4);   // many of them subnormal halves
    state.values[7] = std::numeric_limits<float>::infinity(), state.values[8] = std::numeric_limits<float>::quiet_NaN(), state.values[9] = -0.0f;
    QStringList plain;
    for (const std::string& name : codec_names()) {
      const auto codec = *make_codec(name);
      const std::optional<PlainValues> values = codec->plain();
      if (!values) continue;
      plain << QString::fromStdString(name);
      const std::string payload = codec->encode(state, nullptr);
      QVERIFY(codec->check(payload, *state.layout).ok());
      const AdapterState whole = *codec->decode(payload, state.layout);
      for (const size_t from : {0, 1, 5, 4095, 4100})
        for (const size_t count : {0, 1, 16, 33, 4096}) {
          std::vector<float> part(std::min(count, whole.values.size() - from));
          adapter::widen(values->of(payload).from(from), part);
          QVERIFY2(std::memcmp(part.data(), whole.values.data() + from, 4 * part.size()) == 0, name.c_str());
        }
    }
    QCOMPARE(plain, (QStringList{"f32", "f16", "bf16"}));
  }

  void a_check_refuses_what_decode_refuses() {
    for (const std::string& name : codec_names()) {
      const auto codec = *make_codec(name);
      const AdapterState state = golden_state();
      const std::string payload = codec->encode(state, nullptr);
      QVERIFY(codec->check(payload, *state.layout).ok());
      const auto same = [&](const std::string& bad, const LayoutPtr& layout) {
        const Status checked = codec->check(bad, *layout), decoded = codec->decode(bad, layout).status();
        return !checked.ok() && checked.message() == decoded.message();
      };
      for (size_t n = 0; n < payload.size(); ++n) QVERIFY(same(payload.substr(0, n), state.layout));
      for (size_t bit = 0; bit < payload.size() * 8; ++bit) {
        std::string bad = payload;
        bad[bit / 8] ^= static_cast<char>(1 << bit % 8);
        QVERIFY2(same(bad, state.layout), qPrintable(QString::number(bit)));
      }
      QVERIFY(same(payload, layout_of(3)));
    }
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

  // Whoever has summed the bytes on their way spares the second pass, and sees the same.
  void a_known_crc_says_whether_a_payload_is_whole() {
    for (const std::string& name : codec_names()) {
      const auto codec = *make_codec(name);
      for (const int in : {1, 7, 100}) {
        const AdapterState state = random_state(layout_of(in), 3);
        const std::string payload = codec->encode(state, nullptr);
        QCOMPARE(crc32(payload), kWholeCrc);
        QVERIFY(codec->decode(payload, state.layout, crc32(payload))->values == codec->decode(payload, state.layout)->values);
        for (size_t at = 16; at < payload.size(); ++at) {
          std::string bad = payload;
          bad[at] ^= 0x10;
          QCOMPARE(codec->check(bad, *state.layout, crc32(bad)).message(), codec->check(bad, *state.layout).message());
          QVERIFY(!codec->decode(bad, state.layout, crc32(bad)).ok());
        }
        QVERIFY(codec->check(payload.substr(0, 19), *state.layout, kWholeCrc).message().starts_with("payload: expected at least 20 bytes"));
      }
    }
  }
};

QTEST_GUILESS_MAIN(TestCodec)
#include "tst_codec.moc"
