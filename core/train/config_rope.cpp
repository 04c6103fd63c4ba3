// rope_scaling and rope_parameters: the scalings of rotary positions as transformers' modeling_rope_utils names and reads them.
#include <algorithm>
#include <cmath>

#include "train/config_reader.h"

namespace fedllm::train {
namespace {

using nlohmann::json;

// 0.1 m ln(s) + 1 (2309.00071, equation 22).
double yarn_mscale(double factor, double mscale) { return factor <= 1 ? 1 : 0.1 * mscale * std::log(factor) + 1; }

void read_yarn(ConfigReader& scaling, Rope& rope, bool take_original) {
  const int original = scaling.integer("original_max_position_embeddings", rope.original_positions);
  if (take_original) rope.original_positions = original;
  rope.beta_fast = scaling.number("beta_fast", 32), rope.beta_slow = scaling.number("beta_slow", 1);
  rope.truncate = scaling.boolean("truncate", true);
  const bool both = scaling.has("mscale") && scaling.has("mscale_all_dim");
  const double fallback = both ? yarn_mscale(rope.factor, scaling.number("mscale", 1)) / yarn_mscale(rope.factor, scaling.number("mscale_all_dim", 1)) : yarn_mscale(rope.factor, 1);
  rope.attention_factor = scaling.number("attention_factor", fallback);
  scaling.harmless({"finetuned"});
  if (!(rope.beta_fast > rope.beta_slow)) scaling.fail("\"rope_scaling\": expected beta_fast above beta_slow, got " + std::to_string(rope.beta_fast) + " and " + std::to_string(rope.beta_slow));
  if (rope.theta == 1) scaling.fail("\"rope_scaling\": yarn needs a rope_theta other than 1");
}

void read_llama3(ConfigReader& scaling, Rope& rope) {
  rope.original_positions = scaling.integer("original_max_position_embeddings");
  rope.low_frequency_factor = scaling.number("low_freq_factor"), rope.high_frequency_factor = scaling.number("high_freq_factor");
  if (!(rope.high_frequency_factor > rope.low_frequency_factor))
    scaling.fail("\"rope_scaling\": expected high_freq_factor above low_freq_factor, got " + std::to_string(rope.high_frequency_factor) + " and " + std::to_string(rope.low_frequency_factor));
}

// Positions that the scaling makes usable: a file may give those before scaling or those after. `dynamic` has no end of its
// own; eight times is where its quality has long gone.
int usable_positions(const Rope& rope, int given, int head_dim) {
  double positions = given;
  if (rope.scaling == RopeScaling::linear) positions *= rope.factor;
  if (rope.scaling == RopeScaling::yarn) positions = std::max(positions, rope.original_positions * rope.factor);
  if (rope.scaling == RopeScaling::dynamic) positions *= std::max(8.0, rope.factor);
  const int64_t most = ConfigReader::kMostRotation / head_dim;
  return std::max(given, static_cast<int>(std::min(std::ceil(positions), static_cast<double>(most))));
}

void read_scaling(ConfigReader& scaling, const std::string& name, Rope& rope, bool take_original) {
  const std::string older = scaling.text("type", "default"), type = scaling.text("rope_type", older);
  if (scaling.has("type") && scaling.has("rope_type") && older != type) scaling.fail("\"" + name + "\" says both \"" + type + "\" and \"" + older + "\"");
  rope.theta = scaling.number("rope_theta", rope.theta);
  if (type == "default") return;
  const std::pair<const char*, RopeScaling> types[] = {{"linear", RopeScaling::linear}, {"dynamic", RopeScaling::dynamic}, {"llama3", RopeScaling::llama3}, {"yarn", RopeScaling::yarn}};
  const auto* found = std::find_if(std::begin(types), std::end(types), [&](const auto& t) { return type == t.first; });
  if (found == std::end(types)) return scaling.fail("\"" + name + "\": expected \"default\", \"linear\", \"dynamic\", \"llama3\" or \"yarn\", got " + json(type).dump(-1, ' ', true, json::error_handler_t::replace));
  rope.scaling = found->second;
  rope.factor = scaling.number("factor");
  if (rope.scaling == RopeScaling::llama3) read_llama3(scaling, rope);
  if (rope.scaling == RopeScaling::yarn) read_yarn(scaling, rope, take_original);
  // transformers computes dynamic scaling from max_position_embeddings alone.
  if (rope.scaling == RopeScaling::dynamic) scaling.harmless({"original_max_position_embeddings"});
}

}  // namespace

void read_rope(ConfigReader& reader, ModelConfig& config, double theta) {
  Rope& rope = config.rope;
  rope.theta = theta;
  rope.original_positions = config.max_positions;
  if (rope.dim % 2 != 0) reader.fail("head_dim must be even for rotary positions, got " + std::to_string(rope.dim));
  // transformers 4.51 began to take yarn's correction range from original_max_position_embeddings; before, the key was ignored and
  // max_position_embeddings taken. A file means what the release that wrote it computes.
  const bool take_original = !reader.written_before(4, 51);
  const json *older = reader.find("rope_scaling"), *newer = reader.find("rope_parameters");
  if (older && newer && !older->empty() && !newer->empty() && *older != *newer) reader.fail("\"rope_scaling\" and \"rope_parameters\" differ");
  for (const char* name : {"rope_scaling", "rope_parameters"}) {
    const json* value = reader.find(name);
    if (!value || value->empty()) continue;
    if (!value->is_object()) { reader.fail("\"" + std::string(name) + "\": expected an object, got " + value->dump(-1, ' ', true, json::error_handler_t::replace)); continue; }
    ConfigReader scaling(*value, reader.where(), std::string(name) + ".");
    scaling.harmless({"partial_rotary_factor"});   // the families read it
    read_scaling(scaling, name, rope, take_original);
    if (const Status status = scaling.finish(); !status.ok()) reader.fail(status.message().substr(reader.where().size() + 2));
  }
  if (rope.scaling == RopeScaling::dynamic && rope.dim <= 2) reader.fail("\"rope_scaling\": dynamic needs at least 4 rotated floats a head, got " + std::to_string(rope.dim));
  config.max_positions = usable_positions(rope, config.max_positions, config.head_dim);
}

}  // namespace fedllm::train
