// Authorities, member keys and what they sign: keys stay closed to others, a room's identity survives, and a certificate
// request is taken only when it is small, whole, signed and for a P-256 key.
#include <QTemporaryDir>
#include <QTest>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <fstream>
#include <random>
#include <thread>

#include "net/authority.h"
#include "net/private_file.h"

using namespace fedllm;

namespace {

X509* parsed(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  return certificate;
}

// 0: the chain holds for that purpose.
int verify(const std::string& leaf_pem, const std::string& authority_pem, int purpose, int64_t days_from_now = 0) {
  X509 *leaf = parsed(leaf_pem), *authority = parsed(authority_pem);
  X509_STORE* store = X509_STORE_new();
  X509_STORE_add_cert(store, authority);
  X509_STORE_CTX* context = X509_STORE_CTX_new();
  X509_STORE_CTX_init(context, store, leaf, nullptr);
  X509_STORE_CTX_set_purpose(context, purpose);
  X509_STORE_CTX_set_time(context, 0, time(nullptr) + days_from_now * 86400);
  X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(context), X509_V_FLAG_X509_STRICT);
  X509_verify_cert(context);
  const int error = X509_STORE_CTX_get_error(context);
  X509_STORE_CTX_free(context);
  X509_STORE_free(store);
  X509_free(leaf);
  X509_free(authority);
  return error;
}

std::string request_for(EVP_PKEY* key, size_t padding = 0) {
  X509_REQ* request = X509_REQ_new();
  X509_REQ_set_version(request, 0);
  auto* name = X509_REQ_get_subject_name(request);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("room.fedllm.internal"), -1, -1, 0);
  for (size_t i = 0; i < padding; i += 50)
    X509_NAME_add_entry_by_txt(name, "OU", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(std::string(50, 'x').c_str()), -1,
                               -1, 0);
  X509_REQ_set_pubkey(request, key);
  X509_REQ_sign(request, key, EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256());
  unsigned char* der = nullptr;
  const int size = i2d_X509_REQ(request, &der);
  const std::string copy(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  X509_REQ_free(request);
  return copy;
}

std::string request_of_kind(const std::string& kind) {
  EVP_PKEY* key = nullptr;
  if (kind == "rsa")
    key = EVP_RSA_gen(2048);
  else if (kind == "ed25519")
    key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  else
    key = EVP_EC_gen(kind.c_str());
  const std::string request = request_for(key);
  EVP_PKEY_free(key);
  return request;
}

// P-256 with its parameters spelt out instead of named.
std::string request_with_parameters() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  EVP_PKEY_set_utf8_string_param(key, "encoding", "explicit");
  const std::string request = request_for(key);
  EVP_PKEY_free(key);
  return request;
}

unsigned mode_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 0777 : 0;
}

}  // namespace

class TestAuthority : public QObject {
  Q_OBJECT
  QTemporaryDir dir_;
  int folders_ = 0;
  std::string folder() { return dir_.filePath(QString::number(++folders_)).toStdString(); }
  std::unique_ptr<net::Authority> authority(const std::string& folder, const std::string& name = "Lab 3") {
    auto opened = net::Authority::open(folder, name);
    if (!opened.ok()) qFatal("%s", opened.status().to_string().c_str());
    return std::move(*opened);
  }

