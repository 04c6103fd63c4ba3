// Kernels of a whole transformer block (see kernels.h): norms whose gradient is added to the residual's, gated and plain
// activations, rotation in place of a wider row, weights of other types, and the two halves of a chunked cross entropy.
// Included by kernels.cpp once per instruction set.

// dx += the gradient through x / sqrt(mean(x^2) + eps) * gain.
void rms_norm_backward_add(const float* x, const float* gain, const float* inverse_rms, const float* dy, float* dx, int64_t rows, int64_t width) {
  for (int64_t row = 0; row < rows; ++row, x += width, dy += width, dx += width) {
    const float inverse = inverse_rms[row];
    Vec dots{};
    chunks(width, [&](int64_t i, int n) { dots += get(dy + i, n) * get(gain + i, n) * get(x + i, n); });
    const float pull = simd::sum(dots) * inverse * inverse * inverse / static_cast<float>(width);
    chunks(width, [&](int64_t i, int n) { put(dx + i, get(dx + i, n) + get(dy + i, n) * get(gain + i, n) * inverse - get(x + i, n) * pull, n); });
  }
}

FEDLLM_INLINE float mean_of(const float* x, int64_t width) {
  Vec sums{};
  chunks(width, [&](int64_t i, int n) { sums += get(x + i, n); });
  return simd::sum(sums) / static_cast<float>(width);
}

void layer_norm(const float* x, const float* gain, const float* bias, float* y, float* means, float* inverses, int64_t rows, int64_t width, float eps) {
  for (int64_t row = 0; row < rows; ++row, x += width, y += width) {
    const float mean = mean_of(x, width);
    double squares = 0;
    Vec lanes{};
    chunks(width, [&](int64_t i, int n) {
      const Vec v = get(x + i, n) - mean;
      if (n == kLanes) { lanes += v * v; return; }
      for (int j = 0; j < n; ++j) squares += static_cast<double>(x[i + j] - mean) * (x[i + j] - mean);
    });
    const float inverse = 1.0f / std::sqrt((simd::sum(lanes) + static_cast<float>(squares)) / static_cast<float>(width) + eps);
    means[row] = mean, inverses[row] = inverse;
    chunks(width, [&](int64_t i, int n) { put(y + i, (get(x + i, n) - mean) * inverse * get(gain + i, n) + get(bias + i, n), n); });
  }
}

void layer_norm_backward_add(const float* x, const float* gain, const float* means, const float* inverses, const float* dy, float* dx, int64_t rows, int64_t width) {
  for (int64_t row = 0; row < rows; ++row, x += width, dy += width, dx += width) {
    const float mean = means[row], inverse = inverses[row];
    Vec sums{}, dots{};
    float rest_sum = 0, rest_dot = 0;
    chunks(width, [&](int64_t i, int n) {
      const Vec g = get(dy + i, n) * get(gain + i, n), v = (get(x + i, n) - mean) * inverse;
      if (n == kLanes) { sums += g, dots += g * v; return; }
      alignas(64) float gs[kLanes], vs[kLanes];
      simd::store(gs, g), simd::store(vs, v);
      for (int j = 0; j < n; ++j) rest_sum += gs[j], rest_dot += gs[j] * vs[j];
    });
    const float sum = (simd::sum(sums) + rest_sum) / static_cast<float>(width), dot = (simd::sum(dots) + rest_dot) / static_cast<float>(width);
    chunks(width, [&](int64_t i, int n) {
      const Vec v = (get(x + i, n) - mean) * inverse;
      put(dx + i, get(dx + i, n) + (get(dy + i, n) * get(gain + i, n) - sum - v * dot) * inverse, n);
    });
  }
}

// Every head of x in place, its width the rotation's; the values before stay in `before`.
void rms_norm_heads(Heads x, const float* gain, float* before, float* inverse_rms, int64_t rows, int heads, int width, float eps) {
  for (int64_t row = 0; row < rows; ++row)
    for (int head = 0; head < heads; ++head, before += width, ++inverse_rms) {
      float* at = x.at(row, head);
      std::memcpy(before, at, sizeof(float) * width);
      rms_norm(before, gain, at, inverse_rms, 1, width, eps);
    }
}
void rms_norm_heads_backward(Heads dx, const float* gain, const float* before, const float* inverse_rms, int64_t rows, int heads, int width) {
  float* dy = scratch(static_cast<size_t>(width));
  for (int64_t row = 0; row < rows; ++row)
    for (int head = 0; head < heads; ++head, before += width, ++inverse_rms) {
      float* at = dx.at(row, head);
      std::memcpy(dy, at, sizeof(float) * width);
      std::memset(at, 0, sizeof(float) * width);
      rms_norm_backward_add(before, gain, inverse_rms, dy, at, 1, width);
    }
}

