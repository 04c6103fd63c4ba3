// Codecs: error bounds, bytes as modelled (invariant 18), error feedback (14) and its resume (9), and hand-made vectors.
#include <algorithm>
#include <cmath>

#include "base/seed_tree.h"
#include "conformance/checks.h"
#include "spec/forecast.h"

namespace fedllm::conformance {
namespace {

using adapter::AdapterLayout;
using adapter::AdapterState;

AdapterState state_of(std::vector<float> values) {
  const auto layout = AdapterLayout::flat(values.size());
  return {layout, std::move(values)};
}

AdapterState random_state(size_t count, uint64_t seed) {
  std::vector<float> values(count);
  Rng rng(seed);
  for (float& x : values) x = static_cast<float>(0.01 * rng.normal());
  return state_of(std::move(values));
}

class OneCodec {
 public:
  OneCodec(const Subjects& subjects, Rows& rows, std::string_view name, std::unique_ptr<codec::Codec> made)
      : subjects_(subjects), rows_(rows), name_(name), codec_(std::move(made)) {}

  // relative: the error that normal values may have at most; the largest 1/16 of them hold 0.324 of the energy, a random 1/16
  // weighed by 16 is off by sqrt(15).
  void all_checks(double relative, bool unbiased) {
    const AdapterState state = random_state(5000, 91);
    round_trip("relative error of 5000 normal values", state, relative);
    for (const size_t count : {size_t{1}, size_t{77}, size_t{4097}})
      rows_.same(name_, "bytes of " + std::to_string(count) + " values as modelled",
                 std::to_string(spec::payload_bytes(name_, static_cast<int64_t>(count))), std::to_string(codec_->encode(random_state(count, 92), nullptr, 1).size()));
    rows_.same(name_, "the same seed, the same payload", "yes", codec_->encode(state, nullptr, 5) == codec_->encode(state, nullptr, 5) ? "yes" : "no");
    const AdapterState nothing = state_of(std::vector<float>(300));
    const auto zero = codec_->decode(codec_->encode(nothing, nullptr, 1), nothing.layout);
    if (zero.ok()) rows_.at_most(name_, "zeros stay zeros", 0, adapter::l2_norm(*zero));
    else rows_.failed(name_, "zeros stay zeros", "a payload that decodes", zero.status());
    if (!codec_->lossless()) feedback();
    if (unbiased) mean();
    codec::Payload damaged = codec_->encode(state, nullptr, 1);
    rows_.refused(name_, "refuses a payload cut short", codec_->decode(std::string_view(damaged).substr(0, damaged.size() - 1), state.layout).status(), "expected");
    damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
    rows_.refused(name_, "refuses a bit that fell over", codec_->decode(damaged, state.layout).status(), "checksum");
  }

  void vector(const std::string& check, std::vector<float> values, const std::vector<float>& expected) {
    const AdapterState state = state_of(std::move(values));
    const auto got = codec_->decode(codec_->encode(state, nullptr, 3), state.layout);
    if (!got.ok()) return rows_.failed(name_, check, "a payload that decodes", got.status());
    rows_.same(name_, check, expected, got->values);
  }

 private:
  void round_trip(const std::string& check, const AdapterState& state, double bound) {
    const auto got = codec_->decode(codec_->encode(state, nullptr, 7), state.layout);
    if (!got.ok()) return rows_.failed(name_, check, "a payload that decodes", got.status());
    double error2 = 0, size2 = 0;
    for (size_t i = 0; i < state.values.size(); ++i) {
      error2 += std::pow(static_cast<double>(got->values[i]) - state.values[i], 2);
      size2 += std::pow(static_cast<double>(state.values[i]), 2);
    }
    rows_.at_most(name_, check, bound, std::sqrt(error2 / size2));
  }

