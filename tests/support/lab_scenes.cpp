#include "support/lab_scenes.h"

#include <algorithm>
#include <chrono>

namespace fedllm::test {

const char* const kTicket =
    "fedllm1AVt3nFwqk0Yp2sXr7bLd9uHc4mQe6oZa1iJg8TfKw5EyRvNxBhSjUlPzDqCkMoA3Gd5Yw7IfEr9Tt1XcVb2Nz4Lp6Qs8Hk0Ju-_aWeRtYuIoPlKjHgFdSaZxCvBnM";

namespace {

int64_t nowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

const char* const kNames[] = {"Ada's laptop", "bakery-2", "Charlie", "desk 7", "Erin (window seat)", "farm server", "Grace", "hall 12"};
std::string stateIn(const std::string& phase, int index) {
  if (phase == "gathering") return index % 5 == 4 ? "preparing" : index % 7 == 6 ? "fetching" : "ready";
  if (phase == "paused") return "paused";
  if (phase == "ended") return "ready";
  return index % 6 == 5 ? "gone" : index % 4 == 3 ? "waiting" : index % 9 == 8 ? "evaluating" : "training";
}

void fill(wire::RoomMemberInfo* member, int index, const std::string& state) {
  const int kinds = int(std::size(kNames));
  member->set_member("m" + std::to_string(index));
  member->set_name(std::string(kNames[index % kinds]) + (index < kinds ? "" : " " + std::to_string(index / kinds + 1)));
  member->set_check_code(std::string("K7QM2P9X").substr(size_t(index) % 4) + std::string("WT4C").substr(0, size_t(index) % 4));
  member->set_state(state);
  member->set_slot(state == "asking" ? -1 : index);
  member->set_seen_ms(nowMs() - (state == "gone" ? 42'000 : 900));
  member->set_cores(4 + 2 * (index % 5));
  member->set_memory_bytes((uint64_t(8) << 30) * uint64_t(1 + index % 3));
  member->set_program_version("0.1.0");
  member->set_clock_offset_ms(index == 3 ? 3'601'000 : 40 * index - 100);
  member->set_round_trip_s(0.0006 + 0.004 * (index % 6));
  member->set_uplink_mbit_s(94 - 7 * (index % 8));
  member->set_downlink_mbit_s(310 - 21 * (index % 8));
  member->set_address("192.168.1." + std::to_string(20 + index) + ":50" + std::to_string(100 + index));
  if (state == "asking") return;
  member->set_examples(120 + 13 * index);
  member->set_test_examples(14 + index);
  member->set_sent_bytes(131'200 * 3);
  member->set_received_bytes((int64_t(60) << 20) + 131'200 * 3);
}

bool inRound(const std::string& state) { return state == "training" || state == "evaluating" || state == "waiting"; }

}  // namespace

wire::HostedRoom room(int members, const std::string& phase, int asking) {
  wire::HostedRoom room;
  room.set_room("room-1");
  room.set_name("Lab three");
  room.set_ticket(kTicket);
  room.set_ticket_expires_ms(nowMs() + 11 * 3'600'000 + 20 * 60'000);
  room.set_ticket_uses_left(64 - members);
  room.add_addresses("192.168.1.20:47110");
  room.add_addresses("[fe80::1c2d:3e4f]:47110");
  room.set_phase(phase);
  room.set_rounds(5);
  room.set_scenario_name("Front desk");
  room.set_authority_sha256(std::string(64, 'a'));
  for (int i = 0; i < members; ++i) fill(room.add_members(), i, stateIn(phase, i));
  for (int i = 0; i < asking; ++i) fill(room.add_members(), members + i, "asking");
  int ready = 0;
  for (const auto& member : room.members()) ready += member.state() == "ready";
  room.set_ready(ready);
  room.set_wanted(phase == "gathering" ? 4 : 0);
  if (phase == "gathering") return room;
  room.set_run("20261122-120011-fake");
  room.set_round(phase == "ended" ? 5 : 2);
  for (auto& member : *room.mutable_members())
    if (inRound(member.state())) member.set_round(2);
  return room;
}

namespace {

void addContract(wire::Membership& m) {
  m.set_contract_json(R"({"template":{"name":"instruction"},"fields":["instruction","response"],"label":"desk",
    "labels":["office","garden","kitchen"],"max_length":256,"test_fraction":0.1,"seed":1})");
}

void addFiles(wire::Membership& m) {
  m.add_files("/data/desk-questions.csv");
  m.add_files("/data/desk-questions-2.csv");
  for (const char* column : {"question", "answer", "topic", "date"}) m.add_available_columns(column);
  (*m.mutable_columns())["instruction"] = "question";
  (*m.mutable_columns())["response"] = "answer";
  (*m.mutable_columns())["desk"] = "topic";
}

void addReport(wire::Membership& m, bool problems) {
  auto* report = m.mutable_readiness();
  report->set_records(412);
  report->set_test_records(45);
  report->set_tokens(18'230);
  report->set_truncated(3);
  report->set_duplicates(6);
  report->set_emails(2);
  report->set_phone_numbers(1);
  if (problems) report->set_unknown_labels(17);
  if (problems) report->add_problems("17 records have the label \"attic\", which the room does not know: office, garden, kitchen");
  report->add_hints("3 of 412 records are longer than 256 tokens and are cut");
  report->add_hints("6 of 412 records repeat an earlier one");
  report->add_hints("2 of 412 records seem to hold an e-mail address");
  report->add_samples("Which desk is it? My printer is jammed again.\n office");
  report->add_samples("Which desk is it? The tap in the greenhouse drips.\n garden");
  const std::pair<const char*, int> labels[] = {{"office", 201}, {"garden", 120}, {"kitchen", 91}};
  for (const auto& [label, count] : labels) {
    auto* one = report->add_labels();
    one->set_label(label);
    one->set_count(count);
  }
}

void addConsent(wire::Membership& m) {
  auto* facts = m.mutable_consent();
  facts->set_who("Prof. Lovelace (Lab three)");
  facts->set_base_model("microworld");
  facts->set_base_sha256(std::string("4f1c09ab77e2") + std::string(52, '0'));
  facts->set_base_bytes(61 << 20);
  facts->set_trained("LoRA of rank 8 on q_proj, k_proj, v_proj, o_proj");
  facts->set_payload_bytes_round(131'200);
  facts->set_rounds(5);
  for (const char* number :
       {"of every local step: its loss, tokens and seconds", "of every update: records, mean loss, tokens, times and coding error",
        "of every evaluation: sums of loss, tokens, exact answers and records over your held-out records, never over fewer than 20",
        "how many records you train on and hold out",
        "your machine: its name, cores, memory, memory in use, clock and the speed of the connection"})
    facts->add_numbers(number);
  facts->set_cores(8);
  facts->set_memory_bytes(int64_t(740) << 20);
  facts->set_steps(200);
}

void addScore(wire::CardScore* score, double loss, double exact, double low, double high) {
  score->set_loss(loss);
  score->set_exact(exact);
  score->set_low(low);
  score->set_high(high);
  score->set_records(45);
}

bool oneOf(const std::string& word, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(), [&](const char* w) { return word == w; });
}

}  // namespace

wire::Membership membership(const std::string& state) {
  wire::Membership m;
  m.set_membership("part-1");
  m.set_state(state);
  m.set_address("192.168.1.20:47110");
  m.set_slot(-1);
  m.set_host_seen_ms(nowMs() - 1200);
  if (state == "connecting") return m;
  m.set_room("room-1");
  m.set_room_name("Lab three");
  m.set_host_name("Prof. Lovelace");
  m.set_check_code("K7QM2P9X");
  if (oneOf(state, {"asking", "refused"})) return m;
  if (state == "fetching") {
    m.set_fetch_done(23 << 20);
    m.set_fetch_total(61 << 20);
    return m;
  }
  addContract(m);
  addFiles(m);
  addReport(m, state == "mapping");
  if (state == "mapping") return m;
  addConsent(m);
  if (state == "consenting") return m;
  m.set_slot(2);
  m.set_run("20261122-120011-fake");
  m.set_rounds(5);
  m.set_round(oneOf(state, {"done", "left"}) ? 5 : state == "ready" ? 0 : 2);
  auto* left = m.mutable_left();
  left->set_update_bytes(3'250'586);
  left->set_numbers(40);
  left->set_wire_bytes(3'301'204);
  if (state == "waiting") m.set_sentence("takes part in the run");
  if (state == "reconnecting") m.set_sentence("the connection to the host broke");
  if (state != "done") return m;
  auto* card = m.mutable_card();
  addScore(card->mutable_base(), 3.41, 0.04, 0.01, 0.15);
  addScore(card->mutable_together(), 1.32, 0.78, 0.64, 0.87);
  card->set_sentence("On your 45 held-out records, together answers 78 % (64 % to 87 %) exactly, better than the base model 4 % (1 % to 15 %).");
  return m;
}

wire::DoctorReply doctorReply() {
  wire::DoctorReply reply;
  const auto add = [&reply](const char* check, const char* state, const char* sentence, const char* command = "") {
    auto* line = reply.add_lines();
    line->set_check(check);
    line->set_state(state);
    line->set_sentence(sentence);
    line->set_command(command);
  };
  add("interfaces", "ok", "this machine is at enp3s0 192.168.1.31, enp3s0 fe80::5a2b%enp3s0");
  add("tunnel", "warning",
      "tun0 is a tunnel (VPN): it may hide this machine from the local network, and its address is of no use to those nearby");
  add("self", "ok", "this machine reaches itself on port 47110 at 192.168.1.31, fe80::5a2b%enp3s0");
  add("reach", "problem",
      "192.168.1.20:47110 does not answer (no answer in time): the machine is off, on another network or behind a firewall",
      "ping -c 3 192.168.1.20");
  add("clock", "ok", "this machine's clock is kept right by a time server");
  add("clocks", "warning", "this machine's clock is 75 s ahead of the host's", "timedatectl");
  add("discovery", "warning",
      "rooms nearby cannot be found: no Avahi daemon runs on this machine; an address or a ticket works all the same",
      "sudo apt install avahi-daemon && sudo systemctl start avahi-daemon");
  add("firewall", "warning", "the firewall firewalld is on: a room hosted here needs its port opened, discovery needs mdns",
      "sudo firewall-cmd --add-port=47110/tcp --add-service=mdns");
  return reply;
}

wire::FoundRooms foundRooms() {
  wire::FoundRooms found;
  const auto add = [&found](const char* id, const char* name, const char* host, int members, bool known, uint32_t protocol) {
    auto* room = found.add_rooms();
    room->set_room(id);
    room->set_name(name);
    room->set_host_name(host);
    room->set_members(members);
    room->set_known(known);
    room->set_protocol(protocol);
    room->add_addresses("192.168.1.2" + std::to_string(members) + ":47110");
  };
  add("room-1", "Lab three", "lovelace", 4, false, 1);
  add("room-2", "Bakery chain", "till-1", 7, true, 1);
  add("room-3", "Old room", "attic", 2, false, 9);
  return found;
}

}  // namespace fedllm::test