constexpr float kRootTwoOverPi = 0.7978845608028654f, kCubic = 0.044715f;

// act(x) and act'(x), 16 at a time.
template <int kAct>
FEDLLM_INLINE Vec activated(const Vec& x) {
  if constexpr (kAct == 0) return x / (1.0f + simd::exp(-x));
  if constexpr (kAct == 2) return 0.5f * x * (1.0f + simd::tanh_of_half(2.0f * kRootTwoOverPi * (x + kCubic * x * x * x)));
  if constexpr (kAct == 3) return simd::where_positive(x, x, x * 0.0f);
  alignas(64) float y[kLanes];
  simd::store(y, x);
  for (float& one : y) one = 0.5f * one * (1.0f + std::erf(one * 0.7071067811865476f));
  return simd::load(y);
}
template <int kAct>
FEDLLM_INLINE Vec slope(const Vec& x) {
  if constexpr (kAct == 0) {
    const Vec sigmoid = 1.0f / (1.0f + simd::exp(-x));
    return sigmoid * (1.0f + x * (1.0f - sigmoid));
  }
  if constexpr (kAct == 2) {
    const Vec t = simd::tanh_of_half(2.0f * kRootTwoOverPi * (x + kCubic * x * x * x));
    return 0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * kRootTwoOverPi * (1.0f + 3.0f * kCubic * x * x);
  }
  if constexpr (kAct == 3) return simd::where_positive(x, simd::fill(1.0f), simd::fill(0.0f));
  const Vec density = 0.3989422804014327f * simd::exp(-0.5f * x * x);
  alignas(64) float y[kLanes];
  simd::store(y, x);
  for (float& one : y) one = 0.5f * (1.0f + std::erf(one * 0.7071067811865476f));
  return simd::load(y) + x * density;
}

template <int kAct>
void activate_rows(const float* x, float* y, int64_t rows, int64_t width, bool gated) {
  for (int64_t row = 0; row < rows; ++row, x += gated ? 2 * width : width, y += width) {
    if (gated) chunks(width, [&](int64_t i, int n) { put(y + i, activated<kAct>(get(x + i, n)) * get(x + width + i, n), n); });
    else chunks(width, [&](int64_t i, int n) { put(y + i, activated<kAct>(get(x + i, n)), n); });
  }
}
template <int kAct>
void activate_rows_backward(float* x, const float* dy, int64_t rows, int64_t width, bool gated) {
  for (int64_t row = 0; row < rows; ++row, x += gated ? 2 * width : width, dy += width) {
    if (gated) {
      chunks(width, [&](int64_t i, int n) {
        const Vec gate = get(x + i, n), up = get(x + width + i, n), grad = get(dy + i, n);
        if constexpr (kAct == 0) {
          const Vec sigmoid = 1.0f / (1.0f + simd::exp(-gate));
          put(x + i, grad * up * sigmoid * (1.0f + gate * (1.0f - sigmoid)), n);
          put(x + width + i, grad * gate * sigmoid, n);
        } else {
          put(x + i, grad * up * slope<kAct>(gate), n);
          put(x + width + i, grad * activated<kAct>(gate), n);
        }
      });
    } else {
      chunks(width, [&](int64_t i, int n) { put(x + i, get(dy + i, n) * slope<kAct>(get(x + i, n)), n); });
    }
  }
}
void activate(int act, bool gated, const float* x, float* y, int64_t rows, int64_t width) {
  (act == 0 ? activate_rows<0> : act == 1 ? activate_rows<1> : act == 2 ? activate_rows<2> : activate_rows<3>)(x, y, rows, width, gated);
}
void activate_backward(int act, bool gated, float* x, const float* dy, int64_t rows, int64_t width) {
  (act == 0 ? activate_rows_backward<0> : act == 1 ? activate_rows_backward<1> : act == 2 ? activate_rows_backward<2> : activate_rows_backward<3>)(x, dy, rows, width, gated);
}