  // What arrived, and what is owed, is what was to be sent; a residual from disk goes on as if nothing had happened.
  void feedback() {
    constexpr size_t kCount = 700;
    codec::Residual residual, before;
    std::vector<double> wanted(kCount), arrived(kCount);
    std::vector<float> goes_on, resumed;
    double norms = 0;
    for (uint64_t round = 0; round < 24; ++round) {
      const AdapterState delta = random_state(kCount, 200 + round);
      if (round == 23) before = residual;
      const auto got = codec_->decode(codec_->encode(delta, &residual, round), delta.layout);
      if (!got.ok()) return rows_.failed(name_, "error feedback", "a payload that decodes", got.status());
      for (size_t i = 0; i < kCount; ++i) wanted[i] += delta.values[i], arrived[i] += got->values[i];
      norms += adapter::l2_norm(delta);
      if (round < 23) continue;
      goes_on = got->values;
      codec::Residual loaded{std::vector<float>(before.values.begin(), before.values.end())};
      const auto fresh = subjects_.make_codec(name_, spec::kCodecDensity);
      const auto again = fresh.ok() ? (*fresh)->decode((*fresh)->encode(delta, &loaded, round), delta.layout) : got;
      if (again.ok()) resumed = again->values;
    }
    double off = 0;
    for (size_t i = 0; i < kCount; ++i) off += std::pow(wanted[i] - arrived[i] - (i < residual.values.size() ? residual.values[i] : 0), 2);
    rows_.at_most(name_, "error feedback: sent + residual = sum of 24 changes", 1e-6 * norms, std::sqrt(off));
    rows_.same(name_, "error feedback: resumed from disk, the same bits", goes_on, resumed);
  }

  // The mean of many payloads comes near what was sent, as only an unbiased code does.
  void mean() {
    constexpr int kDraws = 600;
    const AdapterState state = random_state(192, 94);
    std::vector<double> sums(state.values.size());
    for (uint64_t seed = 0; seed < kDraws; ++seed) {
      const auto got = codec_->decode(codec_->encode(state, nullptr, SeedTree(seed).child("draw").value()), state.layout);
      if (!got.ok()) return rows_.failed(name_, "unbiased", "a payload that decodes", got.status());
      for (size_t i = 0; i < sums.size(); ++i) sums[i] += got->values[i] / kDraws;
    }
    double along = 0, size2 = 0;
    for (size_t i = 0; i < sums.size(); ++i) along += sums[i] * state.values[i], size2 += static_cast<double>(state.values[i]) * state.values[i];
    rows_.near(name_, "unbiased: the mean of 600 payloads along what was sent", 1, along / size2, 0.06);
  }

  const Subjects& subjects_;
  Rows& rows_;
  const std::string_view name_;
  std::unique_ptr<codec::Codec> codec_;
};

}  // namespace

void check_codecs(const Subjects& subjects, Rows& rows) {
  std::vector<float> ramp(32);
  for (size_t i = 0; i < 32; ++i) ramp[i] = i % 2 == 0 ? static_cast<float>(i + 1) : -static_cast<float>(i + 1);
  std::vector<float> largest(32);   // two of 32 at density 1/16
  largest[30] = 31, largest[31] = -32;
  std::vector<float> mean(32);      // of 1 … 32
  for (size_t i = 0; i < 32; ++i) mean[i] = i % 2 == 0 ? 16.5f : -16.5f;
  struct One {
    std::string_view name;
    double relative;
    bool unbiased;
    std::string vector;
    std::vector<float> values, expected;
  };
  const One all[] = {
      {"f32", 0, false, "every bit arrives", {1.0f / 3, -0.0f, 1e-45f, 3e38f}, {1.0f / 3, -0.0f, 1e-45f, 3e38f}},
      {"f16", 0x1p-11, false, "ties to even; beyond 65504 the largest", {1 + 0x1p-11f, 1 + 3 * 0x1p-11f, 1e6f, -1e6f}, {1, 1 + 0x1p-9f, 65504, -65504}},
      {"bf16", 0x1p-8, false, "ties to even; the range of float32", {1 + 0x1p-8f, 1 + 3 * 0x1p-8f, 0x1p100f}, {1, 1 + 0x1p-6f, 0x1p100f}},
      {"int8", 0.02, true, "whole levels stay", {127, -127, 3, -64, 0}, {127, -127, 3, -64, 0}},
      {"int4", 0.25, true, "whole levels stay", {7, -7, 3, -1, 0}, {7, -7, 3, -1, 0}},
      {"top-k", 0.83, false, "of 32 values the two largest", ramp, largest},
      {"random-mask", 4.2, true, "a value alone is chosen", {0.5f}, {0.5f}},
      {"sign", 0.62, false, "the sign times the mean magnitude", ramp, mean},
  };
  for (const One& one : all) {
    auto made = subjects.make_codec(one.name, spec::kCodecDensity);
    if (!made.ok()) {
      rows.failed(one.name, "a codec", "a codec", made.status());
      continue;
    }
    OneCodec codec(subjects, rows, one.name, std::move(*made));
    codec.all_checks(one.relative, one.unbiased);
    codec.vector(one.vector, one.values, one.expected);
  }
}

}  // namespace fedllm::conformance
