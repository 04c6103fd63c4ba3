// Mutations of everything that is read before anybody knows who sent it: every message of the wire, tickets, addresses, data contracts,
// scenarios, payloads, told events, lists of blobs, and the files of a membership. Each is refused or gives something whose values
// lie within what the rest of the program may assume; nothing crashes.
#include "wire/federation.pb.h"
#include "wire/lab.pb.h"
#include "wire/room.pb.h"

#include "adapter/adapter.h"
#include "base/file.h"
#include "codec/codec.h"
#include "lab/data_contract.h"
#include "lab/member_events.h"
#include "lab/member_model.h"
#include "lab/member_store.h"
#include "net/authority.h"
#include "net/ticket.h"
#include "support/fuzz.h"
#include "support/fuzz_messages.h"
#include "support/mini_world.h"

using namespace fedllm;
using tests::Fuzz;

namespace {

std::vector<const google::protobuf::Message*> every_message() {
  std::vector<const google::protobuf::Message*> all;
  for (const auto* file : {wire::EnrolRequest::descriptor()->file(), wire::JoinRequest::descriptor()->file(), wire::HostRoomRequest::descriptor()->file()})
    for (int i = 0; i < file->message_type_count(); ++i)
      all.push_back(google::protobuf::MessageFactory::generated_factory()->GetPrototype(file->message_type(i)));
  return all;
}

net::Ticket some_ticket(uint64_t seed) {
  Rng rng(seed);
  net::Ticket ticket;
  for (uint8_t& byte : ticket.authority) byte = static_cast<uint8_t>(rng.below(256));
  for (uint8_t& byte : ticket.secret) byte = static_cast<uint8_t>(rng.below(256));
  ticket.addresses = {{"192.0.2.1", 4711}, {"2001:db8::1", 80}, {"host.example", 9}};
  ticket.addresses.resize(1 + rng.below(3));
  return ticket;
}

}  // namespace

class TestFuzzFormats : public QObject {
  Q_OBJECT

  const tests::MiniWorld world_;

  lab::DataContract contract() const {
    lab::DataContract contract = *lab::contract_of(world_.scenario, nullptr);
    contract.fields = {"instruction", "response", "context"};
    contract.labels = {"animal", "colour", "tool"};
    contract.label = "label";
    contract.text_template = {"instruction", "### {instruction}\n{?context}{context}{/context}\n", "{response}"};
    return contract;
  }

 private slots:
  void everyMessage() {
    const auto all = every_message();
    QVERIFY(all.size() > 50);
    Fuzz fuzz("messages", 20'000, 120'000);
    while (fuzz.next()) {
      const auto& prototype = *all[fuzz.below(all.size())];
      Rng filling(static_cast<uint64_t>(fuzz.index()));
      const std::string valid = tests::filled(prototype, filling), other = tests::filled(*all[fuzz.below(all.size())], filling);
      const std::unique_ptr<google::protobuf::Message> message(prototype.New()), again(prototype.New());
      if (!message->ParseFromString(fuzz.trying(fuzz.mutate.message(valid, other)))) {
        fuzz.answer("not a message");
        continue;
      }
      fuzz.parsed();
      const std::string bytes = message->SerializeAsString();
      QCOMPARE(bytes.size(), message->ByteSizeLong());
      QVERIFY(again->ParseFromString(bytes));
      fuzz.answer("read");
    }
    QVERIFY(fuzz.memory_is_bounded());
  }

  void tickets() {
    Fuzz fuzz("tickets", 10'000, 50'000);
    while (fuzz.next()) {
      const net::Ticket valid = some_ticket(static_cast<uint64_t>(fuzz.index()));
      const auto ticket = net::parse_ticket(fuzz.trying(fuzz.mutate.raw(valid.text(), some_ticket(7).text())));
      fuzz.answer(ticket.status());
      if (!ticket.ok()) continue;
      fuzz.parsed();
      QVERIFY(*ticket == valid || *ticket == some_ticket(7));   // white space apart, another text is another ticket
    }
  }

  void addresses() {
    const std::vector<std::string> valid = {"192.0.2.1:4711", "[2001:db8::1]:80", "host.example:9", "[fe80::1%eth0]:65535", "localhost"};
    Fuzz fuzz("addresses", 10'000, 30'000);
    while (fuzz.next()) {
      const auto address = net::parse_address(fuzz.trying(fuzz.mutate.raw(valid[fuzz.below(valid.size())], valid[fuzz.below(valid.size())])), 4711);
      fuzz.answer(address.status());
      if (!address.ok()) continue;
      fuzz.parsed();
      const auto again = net::parse_address(address->text(), 1);
      QVERIFY2(again.ok() && *again == *address, address->text().c_str());
      QVERIFY(address->host.size() <= 253);
    }
  }