void rotate_heads(Heads x, const int32_t* positions, int64_t rows, int heads, Rotation rotation, float direction) {
  const int half = rotation.head_dim / 2;
  for (int64_t row = 0; row < rows; ++row) {
    const float* cosine = rotation.cosine + static_cast<int64_t>(positions[row]) * half;
    const float* sine = rotation.sine + static_cast<int64_t>(positions[row]) * half;
    for (int head = 0; head < heads; ++head) {
      float* at = x.at(row, head);
      chunks(half, [&](int64_t i, int n) {
        const Vec a = get(at + i, n), b = get(at + half + i, n), c = get(cosine + i, n), s = get(sine + i, n) * direction;
        put(at + i, a * c - b * s, n);
        put(at + half + i, b * c + a * s, n);
      });
    }
  }
}

void add_bias(float* y, int64_t stride, const float* bias, int64_t rows, int64_t width) {
  for (int64_t row = 0; row < rows; ++row, y += stride) chunks(width, [&](int64_t i, int n) { put(y + i, get(y + i, n) + get(bias + i, n), n); });
}
void add(float* y, const float* x, int64_t count) {
  chunks(count, [&](int64_t i, int n) { put(y + i, get(y + i, n) + get(x + i, n), n); });
}
void scale(float* x, float factor, int64_t count) {
  chunks(count, [&](int64_t i, int n) { put(x + i, get(x + i, n) * factor, n); });
}
void scale_columns(float* x, int64_t stride, float factor, int64_t rows, int64_t width) {
  for (int64_t row = 0; row < rows; ++row, x += stride) chunks(width, [&](int64_t i, int n) { put(x + i, get(x + i, n) * factor, n); });
}
void multiply(float* y, const float* x, const float* factor, int64_t count) {
  chunks(count, [&](int64_t i, int n) { put(y + i, get(x + i, n) * get(factor + i, n), n); });
}
void add_product(float* y, const float* x, const float* factor, int64_t count) {
  chunks(count, [&](int64_t i, int n) { put(y + i, get(y + i, n) + get(x + i, n) * get(factor + i, n), n); });
}

// Sixteen weights from element i on; the last ones one by one.
FEDLLM_INLINE Vec weights_at(const void* w, WeightType type, int64_t i, int n) {
  const auto part = [&](auto* p) {
    auto buffer = std::array<std::remove_cvref_t<decltype(*p)>, kLanes>{};
    for (int j = 0; j < kLanes; ++j) buffer[static_cast<size_t>(j)] = j < n ? p[i + j] : 0;
    return buffer;
  };
  switch (type) {
    case WeightType::f32: return get(static_cast<const float*>(w) + i, n);
    case WeightType::bf16: {
      const auto* p = static_cast<const uint16_t*>(w);
      return n == kLanes ? simd::load_bf16(p + i) : simd::load_bf16(part(p).data());
    }
    case WeightType::f16: {
      const auto* p = static_cast<const uint16_t*>(w);
      return n == kLanes ? simd::load_f16(p + i) : simd::load_f16(part(p).data());
    }
    default: {
      const auto* p = static_cast<const int8_t*>(w);
      return n == kLanes ? simd::load_i8(p + i) : simd::load_i8(part(p).data());
    }
  }
}
template <WeightType kType>
void widen_as(const void* w, int64_t from, float* y, int64_t count) {
  chunks(count, [&](int64_t i, int n) { put(y + i, weights_at(w, kType, from + i, n), n); });
}
void widen(const void* w, WeightType type, int64_t from, float* y, int64_t count) {
  switch (type) {
    case WeightType::f32: return widen_as<WeightType::f32>(w, from, y, count);
    case WeightType::bf16: return widen_as<WeightType::bf16>(w, from, y, count);
    case WeightType::f16: return widen_as<WeightType::f16>(w, from, y, count);
    case WeightType::i8: return widen_as<WeightType::i8>(w, from, y, count);
  }
}

constexpr int64_t bytes_of(WeightType type) { return type == WeightType::f32 ? 4 : type == WeightType::i8 ? 1 : 2; }
constexpr int64_t kAhead = 8192;   // bytes of weights that are asked for before they are needed

