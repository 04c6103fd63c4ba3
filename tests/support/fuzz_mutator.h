// Mutator: a valid message made wrong in one to four places: flipped bits, bytes inserted, deleted, doubled or cut off, two valid
// messages spliced, and what only a sender who knows protobuf or JSON does: lengths that lie, varints and numbers blown up, fields
// doubled, dropped, exchanged or taken from another message, deep inside too with all lengths around them right again. The
// same Rng gives the same bytes. Nothing grows beyond 256 KiB.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/seed_tree.h"

namespace fedllm::tests {

class Mutator {
 public:
  explicit Mutator(Rng& rng) : rng_(rng) {}

  // other: another valid message, to splice with.
  std::string message(const std::string& valid, const std::string& other) {
    std::string bytes = valid;
    for (uint64_t left = places(); left > 0; --left) bytes = rng_.below(5) == 0 ? raw(bytes, other) : structured(bytes, other, 0);
    return bytes;
  }
  std::string text(const std::string& valid, const std::string& other) {
    std::string bytes = valid;
    for (uint64_t left = places(); left > 0; --left) bytes = rng_.below(2) == 0 ? raw(bytes, other) : json(bytes);
    return bytes;
  }
  // Bytes that know nothing of what they are.
  std::string raw(std::string bytes, const std::string& other) {
    const size_t at = place(bytes.size() + 1), length = std::min<size_t>(bytes.size() - at, 1 + rng_.below(16));
    switch (rng_.below(8)) {
      case 0:
        if (!bytes.empty()) bytes[place(bytes.size())] ^= static_cast<char>(1 << rng_.below(8));
        return bytes;
      case 1:
        if (!bytes.empty()) bytes[place(bytes.size())] = static_cast<char>(rng_.below(256));
        return bytes;
      case 2: return bytes.insert(at, noise(1 + rng_.below(16)));
      case 3: return bytes.erase(at, length);
      case 4: return bounded(bytes.insert(at, bytes.substr(at, length)));
      case 5: return bytes.substr(0, at);
      case 6: return bounded(bytes.substr(0, at) + other.substr(place(other.size() + 1)));
      default: return bounded(bytes.insert(at, std::string(1 + rng_.below(1 << rng_.below(14)), static_cast<char>(rng_.below(256)))));
    }
  }

 private:
  static constexpr size_t kMost = 256 << 10;
  struct Field {
    size_t begin = 0, value = 0, end = 0;  // begin: its tag; value: what the tag (and its length) is followed by
    uint64_t tag = 0;
    uint32_t wire() const { return tag & 7; }
  };

  uint64_t places() { return rng_.below(2) == 0 ? 1 : 1 + rng_.below(4); }
  size_t place(size_t count) { return count == 0 ? 0 : static_cast<size_t>(rng_.below(count)); }
  static std::string bounded(std::string bytes) { return bytes.size() > kMost ? bytes.substr(0, kMost) : bytes; }
  std::string noise(uint64_t count) {
    std::string bytes;
    while (count-- > 0) bytes += static_cast<char>(rng_.below(256));
    return bytes;
  }

  static bool read_varint(std::string_view bytes, size_t& at, uint64_t& value) {
    value = 0;
    for (int shift = 0; at < bytes.size() && shift < 70; shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes[at++]);
      if (shift < 64) value |= uint64_t{byte & 127u} << shift;
      if (byte < 128) return true;
    }
    return false;
  }
  static std::string varint(uint64_t value) {
    std::string bytes;
    for (; value > 127; value >>= 7) bytes += static_cast<char>((value & 127) | 128);
    return bytes + static_cast<char>(value);
  }
  static std::vector<Field> fields_of(std::string_view bytes) {
    std::vector<Field> fields;
    for (size_t at = 0; at < bytes.size();) {
      Field field;
      uint64_t length = 0;
      field.begin = at;
      if (!read_varint(bytes, at, field.tag) || field.tag >> 3 == 0) return {};
      field.value = at;
      if (field.wire() == 0 && !read_varint(bytes, at, length)) return {};
      if (field.wire() == 2) {
        if (!read_varint(bytes, at, length)) return {};
        field.value = at;
      } else {
        length = field.wire() == 1 ? 8 : field.wire() == 5 ? 4 : 0;
      }
      if (field.wire() > 5 || field.wire() == 3 || field.wire() == 4 || length > bytes.size() - at) return {};
      at += static_cast<size_t>(length);
      field.end = at;
      fields.push_back(field);
    }
    return fields;
  }

