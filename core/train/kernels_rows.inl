// Row-wise kernels (see kernels.h). Included by kernels.cpp once per instruction set.

using simd::kLanes;
using simd::Vec;

// Calls work(offset, lanes) over n floats; the last call may cover fewer than 16.
template <class Work>
FEDLLM_INLINE void chunks(int64_t n, Work&& work) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) work(i, kLanes);
  if (i < n) work(i, static_cast<int>(n - i));
}
FEDLLM_INLINE Vec get(const float* p, int lanes) { return lanes == kLanes ? simd::load(p) : simd::load_part(p, lanes); }
FEDLLM_INLINE void put(float* p, const Vec& v, int lanes) { lanes == kLanes ? simd::store(p, v) : simd::store_part(p, v, lanes); }

void rms_norm(const float* x, const float* gain, float* y, float* inverse_rms, int64_t rows, int64_t width, float eps) {
  for (int64_t row = 0; row < rows; ++row, x += width, y += width) {
    Vec squares{};
    chunks(width, [&](int64_t i, int n) { const Vec v = get(x + i, n); squares += v * v; });
    const float inverse = 1.0f / std::sqrt(simd::sum(squares) / static_cast<float>(width) + eps);
    inverse_rms[row] = inverse;
    chunks(width, [&](int64_t i, int n) { put(y + i, get(gain + i, n) * (get(x + i, n) * inverse), n); });
  }
}

void rms_norm_backward(const float* x, const float* gain, const float* inverse_rms, const float* dy, float* dx,
                                          float* gain_gradient, int64_t rows, int64_t width) {
  for (int64_t row = 0; row < rows; ++row, x += width, dy += width, dx += width) {
    const float inverse = inverse_rms[row];
    Vec dots{};
    chunks(width, [&](int64_t i, int n) { dots += get(dy + i, n) * get(gain + i, n) * get(x + i, n); });
    const float pull = simd::sum(dots) * inverse * inverse * inverse / static_cast<float>(width);
    chunks(width, [&](int64_t i, int n) {
      const Vec in = get(x + i, n), grad = get(dy + i, n);
      put(dx + i, grad * get(gain + i, n) * inverse - in * pull, n);
      if (gain_gradient) put(gain_gradient + i, get(gain_gradient + i, n) + grad * in * inverse, n);
    });
  }
}

void swiglu(const float* gate, const float* up, float* y, int64_t count) {
  chunks(count, [&](int64_t i, int n) {
    const Vec g = get(gate + i, n);
    put(y + i, g / (1.0f + simd::exp(-g)) * get(up + i, n), n);
  });
}

void swiglu_backward(const float* gate, const float* up, const float* dy, float* dgate, float* dup, int64_t count) {
  chunks(count, [&](int64_t i, int n) {
    const Vec g = get(gate + i, n), grad = get(dy + i, n);
    const Vec sigmoid = 1.0f / (1.0f + simd::exp(-g));
    put(dup + i, grad * g * sigmoid, n);
    put(dgate + i, grad * get(up + i, n) * sigmoid * (1.0f + g * (1.0f - sigmoid)), n);
  });
}

void rotate(float* x, const int32_t* positions, int64_t rows, int heads, Rotation rotation, float direction) {
  const int half = rotation.head_dim / 2;
  for (int64_t row = 0; row < rows; ++row) {
    const float* cosine = rotation.cosine + static_cast<int64_t>(positions[row]) * half;
    const float* sine = rotation.sine + static_cast<int64_t>(positions[row]) * half;
    for (int head = 0; head < heads; ++head, x += rotation.head_dim)
      for (int i = 0; i < half; ++i) {
        const float a = x[i], b = x[i + half], s = sine[i] * direction;
        x[i] = a * cosine[i] - b * s;
        x[i + half] = b * cosine[i] + a * s;
      }
  }
}

FEDLLM_INLINE float row_max(const float* row, int64_t n) {
  Vec tops = simd::fill(row[0]);
  float rest = row[0];
  chunks(n, [&](int64_t i, int lanes) {
    if (lanes == kLanes) { const Vec v = simd::load(row + i); tops = simd::larger(v, tops); return; }
    for (int j = 0; j < lanes; ++j) rest = row[i + j] > rest ? row[i + j] : rest;
  });
  const float top = simd::max(tops);
  return top > rest ? top : rest;
}

FEDLLM_INLINE int32_t first_of(const float* row, int64_t n, float value) {
  for (int64_t i = 0; i < n; ++i)
    if (row[i] == value) return static_cast<int32_t>(i);
  return -1;   // only where the row holds NaN
}

void cross_entropy(float* logits, const int64_t* targets, float* losses, int32_t* argmax, int64_t rows, int64_t vocab) {
  for (int64_t row = 0; row < rows; ++row, logits += vocab) {
    const float top = row_max(logits, vocab);
    if (argmax) argmax[row] = first_of(logits, vocab, top);
    const float target = logits[targets[row]];
    Vec sums{};
    float rest = 0;
    chunks(vocab, [&](int64_t i, int n) {
      const Vec e = simd::exp(get(logits + i, n) - top);
      put(logits + i, e, n);
      if (n == kLanes) { sums += e; return; }
      for (int j = 0; j < n; ++j) rest += logits[i + j];
    });
    const float total = simd::sum(sums) + rest;
    losses[row] = std::log(total) - (target - top);
    const float inverse = 1.0f / total;
    chunks(vocab, [&](int64_t i, int n) { put(logits + i, get(logits + i, n) * inverse, n); });
  }
}

void cross_entropy_backward(float* probabilities, const int64_t* targets, int64_t rows, int64_t vocab, float factor) {
  for (int64_t row = 0; row < rows; ++row, probabilities += vocab) {
    probabilities[targets[row]] -= 1.0f;
    chunks(vocab, [&](int64_t i, int n) { put(probabilities + i, get(probabilities + i, n) * factor, n); });
  }
}

void adamw(float* theta, float* m, float* v, const float* gradient, int64_t count, AdamStep o) {
  const float keep = static_cast<float>(1 - o.learning_rate * o.weight_decay);
  const float b1 = static_cast<float>(o.beta1), b2 = static_cast<float>(o.beta2);
  const float c1 = static_cast<float>(1 - o.beta1), c2 = static_cast<float>(1 - o.beta2);
  const double correction1 = 1 - std::pow(o.beta1, static_cast<double>(o.step));
  const double correction2 = 1 - std::pow(o.beta2, static_cast<double>(o.step));
  const float size = static_cast<float>(o.learning_rate / correction1);
  const float root = static_cast<float>(std::sqrt(correction2)), eps = static_cast<float>(o.eps);
  for (int64_t i = 0; i < count; ++i) {
    const float g = gradient[i];
    m[i] = m[i] * b1 + c1 * g;
    v[i] = v[i] * b2 + c2 * g * g;
    theta[i] = theta[i] * keep - size * (m[i] / (__builtin_sqrtf(v[i]) / root + eps));
  }
}