  void certificateRequests() {
    const auto key = net::MemberKey::open(world_.path("/key")).value();
    const std::string valid = *key->certificate_request();
    Fuzz fuzz("certificate requests", 2'000, 20'000);
    while (fuzz.next()) {
      const std::string& bytes = fuzz.trying(fuzz.mutate.raw(valid, valid));
      const auto fingerprint = net::key_fingerprint(bytes);
      fuzz.answer(fingerprint.status());
      if (!fingerprint.ok()) continue;
      fuzz.parsed();   // its signature holds: only what stands behind it may differ
      QCOMPARE(*fingerprint, *net::key_fingerprint(valid));
      QCOMPARE(bytes.substr(0, valid.size()), valid);
    }
  }

  void contracts() {
    const std::string valid = lab::contract_json(contract());
    Fuzz fuzz("data contracts", 5'000, 60'000);
    while (fuzz.next()) {
      const auto read = lab::parse_contract(fuzz.trying(fuzz.mutate.text(valid, valid)));
      fuzz.answer(read.status());
      if (!read.ok()) continue;
      fuzz.parsed();
      QVERIFY(read->max_length >= 2 && read->max_length <= 1 << 20);
      QVERIFY(read->test_fraction >= 0 && read->test_fraction < 1);
      QVERIFY(read->labels.size() <= 1000 && read->fields.size() <= 200);
      QVERIFY(read->text_template.prompt.size() <= 64 << 10);
      // What a member makes of it must not fail in another way than by a sentence.
      (void)lab::mapping_problems(*read, {{"instruction", "question"}}, {"question", "response", "label"});
      const auto scenario = lab::member_scenario(world_.scenario, *read, {world_.path("/train.jsonl")}, "auto", {});
      QVERIFY(scenario.ok());
      QVERIFY(lab::parse_contract(lab::contract_json(*read)).ok() || lab::contract_json(*read).size() > 64 << 10);
    }
    QVERIFY(fuzz.memory_is_bounded());
  }

  void scenarios() {
    const std::string valid = spec::to_json(world_.scenario);
    Fuzz fuzz("scenarios", 2'000, 20'000);
    while (fuzz.next()) {
      const auto scenario = spec::parse_scenario(fuzz.trying(fuzz.mutate.text(valid, valid)));
      fuzz.answer(scenario.status());
      if (!scenario.ok()) continue;
      fuzz.parsed();
      QCOMPARE(spec::scenario_sha256(*scenario), spec::scenario_sha256(*spec::parse_scenario(spec::to_json(*scenario))));
    }
    QVERIFY(fuzz.memory_is_bounded());
  }

  void payloads() {
    const auto layout = adapter::AdapterLayout::make({{"a.q_proj", 16, 16, 2}, {"a.v_proj", 16, 8, 2}}, 4).value();
    adapter::AdapterState state = adapter::AdapterState::zeros(layout);
    for (size_t i = 0; i < state.values.size(); ++i) state.values[i] = static_cast<float>(i) / 100;
    const std::vector<std::string> names = codec::codec_names();
    Fuzz fuzz("payloads", 10'000, 60'000);
    while (fuzz.next()) {
      const auto codec = codec::make_codec(names[fuzz.below(names.size())]).value();
      std::string valid = codec->encode(state, nullptr);
      std::string bytes = fuzz.mutate.raw(valid, valid);
      // Half of them come from somebody who knows where the checksum stands.
      if (fuzz.below(2) == 0 && bytes.size() > 4) {
        const uint32_t crc = crc32(std::string_view(bytes).substr(0, bytes.size() - 4));
        std::memcpy(bytes.data() + bytes.size() - 4, &crc, 4);
      }
      const auto decoded = codec->decode(fuzz.trying(std::move(bytes)), layout);
      fuzz.answer(decoded.status());
      if (!decoded.ok()) continue;
      fuzz.parsed();
      QCOMPARE(decoded->values.size(), state.values.size());
    }
  }

