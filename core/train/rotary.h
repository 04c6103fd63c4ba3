// Rotary position tables (RoPE, 2104.09864) with the scalings linear, dynamic (NTK), llama3 and yarn (2309.00071), operation
// by operation in float32 as Hugging Face computes them: one unit in the last place of a frequency is 1e-4 radians at
// position 2000. Values, any thread.
#pragma once

#include <vector>

#include "train/model_config.h"

namespace fedllm::train {

struct RotationTable {
  int positions = 0, half = 0;           // half = rope.dim / 2
  std::vector<float> cosine, sine;       // [positions, half]; yarn's attention factor is multiplied in
};

// The table for a pass whose longest (padded) sequence has `length` positions. Only `dynamic` depends on length beyond the
// number of rows: past original_positions its frequencies change.
RotationTable make_rotation(const Rope& rope, int length);
// Does the table of a longer pass hold different numbers for the same position?
bool depends_on_length(const Rope& rope);

}  // namespace fedllm::train
