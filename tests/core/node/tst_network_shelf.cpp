// What does not fit into memory lies in a nameless file: accepted updates until they are aggregated, and payloads while they
// arrive. Nothing is left behind, and a full disk refuses the update.
#include <QTemporaryDir>
#include <QTest>

#include <malloc.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "base/crc32.h"
#include "base/seed_tree.h"
#include "node/inbound_payload.h"
#include "node/update_shelf.h"

using namespace fedllm;
using namespace fedllm::node;

namespace {

adapter::LayoutPtr layout() {
  static const adapter::LayoutPtr shared = *adapter::AdapterLayout::make({{"a", 20, 30, 4}, {"b", 10, 40, 4}}, 8);
  return shared;
}

adapter::AdapterState random_state(uint64_t seed) {
  adapter::AdapterState state = adapter::initial_state(layout(), seed);
  Rng rng(seed);
  for (float& value : state.values) value += static_cast<float>(rng.uniform());
  return state;
}

// Files of this process may not grow beyond so many bytes, as on a full disk.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit now = before_;
    now.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &now);
  }
  ~SmallDisk() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

std::string bytes_of(size_t count) {
  std::string bytes(count, '\0');
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>(i * 31 % 253);
  return bytes;
}

Result<StoredPayload> receive(InboundPayload& arriving, const std::string& bytes, uint32_t crc) {
  FEDLLM_RETURN_IF_ERROR(arriving.begin(bytes.size(), crc));
  for (net::ChunkCutter cutter(bytes); !cutter.done();) FEDLLM_RETURN_IF_ERROR(arriving.add(cutter.next()));
  return arriving.finish();
}

}  // namespace

class TestNetworkShelf : public QObject {
  Q_OBJECT
 private slots:
  void spilled_updates_give_the_same_sums() {
    QTemporaryDir folder;
    const size_t bytes = layout()->size() * sizeof(float);
    UpdateShelf memory(folder.path().toStdString()), mixed(folder.path().toStdString(), 3 * bytes),
        disk(folder.path().toStdString(), 0);
    for (const int client : {9, 2, 40, 7, 1, 23, 5, 11}) {
      for (UpdateShelf* shelf : {&memory, &mixed, &disk})
        QVERIFY(shelf->put(client, 3 + client, random_state(static_cast<uint64_t>(client))).ok());
    }
    QCOMPARE(memory.spilled(), size_t{0});
    QCOMPARE(mixed.spilled(), size_t{5});
    QCOMPARE(disk.spilled(), size_t{8});
    QVERIFY(std::filesystem::is_empty(folder.path().toStdString()));  // no name, so nothing to forget
    QCOMPARE(disk.client(0), 1);
    QCOMPARE(disk.client(7), 40);
    QCOMPARE(disk.num_examples(7), int64_t{43});
    QVERIFY((*disk.load(2))->values == random_state(5).values);
    std::vector<float> some(10);
    QVERIFY(disk.read(2, 17, some).ok());
    QVERIFY(std::equal(some.begin(), some.end(), random_state(5).values.begin() + 17));
    const auto fedavg = *fed::make_aggregator({});
    const auto expected = *fedavg->aggregate(random_state(0), memory);
    QVERIFY(fedavg->aggregate(random_state(0), mixed)->values == expected.values);
    QVERIFY(fedavg->aggregate(random_state(0), disk)->values == expected.values);
  }

  void payloads_on_the_shelf_give_the_sums_of_what_they_decode_to() {
    QTemporaryDir folder;
    for (const char* name : {"f32", "f16", "bf16"}) {
      const auto codec = *codec::make_codec(name);
      const size_t bytes = codec->payload_bytes(*layout());
      UpdateShelf decoded(folder.path().toStdString()), memory(folder.path().toStdString(), 8 * bytes), mixed(folder.path().toStdString(), 3 * bytes),
          disk(folder.path().toStdString(), 0);
      for (const int client : {9, 2, 40, 7, 1, 23, 5, 11}) {
        const std::string payload = codec->encode(random_state(static_cast<uint64_t>(client)), nullptr);
        QVERIFY(decoded.put(client, 3 + client, *codec->decode(payload, layout())).ok());
        for (UpdateShelf* shelf : {&memory, &mixed, &disk}) QVERIFY(shelf->put(client, 3 + client, layout(), payload, *codec->plain()).ok());
      }
      QCOMPARE(memory.spilled(), size_t{0});
      QCOMPARE(mixed.spilled(), size_t{5});
      QCOMPARE(disk.spilled(), size_t{8});
      const auto fedavg = *fed::make_aggregator({});
      const auto expected = *fedavg->aggregate(random_state(0), decoded);
      for (UpdateShelf* shelf : {&memory, &mixed, &disk}) {
        QVERIFY(fedavg->aggregate(random_state(0), *shelf)->values == expected.values);
        QVERIFY((*shelf->load(5))->values == (*decoded.load(5))->values);
        std::vector<float> some(10), same(10);
        QVERIFY(shelf->read(3, 17, some).ok() && decoded.read(3, 17, same).ok());
        QVERIFY(some == same);
        QVERIFY(shelf->layout(3) == layout());
      }
    }
  }

