// Certificates and keys as this room uses them (ECDSA P-256, SHA-256, X.509 v3), on OpenSSL's objects; for this room's own files.
// Everything that comes from a peer is limited in size and checked to be exactly one object.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "net/openssl.h"
#include "net/ticket.h"

namespace fedllm::net {

inline constexpr size_t kMaxRequest = 4096;  // bytes of a PKCS #10 request

Result<KeyPtr> make_key();
bool is_p256(const EVP_PKEY* key);  // by name, not by spelt-out parameters
Result<std::string> pem_of(EVP_PKEY* key);
Result<std::string> pem_of(X509* certificate);
Result<KeyPtr> key_of(const std::string& pem);
Result<CertificatePtr> certificate_of(const std::string& pem);
Digest digest_of(const X509* certificate);
Digest sha256(std::string_view bytes);
std::string common_name(const X509* certificate);

struct CertificatePlan {
  std::string common_name;
  std::string organization;  // may be empty
  int years = 1;
  std::vector<std::pair<int, const char*>> extensions;  // NID and OpenSSL's configuration text
};
// issuer null: self-signed with issuer_key.
Result<CertificatePtr> make_certificate(const CertificatePlan& plan, EVP_PKEY* public_key, X509* issuer, EVP_PKEY* issuer_key);

Result<std::string> make_request(EVP_PKEY* key);  // DER
// Signature, curve and size are checked.
Result<RequestPtr> request_of(std::string_view der);
Result<std::string> public_key_der(EVP_PKEY* key);  // SubjectPublicKeyInfo

}  // namespace fedllm::net
