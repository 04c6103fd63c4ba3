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
FEDLLM_INLINE Head head_of(const ConstHeads& rows, int64_t row, int head) { return {rows.at(row, head), rows.row_stride}; }

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

// Zero outside the keys [from, to) of a vector that starts at key j.
FEDLLM_INLINE void keep_keys(float* s, int j, int from, int to) {
  for (int i = j; i < j + kLanes; ++i)
    if (i < from || i >= to) s[i] = 0;
}

// Scores of one query over keys [from, to) become probabilities; other entries of [first, padded), both multiples of 16,
// become 0. Returns log of the sum.
FEDLLM_INLINE float softmax_row(float* s, int first, int from, int to, int padded) {
  for (int j = first; j < from; ++j) s[j] = -3e38f;
  for (int j = to; j < padded; ++j) s[j] = -3e38f;
  Vec tops = simd::load(s + first);
  for (int j = first + kLanes; j < padded; j += kLanes) { const Vec v = simd::load(s + j); tops = simd::larger(v, tops); }
  const float top = simd::max(tops);
  Vec sums{};
  for (int j = first; j < padded; j += kLanes) {
    Vec e = simd::exp(simd::load(s + j) - top);
    simd::store(s + j, e);
    if (j < from || j + kLanes > to) {
      keep_keys(s, j, from, to);
      e = simd::load(s + j);
    }
    sums += e;
  }
  const float total = simd::sum(sums), inverse = 1.0f / total;
  for (int j = first; j < padded; j += kLanes) simd::store(s + j, simd::load(s + j) * inverse);
  return top + std::log(total);
}

struct Sequence {                 // one sequence's row ranges
  int key_row, keys, query_row, queries, window;
  int first() const { return keys - queries; }   // position of the first query
  int from(int query) const { return window > 0 ? std::max(0, first() + query - window + 1) : 0; }   // its keys [from, to)
  int to(int query) const { return first() + query + 1; }
};
Sequence sequence(const AttentionShape& shape, size_t s) {
  return {shape.key_starts[s], shape.key_starts[s + 1] - shape.key_starts[s], shape.query_starts[s],
          shape.query_starts[s + 1] - shape.query_starts[s], shape.window};
}
constexpr int round_down(int n) { return n / kLanes * kLanes; }

// One query of one head over its keys, read where they lie: what generating a token needs.
FEDLLM_INLINE float attend_one(const float* q, Head k, Head v, int from, int to, int width, float scale, float* scores, float* out) {
  for (int j = from; j < to; ++j) {
    Vec sums{};
    chunks(width, [&](int64_t d, int n) { sums += get(q + d, n) * get(k.row(j) + d, n); });
    scores[j - from] = simd::sum(sums) * scale;
  }
  const int padded = round_up(to - from);
  const float log_sum = softmax_row(scores, 0, 0, to - from, padded);
  std::memset(out, 0, sizeof(float) * width);
  for (int j = from; j < to; ++j) {
    const float p = scores[j - from];
    chunks(width, [&](int64_t d, int n) { put(out + d, get(out + d, n) + p * get(v.row(j) + d, n), n); });
  }
  return log_sum;
}

