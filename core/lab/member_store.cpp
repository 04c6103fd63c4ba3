#include "lab/member_store.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/crc32.h"
#include "base/file.h"
#include "net/private_file.h"

namespace fedllm::lab {
namespace {

using nlohmann::json;
constexpr const char* kWhere = "lab.member_store";
constexpr size_t kId = 16, kMostAddresses = 16;
// "FLRS", version, rounds; then for each: round, count, floats; CRC-32 of all before it.
constexpr char kMagic[4] = {'F', 'L', 'R', 'S'};
constexpr uint32_t kVersion = 1, kMostRounds = 4;

bool is_id(const std::string& id) {
  return id.size() == kId && std::all_of(id.begin(), id.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' &&
      c <= 'f'); });
}

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
bool take(std::string_view& in, T& value) {
  if (in.size() < sizeof value) return false;
  std::memcpy(&value, in.data(), sizeof value);
  in.remove_prefix(sizeof value);
  return true;
}

std::string serialize(const KeptByRound& kept) {
  std::string out(kMagic, 4);
  put(out, kVersion);
  put(out, static_cast<uint32_t>(kept.size()));
  for (const auto& [round, values] : kept) {
    put(out, static_cast<int32_t>(round));
    put(out, static_cast<uint64_t>(values.size()));
    out.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  }
  put(out, crc32(out));
  return out;
}

KeptByRound parse(std::string_view in) {
  uint32_t version = 0, rounds = 0, crc = 0;
  if (in.size() < 16 || std::memcmp(in.data(), kMagic, 4) != 0) return {};
  std::memcpy(&crc, in.data() + in.size() - 4, 4);
  in.remove_suffix(4);
  if (crc32(in) != crc) return {};
  in.remove_prefix(4);
  if (!take(in, version) || version != kVersion || !take(in, rounds) || rounds > kMostRounds) return {};
  KeptByRound kept;
  for (uint32_t i = 0; i < rounds; ++i) {
    int32_t round = 0;
    uint64_t count = 0;
    if (!take(in, round) || !take(in, count) || count > in.size() / sizeof(float)) return {};
    std::vector<float> values(static_cast<size_t>(count));
    if (count > 0) std::memcpy(values.data(), in.data(), values.size() * sizeof(float));
    in.remove_prefix(values.size() * sizeof(float));
    kept[round] = std::move(values);
  }
  return kept;
}

std::string text(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}
int64_t number(const json& object, const char* key, int64_t fallback = 0) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<int64_t>() : fallback;
}

// Written as the network's addresses are: anew each time, since host names and ports may be anything.
std::vector<net::Address> addresses_of(const json& object) {
  std::vector<net::Address> addresses;
  const auto found = object.find("addresses");
  if (found == object.end() || !found->is_array()) return addresses;
  for (const json& one : *found) {
    if (!one.is_string() || addresses.size() >= kMostAddresses) break;
    if (auto address = net::parse_address(one.get<std::string>(), net::kRoomPort); address.ok()) addresses.push_back(*address);
  }
  return addresses;
}

}  // namespace

std::string MembershipStore::id_of(const net::Digest& authority) { return net::hex(authority).substr(0, kId); }

Result<MembershipStore> MembershipStore::open(const std::string& home, const net::Digest& authority) {
  MembershipStore store;
  store.id_ = id_of(authority);
  store.folder_ = home + "/memberships/" + store.id_;
  FEDLLM_RETURN_IF_ERROR(net::make_private_folder(home + "/memberships"));
  FEDLLM_RETURN_IF_ERROR(net::make_private_folder(store.folder_));
  return store;
}

Result<net::Ticket> MembershipStore::known(const std::string& home, const std::string& id_or_address) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(home + "/memberships", error)) {
    MembershipStore store;
    store.id_ = entry.path().filename().string();
    store.folder_ = entry.path().string();
    if (!is_id(store.id_) || !store.certificate_pem().ok()) continue;
    net::Ticket ticket;
    ticket.addresses = store.facts().addresses;
    const bool meant = store.id_ == id_or_address || std::any_of(ticket.addresses.begin(), ticket.addresses.end(),
                                                                 [&](const net::Address& one) { return one.text() == id_or_address; });
    if (!meant) continue;
    FEDLLM_ASSIGN_OR_RETURN(const std::string pem, store.authority_pem());
    FEDLLM_ASSIGN_OR_RETURN(ticket.authority, net::fingerprint_of(pem));
    return ticket;
  }
  return not_found("this home belongs to no room \"" + id_or_address.substr(0, 64) + "\"", kWhere);
}

