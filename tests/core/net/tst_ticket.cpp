// Tickets and addresses: every ticket comes back from its text, format 1 stays as it is, and nothing that was mistyped,
// cut, made up or made by a newer program passes for one.
#include <QTest>

#include <random>

#include "base/crc32.h"
#include "net/base64url.h"
#include "net/ticket.h"

using namespace fedllm;

namespace {

constexpr std::string_view kTextAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=.:fedlm1";

net::Ticket example() {
  net::Ticket ticket;
  for (size_t i = 0; i < ticket.authority.size(); ++i) ticket.authority[i] = static_cast<uint8_t>(i * 7 + 1);
  for (size_t i = 0; i < ticket.secret.size(); ++i) ticket.secret[i] = static_cast<uint8_t>(255 - i);
  ticket.addresses = {{"192.168.1.7", 47110}, {"fd00::17", 47111}, {"lab-3.example.org", 65535}};
  return ticket;
}

// As Ticket::text() would write it, with these bytes before the checksum.
std::string text_of(std::string body) {
  const uint32_t sum = crc32(body);
  for (int shift = 0; shift < 32; shift += 8) body += static_cast<char>(sum >> shift);
  return "fedllm1" + net::to_base64url(body);
}

std::string body_of(const net::Ticket& ticket) {
  const std::string bytes = *net::from_base64url(ticket.text().substr(7));
  return bytes.substr(0, bytes.size() - 4);
}

}  // namespace

class TestTicket : public QObject {
  Q_OBJECT
 private slots:
  void format_1_stays() {
    QCOMPARE(example().text(),
             std::string("fedllm1AQEIDxYdJCsyOUBHTlVcY2pxeH-GjZSboqmwt77FzNPa__79_Pv6-fj39vX08_Lx8AMEwKgBBwa4Bv0AAAAAAAAAAAAAA"
                         "AAAABcHuAARbGFiLTMuZXhhbXBsZS5vcmf___DdKzw"));
  }
  void comes_back_from_its_text() {
    const auto parsed = net::parse_ticket(example().text());
    QVERIFY2(parsed.ok(), parsed.status().to_string().c_str());
    QCOMPARE(*parsed, example());
    std::string wrapped = "  " + example().text() + "\n";
    wrapped.insert(40, "\r\n\t");
    QCOMPARE(*net::parse_ticket(wrapped), example());
  }
  void random_tickets_come_back() {
    std::mt19937 random(7);
    for (int n = 0; n < 500; ++n) {
      net::Ticket ticket;
      for (uint8_t& byte : ticket.authority) byte = static_cast<uint8_t>(random());
      ticket.secret = net::new_secret();
      for (unsigned i = 0; i < n % 9u; ++i) {
        const std::string host = i % 3 == 0   ? std::to_string(random() % 256) + ".0.2." + std::to_string(random() % 256)
                                 : i % 3 == 1 ? "2001:db8::" + std::to_string(1 + random() % 9)
                                              : "host" + std::to_string(random() % 1000);
        ticket.addresses.push_back({host, static_cast<uint16_t>(1 + random() % 65535)});
      }
      const auto parsed = net::parse_ticket(ticket.text());
      QVERIFY2(parsed.ok(), parsed.status().to_string().c_str());
      QCOMPARE(*parsed, ticket);
    }
  }
  void is_short_enough_for_a_code() {
    net::Ticket ticket = example();
    ticket.addresses.resize(2);
    QVERIFY(ticket.text().size() <= 114);  // a QR code of 45 x 45 modules at level M holds 122 bytes
  }
  void unusable_addresses_are_left_out() {
    net::Ticket ticket = example();
    ticket.addresses = {{"", 1}, {"10.0.0.1", 0}, {"a b", 5}, {"FE80::1", 9}, {"300.1.1.1", 7}};
    QCOMPARE(net::parse_ticket(ticket.text())->addresses, (std::vector<net::Address>{{"fe80::1", 9}}));
    ticket.addresses.assign(20, {"10.0.0.1", 3});
    QCOMPARE(net::parse_ticket(ticket.text())->addresses.size(), size_t{8});
  }