  void toldEvents() {
    std::vector<std::string> valid;
    for (const char* kind : {"round_started", "eval", "round_committed", "done", "warning", "failed"}) {
      wire::LedgerEvent event;
      event.set_run("r");
      event.set_kind(kind);
      event.set_round(2);
      for (const char* key : {"loss", "tokens", "exact", "records", "version", "wall_s", "mean_loss"}) {
        event.add_metrics()->set_key(key);
        event.mutable_metrics(event.metrics_size() - 1)->set_value(1.5);
      }
      const nlohmann::json detail = {{"adapter", "global"}, {"topic", "animal"}, {"cohort", {0, 1, 2}}, {"message", "text"},
                                     {"summary", {{"adapter_sha256", std::string(64, 'a')}}}};
      event.set_detail(detail.dump());
      valid.push_back(event.SerializeAsString());
    }
    Fuzz fuzz("told events", 10'000, 60'000);
    while (fuzz.next()) {
      wire::LedgerEvent event;
      if (!event.ParseFromString(fuzz.trying(fuzz.mutate.message(valid[fuzz.below(6)], valid[fuzz.below(6)])))) {
        fuzz.answer("not a message");
        continue;
      }
      fuzz.parsed();
      const auto taken = lab::checked_event(event, 1, 3);
      fuzz.answer(taken ? "taken" : "not taken");
      if (!taken) continue;
      QVERIFY(!taken->event.round || (*taken->event.round >= 0 && *taken->event.round <= 3));
      QVERIFY(taken->event.metrics.size() <= 64 && taken->event.detail.size() <= 4096);
      for (const auto& [key, value] : taken->event.metrics) QVERIFY(!std::isinf(value));
      QVERIFY(taken->event.detail.empty() || nlohmann::json::parse(taken->event.detail).is_object());
      QVERIFY(taken->adapter_sha256.empty() || lab::is_sha256(taken->adapter_sha256));
    }
  }

  void listsOfBlobs() {
    wire::RoomInfo info;
    for (const char* name : {"config.json", "tokenizer.json", "model.safetensors.index.json", "model-00001-of-00002.safetensors"}) {
      wire::BlobRef* ref = info.add_base_model();
      ref->set_name(name);
      ref->set_bytes(1000);
      ref->set_sha256(std::string(64, '0'));
    }
    const std::string valid = info.SerializeAsString();
    Fuzz fuzz("lists of blobs", 10'000, 60'000);
    while (fuzz.next()) {
      wire::RoomInfo read;
      if (!read.ParseFromString(fuzz.trying(fuzz.mutate.message(valid, valid)))) {
        fuzz.answer("not a message");
        continue;
      }
      fuzz.parsed();
      std::vector<lab::Blob> offered;
      for (const wire::BlobRef& ref : read.base_model()) offered.push_back({ref.sha256(), ref.bytes(), ref.name()});
      const auto files = lab::model_files(offered);
      fuzz.answer(files.status());
      if (!files.ok()) continue;
      for (const lab::ModelFile& file : *files) QVERIFY(file.name.find('/') == std::string::npos && file.name.size() < 64);
      QVERIFY(lab::assembled_model(world_.path(), *files).empty());
    }
  }

  // Nobody but this machine writes them, but a disk may damage them.
  void filesOfAMembership() {
    lab::MembershipStore store = lab::MembershipStore::open(world_.path("/home"), net::Digest{}).value();
    QVERIFY(store.set_kept("run", "residual", {{3, {1, 2, 3}}, {4, {0.5f, -1}}}).ok());
    lab::MembershipFacts facts;
    facts.room = facts.room_name = facts.member = "room";
    facts.addresses = {{"192.0.2.1", 4711}};
    QVERIFY(store.set_facts(facts).ok());
    const std::string file = store.folder() + "/residual-run.bin", json = store.folder() + "/membership.json";
    const std::string residual = *read_file(file), text = *read_file(json);
    Fuzz fuzz("files of a membership", 300, 3'000);
    while (fuzz.next()) {
      std::string bytes = fuzz.mutate.raw(residual, residual);
      if (fuzz.below(2) == 0 && bytes.size() > 4) {
        const uint32_t crc = crc32(std::string_view(bytes).substr(0, bytes.size() - 4));
        std::memcpy(bytes.data() + bytes.size() - 4, &crc, 4);
      }
      tests::write_text(file, fuzz.trying(std::move(bytes)));
      const lab::KeptByRound residuals = store.kept("run", "residual");
      QVERIFY(residuals.size() <= 4);
      fuzz.answer(residuals.empty() ? "absent" : "read");
      tests::write_text(json, fuzz.trying(fuzz.mutate.text(text, text)));
      QVERIFY(store.facts().addresses.size() <= 16);
    }
  }
};

QTEST_GUILESS_MAIN(TestFuzzFormats)
#include "tst_fuzz_formats.moc"