 private slots:
  void stays_the_same_room() {
    const std::string at = folder();
    const auto first = authority(at), again = authority(at, "another name");
    QCOMPARE(again->certificate_pem(), first->certificate_pem());
    QCOMPARE(again->fingerprint(), first->fingerprint());
    QCOMPARE(*net::fingerprint_of(first->certificate_pem()), first->fingerprint());
    QCOMPARE(net::hex(first->fingerprint()).size(), size_t{64});
    QVERIFY(authority(folder())->fingerprint() != first->fingerprint());
    QCOMPARE(verify(first->certificate_pem(), first->certificate_pem(), X509_PURPOSE_ANY), X509_V_OK);
  }
  void odd_room_names_do() {
    for (const std::string& name : {std::string(), std::string(200, 'x'), std::string("\xff\xfe"),
                                    std::string(59, 'y') + "\xc3\xa4", std::string("a\0b", 3), std::string("Łab 实验室")}) {
      const std::string pem = authority(folder(), name)->certificate_pem();
      QCOMPARE(verify(pem, pem, X509_PURPOSE_ANY), X509_V_OK);
    }
  }
  void keys_are_closed_to_others() {
    const std::string at = folder();
    authority(at);
    QCOMPARE(mode_of(at), 0700u);
    for (const char* file : {"/authority.key", "/authority.pem"}) QCOMPARE(mode_of(at + file), 0600u);
    for (const mode_t mode : {0640, 0604, 0660, 0610}) {
      ::chmod((at + "/authority.key").c_str(), mode);
      const auto refused = net::Authority::open(at, "Lab 3");
      QVERIFY(!refused.ok());
      QCOMPARE(refused.status().code(), Code::permission_denied);
      QCOMPARE(refused.status().message(),
               "others may read " + at + "/authority.key; close it with: chmod 600 " + at + "/authority.key");
    }
    ::chmod((at + "/authority.key").c_str(), 0600);
    QVERIFY(net::Authority::open(at, "Lab 3").ok());
  }
  void damaged_files_are_told() {
    const std::string at = folder(), other = folder();
    const auto room = authority(at), another = authority(other);
    const std::string key = *net::read_private_file(at + "/authority.key");
    const auto opens = [&] { return net::Authority::open(at, "Lab 3").status(); };
    for (const std::string& broken : {std::string(), std::string("nothing"), key.substr(0, key.size() / 2)}) {
      QVERIFY(net::write_private_file(at + "/authority.key", broken).ok());
      QCOMPARE(opens().code(), Code::data_loss);
      QVERIFY(opens().message().starts_with(at + "/authority.key: expected a key"));
    }
    QVERIFY(net::write_private_file(at + "/authority.key", *net::read_private_file(other + "/authority.key")).ok());
    QCOMPARE(opens().code(), Code::data_loss);
    QVERIFY(opens().message().find("got another") != std::string::npos);
    ::unlink((at + "/authority.key").c_str());
    QCOMPARE(opens().code(), Code::data_loss);
    QVERIFY(opens().message().find("is missing beside") != std::string::npos);
    QVERIFY(net::write_private_file(at + "/authority.key", key).ok());
    QVERIFY(net::write_private_file(at + "/authority.pem", "x").ok());
    QCOMPARE(opens().code(), Code::data_loss);
    // Killed between key and certificate, before anybody saw either.
    ::unlink((at + "/authority.pem").c_str());
    QVERIFY(opens().ok());
  }
  void a_member_certificate_is_no_authority() {
    const std::string at = folder();
    const auto room = authority(at);
    const auto identity = room->issue_server();
    QVERIFY(net::write_private_file(at + "/authority.key", identity->key_pem).ok());
    QVERIFY(net::write_private_file(at + "/authority.pem", identity->certificate_pem).ok());
    QCOMPARE(net::Authority::open(at, "Lab 3").status().code(), Code::data_loss);
  }
  void two_processes_make_one() {
    const std::string at = folder();
    std::vector<net::Digest> prints(8);
    std::vector<std::thread> threads;
    for (net::Digest& print : prints)
      threads.emplace_back([&] {
        if (const auto opened = net::Authority::open(at, "Lab 3"); opened.ok()) print = (*opened)->fingerprint();
      });
    for (std::thread& thread : threads) thread.join();
    for (const net::Digest& print : prints) QCOMPARE(print, authority(at)->fingerprint());
  }

