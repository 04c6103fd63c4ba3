#include "net/authority.h"

#include <algorithm>

#include "base/text.h"
#include "net/certificate.h"
#include "net/private_file.h"

namespace fedllm::net {
namespace {

constexpr const char* kWhere = "net.authority";
constexpr int kAuthorityYears = 10;
constexpr int kMemberYears = 1;
constexpr size_t kMaxMember = 64;  // X.509's limit for a common name
constexpr size_t kMaxOrganization = 60;

Status of_file(const Status& status, const std::string& path) { return status.with_prefix(path); }

// The room's name as far as a certificate takes it; whole characters only.
std::string organization_of(std::string room_name) {
  room_name.resize(std::min(room_name.size(), kMaxOrganization));
  room_name.resize(std::min(room_name.size(), invalid_utf8_at(room_name)));
  return room_name;
}

// Reads path's key; where there is none, makes one. Two processes at once end with the same one.
Result<KeyPtr> open_key(const std::string& path) {
  auto pem = read_private_file(path);
  if (pem.status().code() == Code::not_found) {
    FEDLLM_ASSIGN_OR_RETURN(const KeyPtr made, make_key());
    FEDLLM_ASSIGN_OR_RETURN(const std::string text, pem_of(made.get()));
    const Status created = create_private_file(path, text);
    if (!created.ok() && created.code() != Code::already_exists) return created;
    pem = read_private_file(path);
  }
  if (!pem.ok()) return pem.status();
  auto key = key_of(*pem);
  if (!key.ok()) return of_file(key.status(), path);
  return key;
}

// Each authority gets a subject of its own: with two of the same name, verifiers would try the wrong one.
Result<CertificatePtr> self_signed(EVP_PKEY* key, const std::string& room_name) {
  FEDLLM_ASSIGN_OR_RETURN(const std::string public_key, public_key_der(key));
  CertificatePlan plan;
  plan.common_name = "FedLLM room authority " + hex(sha256(public_key)).substr(0, 12);
  plan.organization = organization_of(room_name);
  plan.years = kAuthorityYears;
  plan.extensions = {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                     {NID_key_usage, "critical,keyCertSign,cRLSign"},
                     {NID_subject_key_identifier, "hash"}};
  return make_certificate(plan, key, nullptr, key);
}

Result<CertificatePtr> open_certificate(const std::string& path, EVP_PKEY* key, const std::string& room_name) {
  auto pem = read_private_file(path);
  if (pem.status().code() == Code::not_found) {
    FEDLLM_ASSIGN_OR_RETURN(const CertificatePtr made, self_signed(key, room_name));
    FEDLLM_ASSIGN_OR_RETURN(const std::string text, pem_of(made.get()));
    const Status created = create_private_file(path, text);
    if (!created.ok() && created.code() != Code::already_exists) return created;
    pem = read_private_file(path);
  }
  if (!pem.ok()) return pem.status();
  auto certificate = certificate_of(*pem);
  if (!certificate.ok()) return of_file(data_loss(certificate.status().message(), kWhere), path);
  if (X509_check_private_key(certificate->get(), key) != 1 || X509_check_ca(certificate->get()) != 1) {
    ERR_clear_error();
    return data_loss(path + ": expected the certificate of the authority whose key lies beside it, got another", kWhere);
  }
  return certificate;
}

class OpenAuthority final : public Authority {
 public:
  OpenAuthority(KeyPtr key, CertificatePtr certificate, std::string pem)
      : key_(std::move(key)),
        certificate_(std::move(certificate)),
        pem_(std::move(pem)),
        digest_(digest_of(certificate_.get())) {}

  const std::string& certificate_pem() const override { return pem_; }
  const Digest& fingerprint() const override { return digest_; }

  Result<KeyAndCertificate> issue_server() override {
    FEDLLM_ASSIGN_OR_RETURN(const KeyPtr key, make_key());
    static const std::string kNames = std::string("DNS:") + kRoomHost;
    FEDLLM_ASSIGN_OR_RETURN(const CertificatePtr made,
                            issue(kRoomHost, kAuthorityYears, key.get(),
                                  {{NID_ext_key_usage, "serverAuth"}, {NID_subject_alt_name, kNames.c_str()}}));
    KeyAndCertificate both;
    FEDLLM_ASSIGN_OR_RETURN(both.key_pem, pem_of(key.get()));
    FEDLLM_ASSIGN_OR_RETURN(both.certificate_pem, pem_of(made.get()));
    return both;
  }

  Result<std::string> sign_member(std::string_view request, const std::string& member) override {
    if (!is_member_id(member))
      return invalid_argument(
          "expected a member id of 1 to 64 letters, digits, - and _, got " + std::to_string(member.size()) + " bytes", kWhere);
    FEDLLM_ASSIGN_OR_RETURN(const RequestPtr parsed, request_of(request));
    FEDLLM_ASSIGN_OR_RETURN(const CertificatePtr made,
                            issue(member, kMemberYears, X509_REQ_get0_pubkey(parsed.get()), {{NID_ext_key_usage, "clientAuth"}}));
    return pem_of(made.get());
  }