  std::string structured(const std::string& bytes, const std::string& other, int depth) {
    const std::vector<Field> fields = fields_of(bytes);
    if (fields.empty()) return raw(bytes, other);
    const Field& field = fields[place(fields.size())];
    const std::string head = bytes.substr(0, field.begin), whole = bytes.substr(field.begin, field.end - field.begin),
                      tail = bytes.substr(field.end), value = bytes.substr(field.value, field.end - field.value);
    switch (rng_.below(9)) {
      case 0: return bounded(head + whole + whole + tail);
      case 1: return head + tail;
      case 2: return bounded(head + varint(field.tag) + other + tail);   // most often as a field of the wrong kind
      case 3: return bounded(head + from(other) + tail);
      case 4: return head + varint((field.tag & ~uint64_t{7}) | rng_.below(6)) + bytes.substr(field.value);
      case 5:
        if (field.wire() == 2) return head + varint(field.tag) + varint(number()) + bytes.substr(field.value);
        [[fallthrough]];
      default: return bounded(head + varint(field.tag) + changed(field, value, other, depth) + tail);
    }
  }
  // A whole field of another message.
  std::string from(const std::string& other) {
    const std::vector<Field> fields = fields_of(other);
    if (fields.empty()) return {};
    const Field& field = fields[place(fields.size())];
    return other.substr(field.begin, field.end - field.begin);
  }
  std::string changed(const Field& field, const std::string& value, const std::string& other, int depth) {
    if (field.wire() == 0) return rng_.below(8) == 0 ? std::string(9 + rng_.below(3), '\xff') + '\x01' : varint(number());
    if (field.wire() == 1) return real();
    if (field.wire() == 5) return noise(4);
    std::string inside;
    switch (rng_.below(6)) {
      case 0: break;
      case 1: inside = std::string(1 + rng_.below(1 << rng_.below(17)), static_cast<char>('a' + rng_.below(26))); break;
      case 2: inside = json(value); break;
      case 3: inside = raw(value, other); break;
      default: inside = depth < 4 ? structured(value, other, depth + 1) : raw(value, other);
    }
    inside = bounded(std::move(inside));
    return varint(inside.size()) + inside;
  }
  uint64_t number() {
    static constexpr std::array<uint64_t, 14> kEdges = {0, 1, 2, 63, 127, 255, 65535, 0x7fffffff, 0x80000000, 0xffffffff,
                                                        0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff, 1ull << 40};
    return rng_.below(3) == 0 ? rng_.next() >> rng_.below(64) : kEdges[place(kEdges.size())] + (rng_.below(4) == 0 ? rng_.below(3) - 1 : 0);
  }
  std::string real() {
    static constexpr std::array<double, 10> kEdges = {0.0, -0.0, -1.0, 1e308, -1e308, 5e-324, 1e18, std::numeric_limits<double>::infinity(),
                                                     -std::numeric_limits<double>::infinity(), 0.5};
    double value = kEdges[place(kEdges.size())];
    std::string bytes(8, '\0');
    if (rng_.below(4) == 0) value = value - value;   // a NaN from the infinities
    std::memcpy(bytes.data(), &value, 8);
    if (rng_.below(4) == 0) bytes = noise(8);
    if (rng_.below(6) == 0) bytes = std::string("\0\0\0\0\0\0\xf8\x7f", 8);
    return bytes;
  }

  // What somebody who knows the format changes in JSON.
  std::string json(std::string bytes) {
    static constexpr std::array<std::string_view, 22> kTokens = {
        "-1", "1e999", "-0", "18446744073709551616", "9223372036854775807", "2147483648", "1e-320", "null", "true", "\"\"", "[]", "{}",
        "\"\\ud800\"", "\"\\u0000\"", "[[[[[[[[[[[[[[[[", "{\"a\":", "\"../../etc/passwd\"", "\"/\"", "NaN", "0.5", "1000000000", "\"{?x}\""};
    const std::string token(kTokens[place(kTokens.size())]);
    const size_t at = place(bytes.size() + 1);
    switch (rng_.below(5)) {
      case 0: {   // a number
        const size_t begin = bytes.find_first_of("0123456789", at);
        if (begin == std::string::npos) return bytes + token;
        const size_t end = std::min(bytes.find_first_not_of("0123456789.eE+-", begin), bytes.size());
        return bounded(bytes.replace(begin, end - begin, token));
      }
      case 1: {   // a text
        const size_t begin = bytes.find('"', at), end = begin == std::string::npos ? begin : bytes.find('"', begin + 1);
        if (end == std::string::npos) return bytes + token;
        return bounded(bytes.replace(begin, end + 1 - begin, token));
      }
      case 2: {   // a pair again
        const size_t begin = bytes.find(',', at), end = begin == std::string::npos ? begin : bytes.find(',', begin + 1);
        if (end == std::string::npos) return bounded(bytes + bytes);
        return bounded(bytes.insert(begin, bytes.substr(begin, end - begin)));
      }
      case 3: {
        std::string deep;
        for (uint64_t left = 1 + rng_.below(1 << rng_.below(12)); left > 0; --left) deep += rng_.below(2) ? "[" : "{\"a\":";
        return bounded(bytes.insert(at, deep));
      }
      default: return bounded(bytes.insert(at, token));
    }
  }

  Rng& rng_;
};

}  // namespace fedllm::tests