  void server_certificate_serves_this_room() {
    const auto room = authority(folder()), other = authority(folder());
    const auto identity = room->issue_server();
    QVERIFY(identity.ok());
    const std::string& pem = identity->certificate_pem;
    QCOMPARE(verify(pem, room->certificate_pem(), X509_PURPOSE_SSL_SERVER), X509_V_OK);
    QVERIFY(verify(pem, room->certificate_pem(), X509_PURPOSE_SSL_CLIENT) != X509_V_OK);
    QVERIFY(verify(pem, other->certificate_pem(), X509_PURPOSE_SSL_SERVER) != X509_V_OK);
    // A clock two days behind or nine years ahead is fine, more is not.
    for (const auto& [days, ok] : std::vector<std::pair<int, bool>>{{-1, true}, {-3, false}, {365 * 9, true}, {365 * 11, false}})
      QCOMPARE(verify(pem, room->certificate_pem(), X509_PURPOSE_SSL_SERVER, days) == X509_V_OK, ok);
    X509* certificate = parsed(pem);
    QCOMPARE(X509_check_host(certificate, net::kRoomHost, 0, 0, nullptr), 1);
    QCOMPARE(X509_check_host(certificate, "localhost", 0, 0, nullptr), 0);
    X509_free(certificate);
    QVERIFY(room->issue_server()->key_pem != identity->key_pem);
  }
  void member_certificate_names_the_member() {
    const auto room = authority(folder()), other = authority(folder());
    const auto key = net::MemberKey::open(folder());
    QVERIFY(key.ok());
    const auto request = (*key)->certificate_request();
    QVERIFY(request.ok());
    const auto pem = room->sign_member(*request, "m-17_b");
    QVERIFY2(pem.ok(), pem.status().to_string().c_str());
    QCOMPARE(*net::common_name_of(*pem), std::string("m-17_b"));
    QCOMPARE(verify(*pem, room->certificate_pem(), X509_PURPOSE_SSL_CLIENT), X509_V_OK);
    QVERIFY(verify(*pem, room->certificate_pem(), X509_PURPOSE_SSL_SERVER) != X509_V_OK);
    QVERIFY(verify(*pem, other->certificate_pem(), X509_PURPOSE_SSL_CLIENT) != X509_V_OK);
    QVERIFY(verify(*pem, room->certificate_pem(), X509_PURPOSE_SSL_CLIENT, 366) != X509_V_OK);
  }
  void the_requests_own_name_is_ignored() {
    const auto room = authority(folder());
    EVP_PKEY* key = EVP_EC_gen("P-256");
    const auto pem = room->sign_member(request_for(key), "m-1");
    EVP_PKEY_free(key);
    QVERIFY(pem.ok());
    QCOMPARE(*net::common_name_of(*pem), std::string("m-1"));
  }
  void member_key_stays() {
    const std::string at = folder();
    const auto key = net::MemberKey::open(at);
    QVERIFY(key.ok());
    QCOMPARE(mode_of(at + "/member.key"), 0600u);
    QCOMPARE((*net::MemberKey::open(at))->key_pem(), (*key)->key_pem());
    ::chmod((at + "/member.key").c_str(), 0644);
    QCOMPARE(net::MemberKey::open(at).status().code(), Code::permission_denied);
  }
  void member_ids_are_checked() {
    const auto room = authority(folder());
    const auto key = net::MemberKey::open(folder());
    const std::string request = *(*key)->certificate_request();
    for (const std::string& id : {std::string(), std::string(net::kRoomHost), std::string("a/b"), std::string("a b"),
                                  std::string("a\0", 2), std::string(65, 'a'), std::string("ä"), std::string("m\n")})
      QCOMPARE(room->sign_member(request, id).status().code(), Code::invalid_argument);
    QVERIFY(room->sign_member(request, std::string(64, 'a')).ok());
  }

  void refuses_requests_data() {
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<QString>("word");
    const auto key = net::MemberKey::open(folder());
    const QByteArray good = QByteArray::fromStdString(*(*key)->certificate_request());
    QByteArray signature = good;
    signature[signature.size() - 1] = static_cast<char>(signature[signature.size() - 1] ^ 1);
    EVP_PKEY* p256 = EVP_EC_gen("P-256");
    QTest::newRow("nothing") << QByteArray() << "1 to 4096 bytes, got 0";
    QTest::newRow("garbage") << QByteArray(300, 'x') << "something else";
    QTest::newRow("cut short") << good.left(good.size() - 1) << "something else";
    QTest::newRow("something behind it") << good + "x"
                                         << "something else";
    QTest::newRow("too long") << QByteArray::fromStdString(request_for(p256, 4096)) << "1 to 4096 bytes, got";
    QTest::newRow("wrong signature") << signature << "signature is wrong";
    QTest::newRow("P-384") << QByteArray::fromStdString(request_of_kind("P-384")) << "P-256 key, got another kind";
    QTest::newRow("secp256k1") << QByteArray::fromStdString(request_of_kind("secp256k1")) << "P-256 key, got another kind";
    QTest::newRow("RSA") << QByteArray::fromStdString(request_of_kind("rsa")) << "P-256 key, got another kind";
    QTest::newRow("Ed25519") << QByteArray::fromStdString(request_of_kind("ed25519")) << "P-256 key, got another kind";
    QTest::newRow("spelt-out parameters") << QByteArray::fromStdString(request_with_parameters())
                                          << "P-256 key, got another kind";
    EVP_PKEY_free(p256);
  }
  void refuses_requests() {
    QFETCH(QByteArray, request);
    QFETCH(QString, word);
    const auto room = authority(folder());
    for (const Status& status : {room->sign_member(request.toStdString(), "m").status(),
                                 net::check_code(room->fingerprint(), request.toStdString()).status()}) {
      QCOMPARE(status.code(), Code::invalid_argument);
      QVERIFY2(status.message().find(word.toStdString()) != std::string::npos, status.to_string().c_str());
    }
  }
  // Whatever is changed in a request, either it is refused or its signature is still that key's own.
  void mutated_requests_are_refused() {
    const auto room = authority(folder());
    const auto key = net::MemberKey::open(folder());
    const std::string good = *(*key)->certificate_request();
    std::mt19937 random(3);
    for (int n = 0; n < 3000; ++n) {
      std::string bad = good;
      for (unsigned i = 0; i <= random() % 3; ++i) bad[random() % bad.size()] = static_cast<char>(random());
      if (n % 5 == 0) bad.resize(random() % bad.size());
      if (bad == good) continue;
      QVERIFY2(!room->sign_member(bad, "m").ok(), QByteArray::fromStdString(bad).toHex());
    }
  }