Status MembershipStore::forget(const std::string& home, const std::string& id) {
  const std::string folder = home + "/memberships/" + id;
  if (!is_id(id) || !std::filesystem::is_directory(folder)) return not_found("there is no membership \"" + id + "\" here",
      kWhere);
  std::error_code error;
  std::filesystem::remove_all(folder, error);
  return error ? unavailable("cannot remove " + folder + ": " + error.message(), kWhere) : Status();
}

Result<std::string> MembershipStore::authority_pem() const { return net::read_private_file(folder_ + "/authority.pem"); }
Status MembershipStore::set_authority_pem(const std::string& pem) const {
  return net::write_private_file(folder_ + "/authority.pem", pem);
}
Result<std::string> MembershipStore::certificate_pem() const { return net::read_private_file(folder_ + "/member.pem"); }
Status MembershipStore::set_certificate_pem(const std::string& pem) const {
  return net::write_private_file(folder_ + "/member.pem", pem);
}
void MembershipStore::drop_certificate() const {
  std::error_code ignored;
  std::filesystem::remove(folder_ + "/member.pem", ignored);
}

MembershipFacts MembershipStore::facts() const {
  MembershipFacts facts;
  const auto bytes = net::read_private_file(folder_ + "/membership.json");
  const json object = bytes.ok() ? json::parse(*bytes, nullptr, false) : json();
  if (!object.is_object()) return facts;
  facts.room = text(object, "room");
  facts.room_name = text(object, "room_name");
  facts.host_name = text(object, "host_name");
  facts.member = text(object, "member");
  facts.check_code = text(object, "check_code");
  facts.slot = static_cast<int>(std::clamp<int64_t>(number(object, "slot", -1), -1, 1'000'000));
  facts.addresses = addresses_of(object);
  facts.left.update_bytes = number(object, "update_bytes");
  facts.left.numbers = number(object, "numbers");
  facts.left.text_bytes = number(object, "text_bytes");
  facts.left.label_counts = number(object, "label_counts");
  facts.left.uplink_wire = number(object, "uplink_wire");
  facts.left.downlink_wire = number(object, "downlink_wire");
  facts.left.downlink_payload = number(object, "downlink_payload");
  return facts;
}

Status MembershipStore::set_facts(const MembershipFacts& facts) const {
  json addresses = json::array();
  for (const net::Address& address : facts.addresses) addresses.push_back(address.text());
  const json object = {{"room", facts.room},
                       {"room_name", facts.room_name},
                       {"host_name", facts.host_name},
                       {"member", facts.member},
                       {"check_code", facts.check_code},
                       {"slot", facts.slot},
                       {"addresses", addresses},
                       {"update_bytes", facts.left.update_bytes},
                       {"numbers", facts.left.numbers},
                       {"text_bytes", facts.left.text_bytes},
                       {"label_counts", facts.left.label_counts},
                       {"uplink_wire", facts.left.uplink_wire},
                       {"downlink_wire", facts.left.downlink_wire},
                       {"downlink_payload", facts.left.downlink_payload}};
  return net::write_private_file(folder_ + "/membership.json", object.dump(2, ' ', false, json::error_handler_t::replace));
}

KeptByRound MembershipStore::kept(const std::string& run, const std::string& name) const {
  const auto bytes = read_file(folder_ + "/" + name + "-" + run + ".bin");
  return bytes.ok() ? parse(*bytes) : KeptByRound();
}

Status MembershipStore::set_kept(const std::string& run, const std::string& name, const KeptByRound& kept) const {
  return net::write_private_file(folder_ + "/" + name + "-" + run + ".bin", serialize(kept));
}

}  // namespace fedllm::lab
