#include "lab/qr_code.h"

#include <qrencode.h>

#include <memory>

namespace fedllm::lab {
namespace {

constexpr int kQuiet = 4;
// Black on white whatever the terminal's own colours are.
constexpr const char* kColours = "\033[30;47m";
constexpr const char* kOwn = "\033[0m";

struct FreeCode {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

}  // namespace

std::string qr_for_terminal(const std::string& text) {
  const std::unique_ptr<QRcode, FreeCode> code(QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_L));
  if (!code) return {};
  const int width = code->width;
  const auto dark = [&](int row, int column) {
    return row >= 0 && column >= 0 && row < width && column < width && (code->data[row * width + column] & 1);
  };
  std::string lines;
  for (int row = -kQuiet; row < width + kQuiet; row += 2) {
    lines += kColours;
    for (int column = -kQuiet; column < width + kQuiet; ++column) {
      const bool upper = dark(row, column), lower = dark(row + 1, column);
      lines += upper && lower ? "█" : upper ? "▀" : lower ? "▄" : " ";
    }
    lines += std::string(kOwn) + "\n";
  }
  return lines;
}

}  // namespace fedllm::lab