// y[row, n] = sum_k x[row, k] W[n, k] for up to four rows: each weight is read once. Few rows take several columns at once, so
// that enough sums run beside each other; the order of a sum's terms is the same for all.
template <WeightType kType, int kRows, int kColumns>
FEDLLM_INLINE void dots_some(const float* x, int64_t x_stride, const void* w, int64_t first, int64_t in, float* y, int64_t y_stride) {
  Vec sums[kRows][kColumns] = {};
  const auto add = [&](int64_t i, int n) {
    Vec weights[kColumns];
    for (int c = 0; c < kColumns; ++c) weights[c] = weights_at(w, kType, (first + c) * in + i, n);
    for (int r = 0; r < kRows; ++r) {
      const Vec from = get(x + r * x_stride + i, n);
      for (int c = 0; c < kColumns; ++c) sums[r][c] += weights[c] * from;
    }
  };
  // The columns lie behind each other, so what comes next is read in its order while these are summed.
  constexpr int64_t kBytes = kColumns * kLanes * bytes_of(kType);
  const char* ahead = static_cast<const char*>(w) + first * in * bytes_of(kType) + kAhead;
  int64_t i = 0;
  for (; i + kLanes <= in; i += kLanes, ahead += kBytes) {
    for (int64_t line = 0; line < kBytes; line += 64) __builtin_prefetch(ahead + line);
    add(i, kLanes);
  }
  if (i < in) add(i, static_cast<int>(in - i));
  for (int r = 0; r < kRows; ++r)
    for (int c = 0; c < kColumns; ++c) y[r * y_stride + first + c] = simd::sum(sums[r][c]);
}
template <WeightType kType, int kRows>
void dots_as(const float* x, int64_t x_stride, const void* w, int64_t out, int64_t in, float* y, int64_t y_stride) {
  constexpr int kColumns = 4 / kRows;
  int64_t column = 0;
  for (; column + kColumns <= out; column += kColumns) dots_some<kType, kRows, kColumns>(x, x_stride, w, column, in, y, y_stride);
  for (; column < out; ++column) dots_some<kType, kRows, 1>(x, x_stride, w, column, in, y, y_stride);
}
template <WeightType kType>
void dots_of(const float* x, int64_t x_stride, int rows, const void* w, int64_t out, int64_t in, float* y, int64_t y_stride) {
  (rows == 1 ? dots_as<kType, 1> : rows == 2 ? dots_as<kType, 2> : rows == 3 ? dots_as<kType, 3> : dots_as<kType, 4>)(x, x_stride, w, out, in, y, y_stride);
}
void dots(const float* x, int64_t x_stride, int rows, const void* w, WeightType type, int64_t out, int64_t in, float* y, int64_t y_stride) {
  (type == WeightType::f32 ? dots_of<WeightType::f32> : type == WeightType::bf16 ? dots_of<WeightType::bf16> : type == WeightType::f16 ? dots_of<WeightType::f16> : dots_of<WeightType::i8>)(
      x, x_stride, rows, w, out, in, y, y_stride);
}

void softmax_chunk(const float* logits, int64_t rows, int64_t width, int64_t first, SoftmaxRow* state) {
  for (int64_t row = 0; row < rows; ++row, logits += width) {
    SoftmaxRow& s = state[row];
    const float top = row_max(logits, width);
    if (!(top <= s.top)) {
      s.argmax = static_cast<int32_t>(first) + first_of(logits, width, top);
      s.sum *= std::exp(s.top - top);
      s.top = top;
    }
    Vec sums{};
    double rest = 0;
    chunks(width, [&](int64_t i, int n) {
      const Vec e = simd::exp(get(logits + i, n) - s.top);
      if (n == kLanes) { sums += e; return; }
      alignas(64) float es[kLanes];
      simd::store(es, e);
      for (int j = 0; j < n; ++j) rest += es[j];
    });
    s.sum += static_cast<double>(simd::sum(sums)) + rest;
    if (s.target >= first && s.target < first + width) s.target_logit = logits[s.target - first];
  }
}
void softmax_chunk_backward(float* logits, int64_t rows, int64_t width, int64_t first, const SoftmaxRow* state, float factor) {
  for (int64_t row = 0; row < rows; ++row, logits += width) {
    const SoftmaxRow& s = state[row];
    if (s.target < 0) { std::memset(logits, 0, sizeof(float) * static_cast<size_t>(width)); continue; }
    const float log_sum = s.top + static_cast<float>(std::log(s.sum));
    chunks(width, [&](int64_t i, int n) { put(logits + i, simd::exp(get(logits + i, n) - log_sum) * factor, n); });
    if (s.target >= first && s.target < first + width) logits[s.target - first] -= factor;
  }
}