void attention(const AttentionShape& shape, ConstHeads q, ConstHeads k, ConstHeads v, Heads out, float* log_sums) {
  const int width = shape.head_dim, wide = round_up(width), group = shape.heads / shape.kv_heads;
  for (size_t s = 0; s + 1 < shape.key_starts.size(); ++s) {
    const Sequence seq = sequence(shape, s);
    const int padded = round_up(seq.keys);
    float* keys = scratch(static_cast<size_t>(width) * padded + static_cast<size_t>(seq.keys) * wide + kRowBlock * (padded + wide));
    if (seq.queries == 1) {
      for (int head = 0; head < shape.heads; ++head)
        log_sums[seq.query_row * shape.heads + head] = attend_one(q.at(seq.query_row, head), head_of(k, seq.key_row, head / group), head_of(v, seq.key_row, head / group),
                                                                  seq.from(0), seq.to(0), width, shape.scale, keys, out.at(seq.query_row, head));
      continue;
    }
    float* values = keys + static_cast<size_t>(width) * padded;
    float* scores = values + static_cast<size_t>(seq.keys) * wide;
    float* result = scores + kRowBlock * padded;
    for (int kv = 0; kv < shape.kv_heads; ++kv) {
      transpose(head_of(k, seq.key_row, kv), seq.keys, width, keys, padded);
      pack(head_of(v, seq.key_row, kv), seq.keys, width, values, wide);
      for (int head = kv * group; head < (kv + 1) * group; ++head)
        for (int i = 0; i < seq.queries; i += kRowBlock) {
          const int rows = std::min(kRowBlock, seq.queries - i), seen = seq.to(i + rows - 1), columns = round_up(seen), first = round_down(seq.from(i));
          const int64_t at = seq.query_row + i;
          simd::product(q.at(at, head), q.row_stride, 1, keys + first, padded, scores + first, padded, rows, width, columns - first, shape.scale, false);
          for (int r = 0; r < rows; ++r)
            log_sums[(at + r) * shape.heads + head] = softmax_row(scores + r * padded, first, seq.from(i + r), seq.to(i + r), columns);
          simd::product(scores + first, padded, 1, values + first * wide, wide, result, wide, rows, seen - first, wide, 1.0f, false);
          for (int r = 0; r < rows; ++r) std::memcpy(out.at(at + r, head), result + r * wide, sizeof(float) * width);
        }
    }
  }
}

constexpr int kQueryBlock = 96;    // queries whose probabilities are held at once in the backward pass

// Scratch of the backward pass for one sequence and one key head.
struct BackwardScratch {
  float *keys_t, *keys, *values_t, *dkeys, *dvalues, *queries, *douts, *scores, *dscores, *result;
  BackwardScratch(const Sequence& seq, int width, int wide, int padded) {
    const int held = std::min(seq.queries, kQueryBlock);
    const size_t t = static_cast<size_t>(width) * padded, key_rows = static_cast<size_t>(seq.keys + kRowBlock) * wide,
                 query_rows = static_cast<size_t>(held) * wide, square = static_cast<size_t>(held) * padded + kLanes;
    float* at = scratch(2 * t + 3 * key_rows + 2 * query_rows + 2 * square + static_cast<size_t>(kRowBlock) * wide);
    const auto take = [&](size_t n) { float* p = at; at += n; return p; };
    keys_t = take(t), values_t = take(t), keys = take(key_rows), dkeys = take(key_rows), dvalues = take(key_rows);
    queries = take(query_rows), douts = take(query_rows), scores = take(square), dscores = take(square), result = take(static_cast<size_t>(kRowBlock) * wide);
  }
};

// Row of dS = P * (dP - D) * scale, where scores hold S before and P after, dscores dP before and dS after.
FEDLLM_INLINE void softmax_row_backward(float* s, float* ds, int first, int from, int to, int padded, float log_sum, float dot, float scale) {
  for (int j = first; j < padded; j += kLanes) {
    simd::store(s + j, simd::exp(simd::load(s + j) - log_sum));
    if (j < from || j + kLanes > to) keep_keys(s, j, from, to);
    simd::store(ds + j, simd::load(s + j) * (simd::load(ds + j) - dot) * scale);
  }
}
FEDLLM_INLINE float dot(const float* a, const float* b, int width) {
  Vec sums{};
  chunks(width, [&](int64_t d, int n) { sums += get(a + d, n) * get(b + d, n); });
  return simd::sum(sums);
}

