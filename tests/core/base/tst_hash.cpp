#include <QtTest>

#include "base/crc32.h"
#include "base/file.h"
#include "base/own_digest.h"
#include "base/sha256.h"

using namespace fedllm;

class TestHash : public QObject {
  Q_OBJECT
 private slots:
  void sha256_known_vectors() {   // FIPS 180-4 examples
    QCOMPARE(sha256_hex(""), std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    QCOMPARE(sha256_hex("abc"), std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    QCOMPARE(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
             std::string("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
    QCOMPARE(sha256_hex(std::string(1000000, 'a')),
             std::string("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
  }
  void in_pieces_and_moved() {
    Sha256 first;
    first.update("a");
    Sha256 hash = std::move(first);
    hash.update("");
    hash.update("bc");
    QCOMPARE(hash.hex(), sha256_hex("abc"));
  }
  void of_files() {
    QTemporaryDir dir;
    const std::string path = dir.path().toStdString() + "/x", text(700001, 'x');
    QVERIFY(write_file_atomic(path, text).ok());
    QCOMPARE(*sha256_file(path), sha256_hex(text));
    QVERIFY(sha256_file(path + "y").status().code() == Code::not_found);
    QCOMPARE(sha256_file(path + "y").status().message(), "cannot open " + path + "y: No such file or directory");
    QVERIFY(!sha256_file(dir.path().toStdString()).ok());   // a folder
  }
  void crc32_equals_the_byte_by_byte_definition() {
    QCOMPARE(crc32("123456789"), 0xcbf43926u);
    std::string text;
    for (int length = 0; length < 100; ++length) {
      uint32_t slow = ~0u;
      for (unsigned char c : text) {
        slow ^= c;
        for (int bit = 0; bit < 8; ++bit) slow = slow & 1 ? slow >> 1 ^ 0xedb88320u : slow >> 1;
      }
      QCOMPARE(crc32(text), ~slow);
      text += static_cast<char>(length * 37 + 200);
    }
  }
  // What a build without OpenSSL and libdeflate computes with, at every length around a block and in uneven pieces.
  void our_own_digests_equal_the_libraries() {
    std::string text;
    for (int length = 0; length < 260; ++length) {
      OwnSha256 hash;
      const auto bytes = std::as_bytes(std::span(text));
      const size_t cut = static_cast<size_t>(length) * 7 % (text.size() + 1);
      hash.update(bytes.first(cut));
      hash.update(bytes.subspan(cut));
      const auto digest = hash.digest();
      const QByteArray hex = QByteArray(reinterpret_cast<const char*>(digest.data()), 32).toHex();
      QCOMPARE(hex.toStdString(), sha256_hex(text));
      QCOMPARE(own_crc32(text, 7), crc32(text, 7));
      text += static_cast<char>(length * 31 + 200);
    }
  }
};

QTEST_GUILESS_MAIN(TestHash)
#include "tst_hash.moc"