  // One character replaced, left out, added or swapped with its neighbour: refused, or the very same ticket.
  void no_typing_error_gives_another_ticket() {
    const net::Ticket ticket = example();
    const std::string text = ticket.text();
    int same = 0, tried = 0;
    const auto check = [&](const std::string& typed) {
      const auto parsed = net::parse_ticket(typed);
      ++tried;
      same += parsed.ok();
      return !parsed.ok() ? parsed.status().code() == Code::invalid_argument : *parsed == ticket && typed == text;
    };
    for (size_t at = 0; at < text.size(); ++at) {
      for (const char c : kTextAlphabet) {
        std::string typed = text;
        typed[at] = c;
        QVERIFY2(check(typed), typed.c_str());
        QVERIFY2(check(text.substr(0, at) + c + text.substr(at)), typed.c_str());
      }
      QVERIFY(check(text.substr(0, at) + text.substr(at + 1)));
      std::string swapped = text;
      if (at + 1 < text.size()) std::swap(swapped[at], swapped[at + 1]);
      QVERIFY(check(swapped));
      QVERIFY(check(text.substr(0, at)));
    }
    QVERIFY(tried > 10000);
    QVERIFY(same >= static_cast<int>(text.size()));  // each character replaced by itself
  }

  void says_what_is_wrong_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("sentence");
    const QString text = QString::fromStdString(example().text());
    QString mistyped = text;
    mistyped[30] = mistyped[30] == 'x' ? 'y' : 'x';
    QTest::newRow("nothing") << ""
                             << "this is not a ticket: expected it to begin with fedllm1, got \"\"";
    QTest::newRow("an address") << "192.168.1.7:47110"
                                << "this is not a ticket: expected it to begin with fedllm1, got \"192.168\"";
    QTest::newRow("other case") << text.toUpper() << "this is not a ticket: expected it to begin with fedllm1, got \"FEDLLM1\"";
    QTest::newRow("newer") << "fedllm2" + text.mid(7)
                           << "the ticket cannot be used: expected version 1, got 2; a newer program made it";
    QTest::newRow("mistyped") << mistyped
                              << "the ticket is mistyped or cut short: its check sum does not fit its " +
                                     QString::number(text.size()) + " characters";
    QTest::newRow("only the start") << "fedllm1"
                                    << "the ticket is mistyped or cut short: expected letters, digits, - and _ only, at "
                                       "least 8 behind the first seven characters";
    QTest::newRow("foreign character")
        << text.left(20) + "+" + text.mid(21)
        << "the ticket is mistyped or cut short: expected letters, digits, - and _ only, at least 8 "
           "behind the first seven characters";
    QTest::newRow("far too long") << text + QString(5000, 'A')
                                  << "this is not a ticket: expected at most 4096 characters, got " +
                                         QString::number(text.size() + 5000);
  }
  void says_what_is_wrong() {
    QFETCH(QString, text);
    QFETCH(QString, sentence);
    const auto parsed = net::parse_ticket(text.toStdString());
    QVERIFY(!parsed.ok());
    QCOMPARE(parsed.status().code(), Code::invalid_argument);
    QCOMPARE(QString::fromStdString(parsed.status().message()), sentence);
  }

  // With a checksum that fits: what a broken or hostile program could write.
  void refuses_made_up_contents_data() {
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("word");
    const QByteArray body = QByteArray::fromStdString(body_of(example()));
    const QByteArray head = body.left(49);
    QTest::newRow("version inside") << "\x02" + body.mid(1) << QByteArray("newer program");
    QTest::newRow("nothing behind the version") << QByteArray("\x01") << QByteArray("at most 8 addresses");
    QTest::newRow("nine addresses") << head + "\x09" + QByteArray("\x04\x01\x02\x03\x04\x05\x06").repeated(9)
                                    << QByteArray("got 9");
    QTest::newRow("fewer than said") << head + "\x02\x04" + QByteArray("abcd12") << QByteArray("ends within");
    QTest::newRow("more than said") << head + QByteArray("\x00", 1) + "x" << QByteArray("follows");
    QTest::newRow("kind") << head + "\x01\x05" + QByteArray("abcd12") << QByteArray("kind 5");
    QTest::newRow("port 0") << head + "\x01\x04" + QByteArray("abcd\0\0", 6) << QByteArray("a host and a port");
    QTest::newRow("name without letters") << head + QByteArray("\x01\x00\x00\x05\x05", 5) << QByteArray("a host and a port");
    QTest::newRow("name with a slash") << head + QByteArray("\x01\x00\x03", 3) + "a/b" + "\x05\x05"
                                       << QByteArray("not an address");
    QTest::newRow("name in capitals") << head + QByteArray("\x01\x00\x03", 3) + "ABC" + "\x05\x05"
                                      << QByteArray("a host and a port");
    QTest::newRow("name with a port") << head + QByteArray("\x01\x00\x03", 3) + "a:1" + "\x05\x05"
                                      << QByteArray("not an address");
    QTest::newRow("name cut off") << head + QByteArray("\x01\x00\xff", 3) + "abc" << QByteArray("ends within");
  }
  void refuses_made_up_contents() {
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, word);
    const auto parsed = net::parse_ticket(text_of(body.toStdString()));
    QVERIFY(!parsed.ok());
    QCOMPARE(parsed.status().code(), Code::invalid_argument);
    QVERIFY2(parsed.status().message().find(word.toStdString()) != std::string::npos, parsed.status().to_string().c_str());
  }
  void random_contents_do_no_harm() {
    std::mt19937 random(11);
    int accepted = 0;
    for (int n = 0; n < 20000; ++n) {
      std::string body = body_of(example());
      for (unsigned i = 0; i <= random() % 3; ++i) body[49 + random() % (body.size() - 49)] = static_cast<char>(random());
      if (random() % 4 == 0) body.resize(random() % body.size());
      const auto parsed = net::parse_ticket(text_of(body));
      if (parsed.ok()) QCOMPARE(net::parse_ticket(parsed->text())->addresses, parsed->addresses);
      accepted += parsed.ok();
    }
    QVERIFY(accepted > 100);  // other ports and addresses are as good
  }

  void secrets_differ() {
    QVERIFY(net::new_secret() != net::new_secret());
    QVERIFY(net::new_secret() != net::Secret{});
  }
  // RFC 4231 has no key of 16 bytes: HMAC-SHA256 computed by hand from SHA-256 in another program.
  void proof_is_hmac_sha256() {
    const net::Ticket ticket = example();
    const std::string proof = net::proof_of(ticket.secret, ticket.authority, "request");
    QCOMPARE(QByteArray::fromStdString(proof).toHex(),
             QByteArray("4dbd5ee90b3ec41673050ce10335352b44ac58f326b6aee1814849fad1785302"));
    net::Digest other = ticket.authority;
    other[31] ^= 1;
    net::Secret wrong = ticket.secret;
    wrong[0] ^= 1;
    QVERIFY(net::proof_of(ticket.secret, other, "request") != proof);
    QVERIFY(net::proof_of(wrong, ticket.authority, "request") != proof);
    QVERIFY(net::proof_of(ticket.secret, ticket.authority, "requesu") != proof);
  }
  void compares_in_constant_time() {
    QVERIFY(net::equal_in_constant_time("abc", "abc"));
    QVERIFY(!net::equal_in_constant_time("abc", "abd"));
    QVERIFY(!net::equal_in_constant_time("abc", "ab"));
    QVERIFY(net::equal_in_constant_time("", ""));
  }

  void base64url_follows_the_rfc() {
    const std::vector<std::pair<std::string, std::string>> pairs = {
        {"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : pairs) {
      QCOMPARE(net::to_base64url(bytes), text);
      QCOMPARE(*net::from_base64url(text), bytes);
    }
    QCOMPARE(net::to_base64url("\xfb\xff"), std::string("-_8"));
    for (const char* wrong : {"Z", "Zh", "Zm9=", "Zm9v Zm9v", "Zm+v", "Zm8\n", "Zm9"})
      QVERIFY2(!net::from_base64url(wrong), wrong);
  }

  void addresses_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("host");
    QTest::addColumn<int>("port");
    QTest::newRow("IPv4") << "192.168.1.7:4711"
                          << "192.168.1.7" << 4711;
    QTest::newRow("IPv4, usual port") << "192.168.1.7"
                                      << "192.168.1.7" << 47110;
    QTest::newRow("any interface") << ":0"
                                   << "" << 0;
    QTest::newRow("nothing") << ""
                             << "" << 47110;
    QTest::newRow("IPv6") << "[2001:DB8::1]:80"
                          << "2001:db8::1" << 80;
    QTest::newRow("IPv6, usual port") << "[::1]"
                                      << "::1" << 47110;
    QTest::newRow("IPv6 bare") << "fe80:0::1"
                               << "fe80::1" << 47110;
    QTest::newRow("IPv6 of an interface") << "[fe80::1%eth0]:5"
                                          << "fe80::1%eth0" << 5;
    QTest::newRow("any IPv6") << "[::]:65535"
                              << "::" << 65535;
    QTest::newRow("name") << "Lab-3.local:80"
                          << "lab-3.local" << 80;
  }
  void addresses() {
    QFETCH(QString, text);
    QFETCH(QString, host);
    QFETCH(int, port);
    const auto address = net::parse_address(text.toStdString(), net::kRoomPort);
    QVERIFY2(address.ok(), address.status().to_string().c_str());
    QCOMPARE(QString::fromStdString(address->host), host);
    QCOMPARE(int(address->port), port);
    QCOMPARE(*net::parse_address(address->text(), 1), *address);
  }
  void not_addresses() {
    for (const char* text : {"1.2.3.4:",
                             "1.2.3.4:65536",
                             "1.2.3.4:-1",
                             "1.2.3.4: 5",
                             "1.2.3.4:5x",
                             "1.2.3",
                             "256.1.1.1",
                             "01.2.3.4",
                             "[1.2.3.4]:5",
                             "[::1",
                             "[::1]5",
                             "[]:5",
                             "::1::2",
                             "fe80::1%",
                             "[fe80::1%a/b]:5",
                             "[fe80::1%0123456789abcdef]:1",
                             "a b:5",
                             "a..b:1",
                             ".a:1",
                             "a.:1",
                             "a/b:5",
                             "-",
                             "ex\xc3\xa4mple:1"}) {
      const auto address = net::parse_address(text, 1);
      if (std::string(text) == "-") {
        QVERIFY(address.ok());
        continue;
      }
      QVERIFY2(!address.ok(), text);
      QCOMPARE(address.status().code(), Code::invalid_argument);
    }
    QVERIFY(!net::parse_address(std::string(64, 'a') + ":1", 1).ok());
    QVERIFY(!net::parse_address(std::string(300, 'a'), 1).ok());
    QVERIFY(!net::parse_address(std::string("a\0b:1", 5), 1).ok());
  }
  void knows_ip_versions() {
    QCOMPARE(net::ip_version("10.0.0.1"), 4);
    QCOMPARE(net::ip_version("::1"), 6);
    QCOMPARE(net::ip_version("fe80::1%eth0"), 6);
    QCOMPARE(net::ip_version("localhost"), 0);
    QCOMPARE(net::ip_version(""), 0);
  }
};

QTEST_GUILESS_MAIN(TestTicket)
#include "tst_ticket.moc"
