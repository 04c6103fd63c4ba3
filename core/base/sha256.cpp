#include "base/sha256.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#ifdef FEDLLM_OWN_DIGESTS
#include "base/own_digest.h"
#else
#include <openssl/evp.h>
#endif

namespace fedllm {

#ifdef FEDLLM_OWN_DIGESTS
struct Sha256::State {
  OwnSha256 hash;
  void update(std::span<const std::byte> bytes) { hash.update(bytes); }
  std::array<unsigned char, 32> digest() { return hash.digest(); }
};
#else
struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() { EVP_DigestInit_ex(context, EVP_sha256(), nullptr); }
  ~State() { EVP_MD_CTX_free(context); }
  void update(std::span<const std::byte> bytes) { EVP_DigestUpdate(context, bytes.data(), bytes.size()); }
  std::array<unsigned char, 32> digest() {
    std::array<unsigned char, 32> result{};
    EVP_DigestFinal_ex(context, result.data(), nullptr);
    return result;
  }
};
#endif

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::span<const std::byte> bytes) { state_->update(bytes); }

std::string Sha256::hex() {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(64);
  for (unsigned char b : state_->digest()) text += {kDigits[b >> 4], kDigits[b & 15]};
  return text;
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

Result<std::string> sha256_file(const std::string& path) {
  std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  const auto failed = [&](const char* what) {
    const Code code = errno == ENOENT || errno == ENOTDIR ? Code::not_found
                      : errno == EACCES                   ? Code::permission_denied
                                                          : Code::data_loss;
    return Status(code, std::string(what) + " " + path + ": " + std::strerror(errno), "base.sha256");
  };
  if (!file) return failed("cannot open");
  Sha256 hash;
  std::vector<char> buffer(1 << 18);
  while (size_t n = std::fread(buffer.data(), 1, buffer.size(), file.get())) hash.update(std::string_view(buffer.data(), n));
  if (std::ferror(file.get())) return failed("cannot read");
  return hash.hex();
}

}  // namespace fedllm
