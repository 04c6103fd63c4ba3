// Causal attention with grouped heads (see kernels.h). One sequence and one key head at a time, in a scratch that stays in
// the cache; probabilities are recomputed in the backward pass, so nothing quadratic is kept. Included by kernels.cpp
// once per instruction set.

using simd::kRowBlock;

constexpr int round_up(int n) { return (n + kLanes - 1) / kLanes * kLanes; }

struct Head {                     // one head's rows inside a wider row
  const float* data;
  int64_t stride;
  const float* row(int64_t i) const { return data + i * stride; }
};

// to[width, padded]: columns are rows of `from`, zero beyond.
FEDLLM_INLINE void transpose(Head from, int rows, int width, float* to, int padded) {
  for (int d = 0; d < width; ++d) std::memset(to + d * padded + rows, 0, sizeof(float) * (padded - rows));
  for (int i = 0; i < rows; ++i) {
    const float* in = from.row(i);
    for (int d = 0; d < width; ++d) to[d * padded + i] = in[d];
  }
}
FEDLLM_INLINE void pack(Head from, int rows, int width, float* to, int padded) {
  for (int i = 0; i < rows; ++i) {
    std::memcpy(to + i * padded, from.row(i), sizeof(float) * width);
    std::memset(to + i * padded + width, 0, sizeof(float) * (padded - width));
  }
}

// Scores of one query over `valid` keys become probabilities; entries up to `padded` become 0. Returns log of the sum.
FEDLLM_INLINE float softmax_row(float* s, int valid, int padded) {
  for (int j = valid; j < padded; ++j) s[j] = -3e38f;
  Vec tops = simd::load(s);
  for (int j = kLanes; j < padded; j += kLanes) { const Vec v = simd::load(s + j); tops = v > tops ? v : tops; }
  const float top = simd::max(tops);
  Vec sums{};
  for (int j = 0; j < padded; j += kLanes) {
    Vec e = simd::exp(simd::load(s + j) - top);
    simd::store(s + j, e);
    if (j + kLanes > valid) {
      for (int i = std::max(valid, j); i < j + kLanes; ++i) s[i] = 0;
      e = simd::load(s + j);
    }
    sums += e;
  }
  const float total = simd::sum(sums), inverse = 1.0f / total;
  for (int j = 0; j < padded; j += kLanes) simd::store(s + j, simd::load(s + j) * inverse);
  return top + std::log(total);
}

struct Sequence {                 // one sequence's row ranges
  int key_row, keys, query_row, queries;
  int first() const { return keys - queries; }   // position of the first query
};
Sequence sequence(const AttentionShape& shape, size_t s) {
  return {shape.key_starts[s], shape.key_starts[s + 1] - shape.key_starts[s], shape.query_starts[s],
          shape.query_starts[s + 1] - shape.query_starts[s]};
}

void attention(const AttentionShape& shape, const float* q, const float* k, const float* v, float* out, float* log_sums) {
  const int width = shape.head_dim, wide = round_up(width), group = shape.heads / shape.kv_heads;
  const int64_t q_row = int64_t{shape.heads} * width, k_row = int64_t{shape.kv_heads} * width;
  for (size_t s = 0; s + 1 < shape.key_starts.size(); ++s) {
    const Sequence seq = sequence(shape, s);
    const int padded = round_up(seq.keys);
    float* keys = scratch(static_cast<size_t>(width) * padded + static_cast<size_t>(seq.keys) * wide + kRowBlock * (padded + wide));
    float* values = keys + static_cast<size_t>(width) * padded;
    float* scores = values + static_cast<size_t>(seq.keys) * wide;
    float* result = scores + kRowBlock * padded;
    for (int kv = 0; kv < shape.kv_heads; ++kv) {
      transpose({k + seq.key_row * k_row + kv * width, k_row}, seq.keys, width, keys, padded);
      pack({v + seq.key_row * k_row + kv * width, k_row}, seq.keys, width, values, wide);
      for (int head = kv * group; head < (kv + 1) * group; ++head)
        for (int i = 0; i < seq.queries; i += kRowBlock) {
          const int rows = std::min(kRowBlock, seq.queries - i), seen = seq.first() + i + rows, columns = round_up(seen);
          const int64_t at = seq.query_row + i;
          simd::product(q + at * q_row + head * width, q_row, 1, keys, padded, scores, padded, rows, width, columns, shape.scale, false);
          for (int r = 0; r < rows; ++r)
            log_sums[(at + r) * shape.heads + head] = softmax_row(scores + r * padded, seq.first() + i + r + 1, columns);
          simd::product(scores, padded, 1, values, wide, result, wide, rows, seen, wide, 1.0f, false);
          for (int r = 0; r < rows; ++r) std::memcpy(out + (at + r) * q_row + head * width, result + r * wide, sizeof(float) * width);
        }
    }
  }
}