void attention_backward(const AttentionShape& shape, ConstHeads q, ConstHeads k, ConstHeads v, ConstHeads out, const float* log_sums,
                        ConstHeads dout, Heads dq, Heads dk, Heads dv) {
  const int width = shape.head_dim, wide = round_up(width), group = shape.heads / shape.kv_heads;
  for (size_t s = 0; s + 1 < shape.key_starts.size(); ++s) {
    const Sequence seq = sequence(shape, s);
    const int padded = round_up(seq.keys);
    const BackwardScratch b(seq, width, wide, padded);
    for (int kv = 0; kv < shape.kv_heads; ++kv) {
      transpose(head_of(k, seq.key_row, kv), seq.keys, width, b.keys_t, padded);
      transpose(head_of(v, seq.key_row, kv), seq.keys, width, b.values_t, padded);
      pack(head_of(k, seq.key_row, kv), seq.keys, width, b.keys, wide);
      std::memset(b.dkeys, 0, sizeof(float) * seq.keys * wide);
      std::memset(b.dvalues, 0, sizeof(float) * seq.keys * wide);
      for (int head = kv * group; head < (kv + 1) * group; ++head)
        for (int begin = 0; begin < seq.queries; begin += kQueryBlock) {
          const int held = std::min(kQueryBlock, seq.queries - begin);
          const int64_t row = seq.query_row + begin;
          pack(head_of(q, row, head), held, width, b.queries, wide);
          pack(head_of(dout, row, head), held, width, b.douts, wide);
          for (int i = 0; i < held; i += kRowBlock) {
            const int rows = std::min(kRowBlock, held - i), seen = seq.to(begin + i + rows - 1), columns = round_up(seen), first = round_down(seq.from(begin + i));
            float *scores = b.scores + static_cast<size_t>(i) * padded, *dscores = b.dscores + static_cast<size_t>(i) * padded;
            simd::product(b.queries + i * wide, wide, 1, b.keys_t + first, padded, scores + first, padded, rows, width, columns - first, shape.scale, false);
            simd::product(b.douts + i * wide, wide, 1, b.values_t + first, padded, dscores + first, padded, rows, width, columns - first, 1.0f, false);
            for (int r = 0; r < rows; ++r) {
              const float pull = dot(out.at(row + i + r, head), b.douts + (i + r) * wide, width);
              float *line = scores + static_cast<size_t>(r) * padded, *dline = dscores + static_cast<size_t>(r) * padded;
              softmax_row_backward(line, dline, first, seq.from(begin + i + r), seq.to(begin + i + r), columns, log_sums[(row + i + r) * shape.heads + head], pull, shape.scale);
              // The column products below read rows before a window and at most one row block beyond a row's last key.
              std::memset(line, 0, sizeof(float) * first), std::memset(dline, 0, sizeof(float) * first);
              if (columns < padded) std::memset(line + columns, 0, sizeof(float) * kLanes), std::memset(dline + columns, 0, sizeof(float) * kLanes);
            }
            simd::product(dscores + first, padded, 1, b.keys + first * wide, wide, b.result, wide, rows, seen - first, wide, 1.0f, false);
            for (int r = 0; r < rows; ++r) std::memcpy(dq.at(row + i + r, head), b.result + r * wide, sizeof(float) * width);
          }
          const int last_key = seq.to(begin + held - 1);
          for (int j = seq.from(begin) / kRowBlock * kRowBlock; j < last_key; j += kRowBlock) {
            const int rows = std::min(kRowBlock, last_key - j), from = std::max(0, j - seq.first() - begin), count = held - from;
            if (count <= 0) break;
            const size_t at = static_cast<size_t>(from) * padded + j;
            simd::product(b.scores + at, 1, padded, b.douts + from * wide, wide, b.dvalues + j * wide, wide, rows, count, wide, 1.0f, true);
            simd::product(b.dscores + at, 1, padded, b.queries + from * wide, wide, b.dkeys + j * wide, wide, rows, count, wide, 1.0f, true);
          }
        }
      for (int j = 0; j < seq.keys; ++j) {
        std::memcpy(dk.at(seq.key_row + j, kv), b.dkeys + j * wide, sizeof(float) * width);
        std::memcpy(dv.at(seq.key_row + j, kv), b.dvalues + j * wide, sizeof(float) * width);
      }
    }
  }
}
