#include <QtTest>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "adapter/adapter.h"
#include "adapter/half.h"
#include "adapter/numbers.h"
#include "base/seed_tree.h"

using namespace fedllm;
using namespace fedllm::adapter;

namespace {

constexpr Number kAll[] = {Number::f32, Number::f16, Number::bf16};

// Any bits but those of infinities and NaN: zeros of both signs, subnormals, the largest.
std::string random_bytes(Number as, size_t count, uint64_t seed) {
  Rng rng(seed);
  std::string bytes;
  const auto put = [&](auto bits) { bytes.append(reinterpret_cast<const char*>(&bits), sizeof bits); };
  for (size_t i = 0; i < count; ++i) {
    const auto any = static_cast<uint32_t>(rng.below(uint64_t{1} << 32));
    const bool small = i % 5 == 0;   // a subnormal or a zero
    if (as == Number::f32) put((any & 0x7f800000u) == 0x7f800000u || small ? any & 0x807fffffu : any);
    else if (as == Number::f16) put(static_cast<uint16_t>((any & 0x7c00u) == 0x7c00u || small ? any & 0x83ffu : any));
    else put(static_cast<uint16_t>((any & 0x7f80u) == 0x7f80u || small ? any & 0x807fu : any));
  }
  return bytes;
}

float value_of(const Numbers& numbers, size_t i) {
  const Numbers at = numbers.from(i);
  uint32_t bits = 0;
  std::memcpy(&bits, at.bytes, bytes_of(at.as));
  if (at.as == Number::f32) return std::bit_cast<float>(bits);
  return at.as == Number::f16 ? half_to_float(static_cast<uint16_t>(bits)) : bfloat_to_float(static_cast<uint16_t>(bits));
}

bool same_bits(const std::vector<double>& left, const std::vector<double>& right) {
  return left.size() == right.size() && std::memcmp(left.data(), right.data(), left.size() * sizeof(double)) == 0;
}

}  // namespace

class TestNumbers : public QObject {
  Q_OBJECT
 private slots:
  void what_is_not_unpacked_measures_the_same_to_the_bit() {
    for (const Number as : kAll)
      for (const size_t count : {0, 1, 7, 8, 4095, 4096, 4097, 20'011}) {
        std::string bytes = random_bytes(as, count, count);
        const auto expect = [&](bool finite) {
          AdapterState state{AdapterLayout::flat(count), std::vector<float>(count)};
          widen({bytes.data(), as}, state.values);
          const Measured measured = measure({bytes.data(), as}, count);
          QCOMPARE(measured.finite, finite);
          QCOMPARE(all_finite(state), finite);
          QCOMPARE(std::bit_cast<uint64_t>(measured.norm), std::bit_cast<uint64_t>(l2_norm(state)));
        };
        expect(true);
        if (count == 0) continue;
        const uint32_t infinity = as == Number::f16 ? 0x7c00 : as == Number::bf16 ? 0x7f80 : 0x7f800000;
        std::memcpy(bytes.data() + (count - 1) / 2 * bytes_of(as), &infinity, bytes_of(as));
        expect(false);
      }
  }

  void every_narrow_number_widens_to_the_bit() {
    std::vector<uint16_t> all(1 << 16);
    for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<uint16_t>(i);
    std::vector<float> values(all.size());
    for (const Number as : {Number::f16, Number::bf16}) {
      widen({reinterpret_cast<const char*>(all.data()), as}, values);
      for (size_t i = 0; i < all.size(); ++i) {
        const float expected = as == Number::f16 ? half_to_float(all[i]) : bfloat_to_float(all[i]);
        QVERIFY2(std::bit_cast<uint32_t>(values[i]) == std::bit_cast<uint32_t>(expected), qPrintable(QString::number(i)));
      }
    }
  }

  void every_half_counts_in_sums_as_it_widens() {
    std::vector<uint16_t> all;
    for (uint32_t bits = 0; bits < 1 << 16; ++bits)
      if ((bits & 0x7c00u) != 0x7c00u) all.push_back(static_cast<uint16_t>(bits));
    const Weighted list{{reinterpret_cast<const char*>(all.data()), Number::f16}, 3};
    std::vector<double> sums(all.size(), 0.25);
    add_weighted({&list, 1}, sums);
    for (size_t i = 0; i < all.size(); ++i) QCOMPARE(sums[i], 0.25 + 3.0 * half_to_float(all[i]));
  }

  void sums_are_those_of_one_list_after_the_other_data() {
    QTest::addColumn<size_t>("count");
    QTest::addColumn<size_t>("lists");
    for (const size_t count : {0, 1, 7, 15, 16, 17, 31, 32, 33, 63, 64, 1000, 4096, 4099})
      for (const size_t lists : {1, 2, 10, 23}) QTest::addRow("%zu sums of %zu lists", count, lists) << count << lists;
  }
  void sums_are_those_of_one_list_after_the_other() {
    QFETCH(size_t, count);
    QFETCH(size_t, lists);
    // Whole weights, whose products are exact, and others.
    const auto weight = [](size_t k, bool whole) { return whole ? static_cast<double>(k * 23'456'789 % (1 << 29)) : k % 3 == 0 ? 1e9 + static_cast<double>(k) : 0.1 * static_cast<double>(k); };
    for (size_t kinds = 1; kinds <= 3; ++kinds)      // all alike, or mixed
      for (size_t begin = 0; begin < 3; ++begin) {   // wherever they begin in memory
        std::vector<std::string> bytes;
        std::vector<Weighted> weighted;
        for (size_t k = 0; k < lists; ++k) {
          const Number as = kAll[(k + begin) % kinds];
          bytes.push_back(std::string(begin, 'x') + random_bytes(as, count, 100 * count + k));
        }
        for (const bool whole : {false, true}) {
          weighted.clear();
          for (size_t k = 0; k < lists; ++k) weighted.push_back({{bytes[k].data() + begin, kAll[(k + begin) % kinds]}, weight(k, whole)});
          std::vector<double> expected(count, 1.5), wide = expected, plain = expected;
          for (const Weighted& one : weighted)
            for (size_t i = 0; i < count; ++i) expected[i] += one.weight * value_of(one.values, i);
          add_weighted(weighted, wide);
          add_weighted_plainly(weighted, plain);
          QVERIFY(same_bits(wide, expected));
          QVERIFY(same_bits(plain, expected));
        }
      }
  }

  void what_is_not_finite_stays_so() {
    const float infinity = std::numeric_limits<float>::infinity();
    std::vector<uint16_t> halves(64, 0x3c00);
    halves[0] = 0x7c00, halves[1] = 0xfc00, halves[2] = 0x7e00, halves[3] = 0x7c01;   // infinities, a quiet NaN and a signalling one
    const Weighted list{{reinterpret_cast<const char*>(halves.data()), Number::f16}, 2};
    std::vector<double> sums(64, 1);
    add_weighted({&list, 1}, sums);
    QCOMPARE(sums[0], static_cast<double>(infinity));
    QCOMPARE(sums[1], -static_cast<double>(infinity));
    QVERIFY(std::isnan(sums[2]) && std::isnan(sums[3]));
    QCOMPARE(sums[4], 3.0);
  }
};

QTEST_APPLESS_MAIN(TestNumbers)
#include "tst_numbers.moc"
