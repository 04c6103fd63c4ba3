// What coding one update of SmolLM-135M's size (921,600 numbers) costs, encode with error feedback and decode, medians of 15 in
// CPU time of one thread. Goals: int8 2 ms, top-k 1/16 8 ms.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <vector>

#include "base/seed_tree.h"
#include "codec/codec.h"

using namespace fedllm;

namespace {

constexpr int kRuns = 15;

double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1e3 + now.tv_nsec * 1e-6;
}

template <class Work>
double median_ms(Work&& work) {
  std::vector<double> times;
  for (int i = 0; i < kRuns; ++i) {
    const double begin = cpu_ms();
    work();
    times.push_back(cpu_ms() - begin);
  }
  std::nth_element(times.begin(), times.begin() + kRuns / 2, times.end());
  return times[kRuns / 2];
}

}  // namespace

int main() {
  std::vector<adapter::ModuleSlot> modules;
  for (int layer = 0; layer < 30; ++layer) {
    modules.push_back({"model.layers." + std::to_string(layer) + ".self_attn.q_proj", 576, 576, 16});
    modules.push_back({"model.layers." + std::to_string(layer) + ".self_attn.v_proj", 576, 192, 16});
  }
  const adapter::LayoutPtr layout = *adapter::AdapterLayout::make(std::move(modules), 16);
  adapter::AdapterState update = adapter::AdapterState::zeros(layout);
  Rng rng(1);
  for (float& value : update.values) value = static_cast<float>(1e-3 * rng.normal());
  std::printf("%zu numbers\n", update.values.size());
  for (const std::string& name : codec::codec_names()) {
    const auto codec = *codec::make_codec(name);
    codec::Residual residual;
    std::string payload;
    const double plain = median_ms([&] { payload = codec->encode(update, nullptr, 1); });
    const double owed = median_ms([&] { payload = codec->encode(update, &residual, 1); });
    float sum = 0;
    const double decode = median_ms([&] { sum += (*codec->decode(payload, layout)).values[0]; });
    std::printf("%-12s %8zu bytes   encode %6.2f ms, with error feedback %6.2f ms   decode %6.2f ms%s\n", name.c_str(), payload.size(), plain, owed, decode, sum == 1e9f ? "!" : "");
  }
}
