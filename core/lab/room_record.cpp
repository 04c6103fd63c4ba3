#include "lab/room_record.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/sha256.h"
#include "net/private_file.h"

namespace fedllm::lab {
namespace {

using nlohmann::json;
constexpr const char* kWhere = "lab.room_record";

std::string text(const json& value) { return value.dump(1, ' ', false, json::error_handler_t::replace); }

Status damaged(const std::string& path) {
  return data_loss(path + " is damaged: expected the JSON that this program writes; remove the file to begin anew", kWhere);
}

Result<json> read_json(const std::string& path) {
  FEDLLM_ASSIGN_OR_RETURN(const std::string bytes, net::read_private_file(path));
  json value = json::parse(bytes, nullptr, false);
  if (!value.is_object()) return damaged(path);
  return value;
}

json member_json(const MemberRecord& member) {
  json labels = json::array();
  for (const auto& [label, count] : member.labels) labels.push_back({label, count});
  return {{"id", member.id},           {"name", member.name},         {"key", member.key},
          {"check_code", member.check_code}, {"slot", member.slot},   {"examples", member.examples},
          {"test_examples", member.test_examples}, {"revoked", member.revoked}, {"labels", labels},
          {"assigned", member.assigned}};
}

MemberRecord member_of(const json& value) {
  MemberRecord member;
  member.id = value.at("id");
  member.name = value.at("name");
  member.key = value.at("key");
  member.check_code = value.at("check_code");
  member.slot = value.at("slot");
  member.examples = value.at("examples");
  member.test_examples = value.at("test_examples");
  member.revoked = value.at("revoked");
  member.assigned = value.value("assigned", false);
  for (const json& pair : value.at("labels")) member.labels.emplace_back(pair.at(0), pair.at(1));
  return member;
}

}  // namespace

std::string room_folder(const std::string& home, const std::string& name) {
  return home + "/rooms/" + sha256_hex("fedllm room\n" + name).substr(0, 16);
}

Result<RoomRecord> load_room(const std::string& folder) {
  FEDLLM_ASSIGN_OR_RETURN(const json value, read_json(folder + "/room.json"));
  RoomRecord record;
  std::vector<std::pair<int64_t, MemberRecord>> members;
  try {
    record.name = value.at("name");
    record.port = value.at("port");
    record.secret = value.at("secret").get<net::Secret>();
    record.ticket_expires_ms = value.at("ticket_expires_ms");
    record.ticket_uses_left = value.at("ticket_uses_left");
    record.run = value.at("run");
    record.run_slots = value.at("run_slots").get<std::vector<int>>();
    record.runs = value.at("runs");
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder + "/members", error)) {
      if (entry.path().extension() != ".json") continue;
      FEDLLM_ASSIGN_OR_RETURN(const json member, read_json(entry.path().string()));
      members.emplace_back(member.value("place", int64_t{0}), member_of(member));
    }
  } catch (const json::exception&) {
    return damaged(folder);
  }
  std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first, a.second.id) < std::tie(b.first, b.second.id);
  });
  for (auto& [place, member] : members) record.members.push_back(std::move(member));
  return record;
}

Status save_room(const std::string& folder, const RoomRecord& record) {
  FEDLLM_RETURN_IF_ERROR(net::make_private_folder(folder));
  return net::write_private_file(folder + "/room.json", text({{"name", record.name},
                                                              {"port", record.port},
                                                              {"secret", record.secret},
                                                              {"ticket_expires_ms", record.ticket_expires_ms},
                                                              {"ticket_uses_left", record.ticket_uses_left},
                                                              {"run", record.run},
                                                              {"run_slots", record.run_slots},
                                                              {"runs", record.runs}}));
}

Status save_member(const std::string& folder, const MemberRecord& member) {
  FEDLLM_RETURN_IF_ERROR(net::make_private_folder(folder + "/members"));
  return net::write_private_file(folder + "/members/" + member.id + ".json", text(member_json(member)));
}

}  // namespace fedllm::lab