// Scratch of the backward pass for one sequence and one key head.
struct BackwardScratch {
  float *keys_t, *keys, *values_t, *dkeys, *dvalues, *queries, *douts, *scores, *dscores, *result;
  BackwardScratch(const Sequence& seq, int width, int wide, int padded) {
    const size_t t = static_cast<size_t>(width) * padded, key_rows = static_cast<size_t>(seq.keys) * wide,
                 query_rows = static_cast<size_t>(seq.queries) * wide, square = static_cast<size_t>(seq.queries) * padded;
    float* at = scratch(2 * t + 3 * key_rows + 2 * query_rows + 2 * square + static_cast<size_t>(kRowBlock) * wide);
    const auto take = [&](size_t n) { float* p = at; at += n; return p; };
    keys_t = take(t), values_t = take(t), keys = take(key_rows), dkeys = take(key_rows), dvalues = take(key_rows);
    queries = take(query_rows), douts = take(query_rows), scores = take(square), dscores = take(square), result = take(static_cast<size_t>(kRowBlock) * wide);
  }
};

// Row of dS = P * (dP - D) * scale, where scores hold S before and P after, dscores dP before and dS after.
FEDLLM_INLINE void softmax_row_backward(float* s, float* ds, int valid, int padded, float log_sum, float dot, float scale) {
  for (int j = 0; j < padded; j += kLanes) {
    simd::store(s + j, simd::exp(simd::load(s + j) - log_sum));
    if (j + kLanes > valid)
      for (int i = std::max(valid, j); i < j + kLanes; ++i) s[i] = 0;
    simd::store(ds + j, simd::load(s + j) * (simd::load(ds + j) - dot) * scale);
  }
}

void attention_backward(const AttentionShape& shape, const float* q, const float* k, const float* v, const float* out,
                                           const float* log_sums, const float* dout, float* dq, float* dk, float* dv) {
  const int width = shape.head_dim, wide = round_up(width), group = shape.heads / shape.kv_heads;
  const int64_t q_row = int64_t{shape.heads} * width, k_row = int64_t{shape.kv_heads} * width;
  for (size_t s = 0; s + 1 < shape.key_starts.size(); ++s) {
    const Sequence seq = sequence(shape, s);
    const int padded = round_up(seq.keys);
    const BackwardScratch b(seq, width, wide, padded);
    for (int kv = 0; kv < shape.kv_heads; ++kv) {
      const int64_t key_at = seq.key_row * k_row + kv * width;
      transpose({k + key_at, k_row}, seq.keys, width, b.keys_t, padded);
      transpose({v + key_at, k_row}, seq.keys, width, b.values_t, padded);
      pack({k + key_at, k_row}, seq.keys, width, b.keys, wide);
      std::memset(b.dkeys, 0, sizeof(float) * seq.keys * wide);
      std::memset(b.dvalues, 0, sizeof(float) * seq.keys * wide);
      for (int head = kv * group; head < (kv + 1) * group; ++head) {
        const int64_t query_at = seq.query_row * q_row + head * width;
        pack({q + query_at, q_row}, seq.queries, width, b.queries, wide);
        pack({dout + query_at, q_row}, seq.queries, width, b.douts, wide);
        for (int i = 0; i < seq.queries; i += kRowBlock) {
          const int rows = std::min(kRowBlock, seq.queries - i), seen = seq.first() + i + rows, columns = round_up(seen);
          float *scores = b.scores + static_cast<size_t>(i) * padded, *dscores = b.dscores + static_cast<size_t>(i) * padded;
          simd::product(b.queries + i * wide, wide, 1, b.keys_t, padded, scores, padded, rows, width, columns, shape.scale, false);
          simd::product(b.douts + i * wide, wide, 1, b.values_t, padded, dscores, padded, rows, width, columns, 1.0f, false);
          for (int r = 0; r < rows; ++r) {
            const float* o = out + query_at + (i + r) * q_row;
            float dot = 0;
            for (int d = 0; d < width; ++d) dot += o[d] * b.douts[(i + r) * wide + d];
            softmax_row_backward(scores + r * padded, dscores + r * padded, seq.first() + i + r + 1, columns,
                                 log_sums[(seq.query_row + i + r) * shape.heads + head], dot, shape.scale);
            // The column products below read at most one row block beyond a row's last key.
            if (columns < padded) std::memset(scores + r * padded + columns, 0, sizeof(float) * kLanes);
            if (columns < padded) std::memset(dscores + r * padded + columns, 0, sizeof(float) * kLanes);
          }
          simd::product(dscores, padded, 1, b.keys, wide, b.result, wide, rows, seen, wide, 1.0f, false);
          for (int r = 0; r < rows; ++r) std::memcpy(dq + query_at + (i + r) * q_row, b.result + r * wide, sizeof(float) * width);
        }
        for (int j = 0; j < seq.keys; j += kRowBlock) {
          const int rows = std::min(kRowBlock, seq.keys - j), from = std::max(0, j - seq.first()), count = seq.queries - from;
          if (count <= 0) break;
          const size_t at = static_cast<size_t>(from) * padded + j;
          simd::product(b.scores + at, 1, padded, b.douts + from * wide, wide, b.dvalues + j * wide, wide, rows, count, wide, 1.0f, true);
          simd::product(b.dscores + at, 1, padded, b.queries + from * wide, wide, b.dkeys + j * wide, wide, rows, count, wide, 1.0f, true);
        }
      }
      for (int j = 0; j < seq.keys; ++j) {
        std::memcpy(dk + key_at + j * k_row, b.dkeys + j * wide, sizeof(float) * width);
        std::memcpy(dv + key_at + j * k_row, b.dvalues + j * wide, sizeof(float) * width);
      }
    }
  }
}