  // Fifty updates of 2 MB on a shelf of 4 MB: what lies in the file is not in memory, too.
  void what_is_in_the_file_is_not_in_memory() {
    QTemporaryDir folder;
    const adapter::LayoutPtr large = *adapter::AdapterLayout::make({{"a", 4096, 4096, 64}}, 8);
    const auto codec = *codec::make_codec("f32");
    adapter::AdapterState state = adapter::AdapterState::zeros(large);
    const auto held = [] {
      const auto now = mallinfo2();
      return now.uordblks + now.hblkhd;
    };
    if (held() == 0) QSKIP("this allocator does not say what is taken from it");
    for (const bool as_payload : {false, true}) {
      UpdateShelf shelf(folder.path().toStdString(), 4 << 20);
      const size_t before = held();
      for (int client = 0; client < 50; ++client) {
        if (as_payload) QVERIFY(shelf.put(client, 1, large, codec->encode(state, nullptr), *codec->plain()).ok());
        else QVERIFY(shelf.put(client, 1, state).ok());
      }
      QCOMPARE(shelf.size(), size_t{50});
      QVERIFY2(held() < before + (12 << 20), qPrintable(QString("%1 MiB").arg((held() - before) >> 20)));
    }
  }

  void a_full_disk_refuses_the_update_and_keeps_the_others() {
    QTemporaryDir folder;
    const size_t bytes = layout()->size() * sizeof(float);
    UpdateShelf shelf(folder.path().toStdString(), bytes);
    QVERIFY(shelf.put(1, 5, random_state(1)).ok());
    QVERIFY(shelf.put(2, 5, random_state(2)).ok());
    {
      const SmallDisk small(bytes + bytes / 2);
      const Status full = shelf.put(3, 5, random_state(3));
      QCOMPARE(full.code(), Code::resource_exhausted);
      QVERIFY2(full.message().starts_with("cannot write a temporary file in " + folder.path().toStdString()), full.message().c_str());
    }
    QCOMPARE(shelf.size(), size_t{2});
    QVERIFY(shelf.put(4, 5, random_state(4)).ok());
    QVERIFY((*shelf.load(2))->values == random_state(4).values);
    QVERIFY((*shelf.load(1))->values == random_state(2).values);
    UpdateShelf nowhere(folder.path().toStdString() + "/none", 0);
    QCOMPARE(nowhere.put(1, 5, random_state(1)).ok(), false);
  }

  void payloads_beyond_the_inbox_go_to_a_file() {
    QTemporaryDir folder;
    Inbox inbox{folder.path().toStdString()};
    const std::string bytes = bytes_of(kInboxMemory / 2 - 1000);
    const uint32_t crc = crc32(bytes);
    std::vector<std::unique_ptr<InboundPayload>> arriving;
    for (int i = 0; i < 4; ++i) {
      arriving.push_back(std::make_unique<InboundPayload>(inbox, bytes.size()));
      auto stored = receive(*arriving.back(), bytes, crc);
      QVERIFY2(stored.ok(), stored.status().to_string().c_str());
      QCOMPARE(stored->file != nullptr, i >= 2);
      QCOMPARE(stored->size, bytes.size());
      QVERIFY(*stored->take() == bytes);
      QVERIFY(stored->empty());
    }
    QCOMPARE(inbox.held_bytes.load(), 2 * bytes.size());
    arriving.clear();
    QCOMPARE(inbox.held_bytes.load(), size_t{0});
    QVERIFY(std::filesystem::is_empty(folder.path().toStdString()));
  }

  void a_spilled_payload_is_checked_as_one_in_memory() {
    QTemporaryDir folder;
    Inbox inbox{folder.path().toStdString()};
    inbox.held_bytes = kInboxMemory;
    const std::string bytes = bytes_of(2000);
    const auto message = [&](uint64_t declared, uint32_t crc, const std::string& sent) {
      InboundPayload arriving(inbox, bytes.size());
      Status status = arriving.begin(declared, crc);
      if (status.ok()) status = arriving.add(sent);
      return status.ok() ? arriving.finish().status().message() : status.message();
    };
    QCOMPARE(message(2000, crc32(bytes), bytes), std::string());
    QCOMPARE(message(1999, crc32(bytes), bytes), std::string("expected a payload of 2000 bytes, the peer declares 1999 bytes"));
    QCOMPARE(message(2000, crc32(bytes), bytes + "x"), std::string("expected a payload of 2000 bytes, got at least 2001"));
    QCOMPARE(message(2000, crc32(bytes), "short"), std::string("expected a payload of 2000 bytes, the stream ended after 5"));
    QVERIFY(message(2000, 7, bytes).starts_with("the checksum of a payload does not fit: expected 7, got "));
    InboundPayload arriving(inbox, bytes.size());
    QVERIFY(arriving.begin(2000, 1).ok());
    QVERIFY(!arriving.complete());
    QVERIFY(!arriving.begin(2000, 1).ok());
    QVERIFY(arriving.add(std::string_view(bytes).substr(0, 900)).ok() && !arriving.complete());
    const SmallDisk small(1000);
    QCOMPARE(arriving.add(std::string_view(bytes).substr(900)).code(), Code::resource_exhausted);
    QCOMPARE(inbox.held_bytes.load(), kInboxMemory);
  }
};

QTEST_GUILESS_MAIN(TestNetworkShelf)
#include "tst_network_shelf.moc"