 private:
  // No dot, so that a member can never be called like the room's own host.
  static bool is_member_id(const std::string& member) {
    return !member.empty() && member.size() <= kMaxMember && std::all_of(member.begin(), member.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
  }

  Result<CertificatePtr> issue(const std::string& name, int years, EVP_PKEY* key,
                               std::vector<std::pair<int, const char*>> extensions) const {
    CertificatePlan plan;
    plan.common_name = name;
    plan.years = years;
    plan.extensions = {{NID_basic_constraints, "critical,CA:FALSE"}, {NID_key_usage, "critical,digitalSignature"}};
    plan.extensions.insert(plan.extensions.end(), extensions.begin(), extensions.end());
    plan.extensions.emplace_back(NID_subject_key_identifier, "hash");
    plan.extensions.emplace_back(NID_authority_key_identifier, "keyid:always");
    return make_certificate(plan, key, certificate_.get(), key_.get());
  }

  KeyPtr key_;
  CertificatePtr certificate_;
  std::string pem_;
  Digest digest_;
};

class OpenMemberKey final : public MemberKey {
 public:
  OpenMemberKey(KeyPtr key, std::string pem) : key_(std::move(key)), pem_(std::move(pem)) {}
  const std::string& key_pem() const override { return pem_; }
  Result<std::string> certificate_request() const override { return make_request(key_.get()); }

 private:
  KeyPtr key_;
  std::string pem_;
};

}  // namespace

Result<std::unique_ptr<Authority>> Authority::open(const std::string& folder, const std::string& room_name) {
  FEDLLM_RETURN_IF_ERROR(make_private_folder(folder));
  const std::string key_path = folder + "/authority.key", path = folder + "/authority.pem";
  if (read_private_file(key_path).status().code() == Code::not_found && read_private_file(path).ok())
    return data_loss(key_path + " is missing beside the authority's certificate; tickets given out before need it", kWhere);
  FEDLLM_ASSIGN_OR_RETURN(KeyPtr key, open_key(key_path));
  FEDLLM_ASSIGN_OR_RETURN(CertificatePtr certificate, open_certificate(path, key.get(), room_name));
  FEDLLM_ASSIGN_OR_RETURN(std::string pem, pem_of(certificate.get()));
  return std::unique_ptr<Authority>(std::make_unique<OpenAuthority>(std::move(key), std::move(certificate), std::move(pem)));
}

Result<std::unique_ptr<MemberKey>> MemberKey::open(const std::string& folder) {
  FEDLLM_RETURN_IF_ERROR(make_private_folder(folder));
  FEDLLM_ASSIGN_OR_RETURN(KeyPtr key, open_key(folder + "/member.key"));
  FEDLLM_ASSIGN_OR_RETURN(std::string pem, pem_of(key.get()));
  return std::unique_ptr<MemberKey>(std::make_unique<OpenMemberKey>(std::move(key), std::move(pem)));
}

Result<std::string> check_code(const Digest& authority, std::string_view certificate_request) {
  static constexpr std::string_view kAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";  // 32, without I, O, 0 and 1
  FEDLLM_ASSIGN_OR_RETURN(const RequestPtr request, request_of(certificate_request));
  FEDLLM_ASSIGN_OR_RETURN(const std::string key, public_key_der(X509_REQ_get0_pubkey(request.get())));
  const Digest digest = sha256(std::string(reinterpret_cast<const char*>(authority.data()), authority.size()) + key);
  uint64_t bits = 0;
  for (int i = 0; i < 5; ++i) bits = bits << 8 | digest[static_cast<size_t>(i)];
  std::string code;
  for (int shift = 35; shift >= 0; shift -= 5) {
    code += kAlphabet[bits >> shift & 31];
    if (shift == 20) code += '-';
  }
  return code;
}

Result<Digest> key_fingerprint(std::string_view certificate_request) {
  FEDLLM_ASSIGN_OR_RETURN(const RequestPtr request, request_of(certificate_request));
  FEDLLM_ASSIGN_OR_RETURN(const std::string key, public_key_der(X509_REQ_get0_pubkey(request.get())));
  return sha256(key);
}

Result<Digest> fingerprint_of(const std::string& certificate_pem) {
  FEDLLM_ASSIGN_OR_RETURN(const CertificatePtr certificate, certificate_of(certificate_pem));
  return digest_of(certificate.get());
}

Result<std::string> common_name_of(const std::string& certificate_pem) {
  FEDLLM_ASSIGN_OR_RETURN(const CertificatePtr certificate, certificate_of(certificate_pem));
  const std::string name = common_name(certificate.get());
  if (name.empty()) return invalid_argument("the certificate has no common name", kWhere);
  return name;
}

std::string hex(const Digest& digest) {
  std::string text;
  for (const uint8_t byte : digest) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

}  // namespace fedllm::net