  void check_code_is_the_same_on_both_sides() {
    const auto room = authority(folder()), other = authority(folder());
    const auto key = net::MemberKey::open(folder()), another = net::MemberKey::open(folder());
    const std::string request = *(*key)->certificate_request(), again = *(*key)->certificate_request();
    QVERIFY(request != again);  // ECDSA signs differently each time
    const std::string code = *net::check_code(room->fingerprint(), request);
    QCOMPARE(*net::check_code(room->fingerprint(), again), code);
    QVERIFY2(QRegularExpression("^[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}$").match(QString::fromStdString(code)).hasMatch(),
             code.c_str());
    QVERIFY(*net::check_code(other->fingerprint(), request) != code);
    QVERIFY(*net::check_code(room->fingerprint(), *(*another)->certificate_request()) != code);
  }
  void refuses_what_is_no_certificate() {
    for (const std::string& pem : {std::string(), std::string("x"), std::string(100000, 'x'),
                                   std::string("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")}) {
      QCOMPARE(net::fingerprint_of(pem).status().code(), Code::invalid_argument);
      QCOMPARE(net::common_name_of(pem).status().code(), Code::invalid_argument);
    }
  }

  void private_files_are_whole_and_closed() {
    const std::string at = folder(), path = at + "/secret";
    QVERIFY(net::make_private_folder(at).ok());
    QCOMPARE(net::read_private_file(path).status().code(), Code::not_found);
    const mode_t mask = ::umask(0);
    QVERIFY(net::create_private_file(path, "one").ok());
    ::umask(mask);
    QCOMPARE(mode_of(path), 0600u);
    QCOMPARE(net::create_private_file(path, "two").code(), Code::already_exists);
    QCOMPARE(*net::read_private_file(path), std::string("one"));
    QVERIFY(net::write_private_file(path, "two").ok());
    QCOMPARE(mode_of(path), 0600u);
    QCOMPARE(*net::read_private_file(path), std::string("two"));
    QCOMPARE(QDir(QString::fromStdString(at)).entryList(QDir::Files | QDir::Hidden), QStringList{"secret"});
    QVERIFY(net::write_private_file(path, std::string(net::kMaxPrivateFile, 'x')).ok());
    QVERIFY(net::read_private_file(path).ok());
    QVERIFY(net::write_private_file(path, std::string(net::kMaxPrivateFile + 1, 'x')).ok());
    QCOMPARE(net::read_private_file(path).status().code(), Code::invalid_argument);
    QCOMPARE(net::read_private_file(at).status().code(), Code::invalid_argument);
    QVERIFY(::symlink(path.c_str(), (at + "/link").c_str()) == 0);
    QVERIFY(!net::read_private_file(at + "/link").ok());
    QVERIFY(!net::write_private_file(at + "/none/secret", "x").ok());
    QVERIFY(::mkfifo((at + "/pipe").c_str(), 0600) == 0);
    QCOMPARE(net::read_private_file(at + "/pipe").status().code(), Code::invalid_argument);
  }
};

QTEST_GUILESS_MAIN(TestAuthority)
#include "tst_authority.moc"
