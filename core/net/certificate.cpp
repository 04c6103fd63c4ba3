#include "net/certificate.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <algorithm>

namespace fedllm::net {
namespace {

constexpr const char* kWhere = "net.certificate";
constexpr const char* kCurve = "prime256v1";
constexpr int kDaysBefore = 2;  // a member's clock may be that far behind
constexpr size_t kMaxPem = 64 * 1024;

Status openssl_error(const std::string& what) { return internal_error(what + ": " + last_openssl_error(), kWhere); }

// Never asks at a terminal.
int no_password(char*, int, int, void*) { return 0; }

Result<std::string> text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  if (size <= 0) return internal_error("nothing was written", kWhere);
  return std::string(data, static_cast<size_t>(size));
}

Status set_serial(X509* certificate) {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof bytes) != 1) return openssl_error("no random numbers");
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40);  // positive, and always of the same length
  const NumberPtr number(BN_bin2bn(bytes, sizeof bytes, nullptr));
  if (!number || !BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate))) return openssl_error("no serial number");
  return {};
}

bool add_name(X509_NAME* name, const char* field, const std::string& text) {
  return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()), -1, 0) == 1;
}

Status set_names(X509* certificate, const CertificatePlan& plan, X509* issuer) {
  X509_NAME* name = X509_get_subject_name(certificate);
  if (!add_name(name, "CN", plan.common_name) || (!plan.organization.empty() && !add_name(name, "O", plan.organization)))
    return openssl_error("the name " + plan.common_name + " does not fit into a certificate");
  if (X509_set_issuer_name(certificate, issuer ? X509_get_subject_name(issuer) : name) != 1)
    return openssl_error("no issuer name");
  return {};
}

Status add_extensions(X509* certificate, const CertificatePlan& plan, X509* issuer) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer ? issuer : certificate, certificate, nullptr, nullptr, 0);
  for (const auto& [nid, text] : plan.extensions) {
    const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, text));
    if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1)
      return openssl_error(std::string("the extension ") + OBJ_nid2sn(nid) + " cannot be added");
  }
  return {};
}

}  // namespace

Result<KeyPtr> make_key() {
  KeyPtr key(EVP_EC_gen(kCurve));
  if (!key) return openssl_error("a key cannot be made");
  return key;
}

bool is_p256(const EVP_PKEY* key) {
  char text[64];
  size_t size = 0;
  if (!key || EVP_PKEY_get_base_id(key) != EVP_PKEY_EC) return false;
  if (EVP_PKEY_get_group_name(key, text, sizeof text, &size) != 1 || std::string_view(text, size) != kCurve) return false;
  return EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, text, sizeof text, &size) == 1 &&
         std::string_view(text, size) == OSSL_PKEY_EC_ENCODING_GROUP;
}

Result<std::string> pem_of(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return openssl_error("a key cannot be written");
  return text_of(bio.get());
}

Result<std::string> pem_of(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_X509(bio.get(), certificate) != 1) return openssl_error("a certificate cannot be written");
  return text_of(bio.get());
}

Result<KeyPtr> key_of(const std::string& pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(std::min(pem.size(), kMaxPem))));
  KeyPtr key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr) : nullptr);
  if (!key) return data_loss("expected a key in PEM: " + last_openssl_error(), kWhere);
  if (!is_p256(key.get())) return data_loss("expected an ECDSA P-256 key, got another kind", kWhere);
  return key;
}

Result<CertificatePtr> certificate_of(const std::string& pem) {
  if (pem.size() > kMaxPem)
    return invalid_argument(
        "expected a certificate of at most " + std::to_string(kMaxPem) + " bytes, got " + std::to_string(pem.size()), kWhere);
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  CertificatePtr certificate(bio ? PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr) : nullptr);
  if (!certificate) return invalid_argument("expected a certificate in PEM: " + last_openssl_error(), kWhere);
  return certificate;
}

Digest sha256(std::string_view bytes) {
  Digest digest{};
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return digest;
}

Digest digest_of(const X509* certificate) {
  Digest digest{};
  X509_digest(certificate, EVP_sha256(), digest.data(), nullptr);
  return digest;
}

std::string common_name(const X509* certificate) {
  const X509_NAME* name = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0) return {};
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  if (size < 0) return {};
  const std::string copy(reinterpret_cast<const char*>(text), static_cast<size_t>(size));
  OPENSSL_free(text);
  return copy;
}

Result<CertificatePtr> make_certificate(const CertificatePlan& plan, EVP_PKEY* public_key, X509* issuer, EVP_PKEY* issuer_key) {
  CertificatePtr certificate(X509_new());
  if (!certificate || X509_set_version(certificate.get(), X509_VERSION_3) != 1) return openssl_error("no certificate");
  FEDLLM_RETURN_IF_ERROR(set_serial(certificate.get()));
  X509_time_adj_ex(X509_getm_notBefore(certificate.get()), -kDaysBefore, 0, nullptr);
  X509_time_adj_ex(X509_getm_notAfter(certificate.get()), 365 * plan.years, 0, nullptr);
  FEDLLM_RETURN_IF_ERROR(set_names(certificate.get(), plan, issuer));
  if (X509_set_pubkey(certificate.get(), public_key) != 1) return openssl_error("the public key cannot be certified");
  FEDLLM_RETURN_IF_ERROR(add_extensions(certificate.get(), plan, issuer));
  if (X509_sign(certificate.get(), issuer_key, EVP_sha256()) <= 0) return openssl_error("a certificate cannot be signed");
  return certificate;
}

Result<std::string> make_request(EVP_PKEY* key) {
  const RequestPtr request(X509_REQ_new());
  if (!request || X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1 ||
      !add_name(X509_REQ_get_subject_name(request.get()), "CN", "member") || X509_REQ_set_pubkey(request.get(), key) != 1 ||
      X509_REQ_sign(request.get(), key, EVP_sha256()) <= 0)
    return openssl_error("a certificate request cannot be made");
  unsigned char* der = nullptr;
  const int size = i2d_X509_REQ(request.get(), &der);
  if (size <= 0) return openssl_error("a certificate request cannot be written");
  const std::string copy(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return copy;
}

Result<RequestPtr> request_of(std::string_view der) {
  if (der.empty() || der.size() > kMaxRequest)
    return invalid_argument(
        "expected a certificate request of 1 to " + std::to_string(kMaxRequest) + " bytes, got " + std::to_string(der.size()),
        kWhere);
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = at + der.size();
  RequestPtr request(d2i_X509_REQ(nullptr, &at, static_cast<long>(der.size())));
  if (!request || at != end) {
    ERR_clear_error();
    return invalid_argument("expected a certificate request (PKCS #10, DER), got something else", kWhere);
  }
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  if (!is_p256(key)) {
    ERR_clear_error();
    return invalid_argument("expected a certificate request for an ECDSA P-256 key, got another kind", kWhere);
  }
  if (X509_REQ_verify(request.get(), key) != 1) {
    ERR_clear_error();
    return invalid_argument("the certificate request's signature is wrong", kWhere);
  }
  return request;
}

Result<std::string> public_key_der(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) return openssl_error("a public key cannot be written");
  const std::string copy(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return copy;
}

}  // namespace fedllm::net
