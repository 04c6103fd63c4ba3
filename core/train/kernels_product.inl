// Products with frozen weights (see kernels.h). The weights of kPanel output columns and up to kDepth terms of the sums are
// widened into a panel that stays in the first-level cache, and all rows of x pass over it: weights of any type cost one
// reading, and no row of x is copied. Included by kernels.cpp once per instruction set.

constexpr int kPanel = kTileVecs * kLanes, kDepth = 320;

// c[M, kVecs * 16] (+)= a[M, depth] panel[depth, kPanel]; with kAcross a is stored [depth, M].
template <int M, int kVecs, bool kAcross>
FEDLLM_INLINE void tile(const float* a, int64_t a_row, const float* panel, int depth, float* c, int64_t c_row, bool add) {
  Vec acc[M][kVecs];
  for (int r = 0; r < M; ++r)
    for (int v = 0; v < kVecs; ++v) acc[r][v] = Vec{};
  for (int p = 0; p < depth; ++p) {
    Vec line[kVecs];
    for (int v = 0; v < kVecs; ++v) line[v] = simd::load(panel + p * kPanel + v * kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < M; ++r) {
      const float x = kAcross ? a[p * a_row + r] : a[r * a_row + p];
      for (int v = 0; v < kVecs; ++v) acc[r][v] += x * line[v];
    }
  }
  for (int r = 0; r < M; ++r)
    for (int v = 0; v < kVecs; ++v) {
      float* out = c + r * c_row + v * kLanes;
      simd::store(out, add ? simd::load(out) + acc[r][v] : acc[r][v]);
    }
}
// Every element is one sum in the order of its terms, whatever the tile: a row's result does not depend on its neighbours.
template <int M, int kVecs, bool kAcross>
void some_tiles(const float* a, int64_t a_row, const float* panel, int depth, float* c, int64_t c_row, bool add, int64_t rows) {
  int64_t i = 0;
  for (; i + M <= rows; i += M) tile<M, kVecs, kAcross>(a + (kAcross ? i : i * a_row), a_row, panel, depth, c + i * c_row, c_row, add);
  if constexpr (M > 1) {
    if (i < rows) some_tiles<(M > 4 ? M - 2 : M - 1), kVecs, kAcross>(a + (kAcross ? i : i * a_row), a_row, panel, depth, c + i * c_row, c_row, add, rows - i);
  }
}
// All rows over one panel; its last columns may not exist in c.
template <bool kAcross>
void panel_rows(const float* a, int64_t a_row, const float* panel, int depth, float* c, int64_t c_row, bool add, int64_t rows, int columns) {
  if (columns == kPanel) return some_tiles<kTileRows, kTileVecs, kAcross>(a, a_row, panel, depth, c, c_row, add, rows);
  if (columns == kLanes) return some_tiles<kTileRows, 1, kAcross>(a, a_row, panel, depth, c, c_row, add, rows);
  alignas(64) float part[kTileRows * kPanel];
  for (int64_t i = 0; i < rows; i += kTileRows) {
    const int64_t count = std::min<int64_t>(kTileRows, rows - i);
    const float* from = a + (kAcross ? i : i * a_row);
    if (columns < kLanes) some_tiles<kTileRows, 1, kAcross>(from, a_row, panel, depth, part, kPanel, false, count);
    else some_tiles<kTileRows, kTileVecs, kAcross>(from, a_row, panel, depth, part, kPanel, false, count);
    for (int64_t r = 0; r < count; ++r)
      for (int j = 0; j < columns; ++j) {
        float& out = c[(i + r) * c_row + j];
        out = add ? out + part[r * kPanel + j] : part[r * kPanel + j];
      }
  }
}

// panel[p, j] = W[first + j, from + p] for `columns` rows of W [*, in], zero beyond.
template <WeightType kType>
void pack_rows(const void* w, int64_t in, int64_t first, int columns, int64_t from, int depth, float* panel) {
  for (int j = 0; j < kPanel; j += kLanes)
    for (int p = 0; p < depth; p += kLanes) {
      const int terms = std::min(kLanes, depth - p);
      for (int r = 0; r < kLanes; r += simd::kWidth) {
        Vec block[simd::kWidth];
        for (int i = 0; i < simd::kWidth; ++i) {
          // The next panel's rows, while this one is worked on: sixteen rows at once are too many streams for the hardware.
          const int64_t next = (first + kPanel + j + r + i) * in + from + p;
          __builtin_prefetch(static_cast<const char*>(w) + next * bytes_of(kType));
          block[i] = j + r + i < columns ? weights_at(w, kType, (first + j + r + i) * in + from + p, terms) : Vec{};
        }
        for (int q = 0; q < kLanes / simd::kWidth; ++q) {
          simd::Part square[simd::kWidth];
          for (int i = 0; i < simd::kWidth; ++i) square[i] = simd::part(block[i], q);
          simd::turn(square);
          const int at = p + q * simd::kWidth, count = std::min(simd::kWidth, depth - at);
          for (int t = 0; t < count; ++t) simd::Memory<simd::Part>::store(panel + (at + t) * kPanel + j + r, square[t]);
        }
      }
    }
}
// panel[p, j] = W[from + p, first + j] for `columns` columns of W with rows of `in` weights, zero beyond.
template <WeightType kType>
void pack_columns(const void* w, int64_t in, int64_t first, int columns, int64_t from, int depth, float* panel) {
  for (int p = 0; p < depth; ++p) {
    __builtin_prefetch(static_cast<const char*>(w) + ((from + p) * in + first) * bytes_of(kType) + 64);
    for (int j = 0; j < kPanel; j += kLanes) {
      const int count = std::min(kLanes, columns - j);
      simd::store(panel + p * kPanel + j, count > 0 ? weights_at(w, kType, (from + p) * in + first + j, count) : Vec{});
    }
  }
}

FEDLLM_INLINE int depth_of(int64_t terms) {
  const int64_t pieces = (terms + kDepth - 1) / kDepth;
  return static_cast<int>(((terms + pieces - 1) / pieces + kLanes - 1) / kLanes * kLanes);
}
FEDLLM_INLINE float* panel_memory() {
  alignas(64) thread_local float panel[kDepth * kPanel];
  return panel;
}

template <WeightType kType>
void times_rows_as(const float* x, int64_t x_row, int64_t rows, const void* w, const float* scales, int64_t out, int64_t in, float* y, int64_t y_row, bool add) {
  float* panel = panel_memory();
  const int depth = depth_of(in);
  for (int64_t first = 0; first < out; first += kPanel) {
    const int columns = static_cast<int>(std::min<int64_t>(kPanel, out - first));
    for (int64_t from = 0; from < in; from += depth) {
      const int terms = static_cast<int>(std::min<int64_t>(depth, in - from));
      pack_rows<kType>(w, in, first, columns, from, terms, panel);
      if (scales)
        for (int p = 0; p < terms; ++p)
          for (int j = 0; j < columns; ++j) panel[p * kPanel + j] *= scales[first + j];
      panel_rows<false>(x + from, x_row, panel, terms, y + first, y_row, add || from > 0, rows, columns);
    }
  }
}
template <WeightType kType>
void times_columns_as(const float* x, int64_t x_row, int64_t rows, const void* w, const float* scales, int64_t out, int64_t in, float* y, int64_t y_row, bool add) {
  float* panel = panel_memory();
  const int depth = depth_of(out);
  for (int64_t from = 0; from < out; from += depth) {
    const int terms = static_cast<int>(std::min<int64_t>(depth, out - from));
    for (int64_t first = 0; first < in; first += kPanel) {
      const int columns = static_cast<int>(std::min<int64_t>(kPanel, in - first));
      pack_columns<kType>(w, in, first, columns, from, terms, panel);
      if (scales)
        for (int p = 0; p < terms; ++p)
          for (int j = 0; j < kPanel; ++j) panel[p * kPanel + j] *= scales[from + p];
      panel_rows<false>(x + from, x_row, panel, terms, y + first, y_row, add || from > 0, rows, columns);
    }
  }
}
void times_rows(const float* x, int64_t x_row, int64_t rows, const void* w, WeightType type, const float* scales, int64_t out, int64_t in, float* y, int64_t y_row, bool add) {
  (type == WeightType::f32 ? times_rows_as<WeightType::f32> : type == WeightType::bf16 ? times_rows_as<WeightType::bf16> : type == WeightType::f16 ? times_rows_as<WeightType::f16> : times_rows_as<WeightType::i8>)(
      x, x_row, rows, w, scales, out, in, y, y_row, add);
}
void times_columns(const float* x, int64_t x_row, int64_t rows, const void* w, WeightType type, const float* scales, int64_t out, int64_t in, float* y, int64_t y_row, bool add) {
  (type == WeightType::f32 ? times_columns_as<WeightType::f32> : type == WeightType::bf16 ? times_columns_as<WeightType::bf16> : type == WeightType::f16 ? times_columns_as<WeightType::f16> : times_columns_as<WeightType::i8>)(
      x, x_row, rows, w, scales, out, in, y, y_row, add);
}

void add_outer(const float* a, int64_t a_row, int64_t m, const float* b, int64_t b_row, int64_t n, int64_t rows, float* c, int64_t c_row) {
  float* panel = panel_memory();
  for (int64_t from = 0; from < rows; from += kDepth) {
    const int terms = static_cast<int>(std::min<int64_t>(kDepth, rows - from));
    for (int64_t first = 0; first < n; first += kPanel) {
      const int columns = static_cast<int>(std::min<int64_t>(kPanel, n - first));
      pack_columns<WeightType::f32>(b, b_row, first, columns, from, terms, panel);
      panel_rows<true>(a + from * a_row, a_row, panel, terms, c + first, c_row, true, m, columns);
    }
  }
}
