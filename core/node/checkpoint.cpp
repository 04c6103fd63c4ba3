#include "node/checkpoint.h"

#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/crc32.h"

namespace fedllm::node {
namespace {

using nlohmann::json;
constexpr const char* kWhere = "node.checkpoint";
constexpr std::string_view kMagic = "FLST";
constexpr uint32_t kVersion = 1, kVersionWithMore = 2;   // 2: client states other than residuals, or control variates

void put_u32(std::string& out, uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(value >> shift));
}
void put_block(std::string& out, std::string_view block) {
  put_u32(out, static_cast<uint32_t>(block.size()));
  out.append(block);
}

// Reads forward and never past the end.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  Result<uint32_t> u32() {
    FEDLLM_ASSIGN_OR_RETURN(const std::string_view four, take(4));
    uint32_t value = 0;
    for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(four[static_cast<size_t>(i)]);
    return value;
  }
  Result<std::string_view> block() {
    FEDLLM_ASSIGN_OR_RETURN(const uint32_t size, u32());
    return take(size);
  }
  Result<std::string_view> take(size_t size) {
    if (size > rest_.size())
      return data_loss(
          "the run state is cut short: expected " + std::to_string(size) + " more bytes, got " + std::to_string(rest_.size()),
          kWhere);
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

json scores_json(const TopicScores& scores) {
  json out = json::object();
  for (const auto& [topic, score] : scores) {
    json& one = out[topic] = {{"loss_sum", score.loss_sum}, {"tokens", score.tokens}, {"exact", score.exact}, {"records", score.records}};
    if (score.correct != 0) one["correct"] = score.correct;   // absent in what was written before it was counted
  }
  return out;
}

TopicScores scores_from(const json& in) {
  TopicScores scores;
  for (const auto& [topic, one] : in.items()) {
    // A loss that is not a number is written as null.
    const double loss =
        one.at("loss_sum").is_number() ? one.at("loss_sum").get<double>() : std::numeric_limits<double>::quiet_NaN();
    scores[topic] = {loss, one.at("tokens").get<int64_t>(), one.at("exact").get<int64_t>(), one.at("records").get<int64_t>(),
                     one.value("correct", int64_t{0})};
  }
  return scores;
}

json head_json(const Checkpoint& checkpoint) {
  const RunTotals& t = checkpoint.totals;
  json head = {{"round", checkpoint.round},
          {"dataset_hash", checkpoint.dataset_hash},
          {"partition_hash", checkpoint.partition_hash},
          {"base_sha256", checkpoint.base_sha256},
          {"uplink_wire", t.traffic.uplink_wire},
          {"downlink_wire", t.traffic.downlink_wire},
          {"uplink_payload", t.traffic.uplink_payload},
          {"downlink_payload", t.traffic.downlink_payload},
          {"uplink_modelled", t.uplink_modelled},
          {"downlink_modelled", t.downlink_modelled},
          {"wall_s", t.wall_s},
          {"peak_rss_bytes", t.peak_rss_bytes},
          {"initial_eval", scores_json(t.initial_eval)},
          {"latest_eval", scores_json(t.latest_eval)}};
  // Only where they are measured.
  if (!t.initial_measures.empty()) head["initial_measures"] = t.initial_measures;
  if (!t.latest_measures.empty()) head["latest_measures"] = t.latest_measures;
  for (const auto& [name, scores] : t.references) head["references"][name] = scores_json(scores);
  if (!checkpoint.ranks.empty()) head["ranks"] = checkpoint.ranks;   // [[client, rank], ...]
  if (!checkpoint.script_sha256.empty()) head["script_sha256"] = checkpoint.script_sha256;
  if (std::isfinite(t.precision_cost)) head["precision_cost"] = t.precision_cost;
  return head;
}

void head_from(const json& in, Checkpoint& checkpoint) {
  RunTotals& t = checkpoint.totals;
  in.at("round").get_to(checkpoint.round);
  in.at("dataset_hash").get_to(checkpoint.dataset_hash);
  in.at("partition_hash").get_to(checkpoint.partition_hash);
  in.at("base_sha256").get_to(checkpoint.base_sha256);
  in.at("uplink_wire").get_to(t.traffic.uplink_wire);
  in.at("downlink_wire").get_to(t.traffic.downlink_wire);
  in.at("uplink_payload").get_to(t.traffic.uplink_payload);
  in.at("downlink_payload").get_to(t.traffic.downlink_payload);
  in.at("uplink_modelled").get_to(t.uplink_modelled);
  in.at("downlink_modelled").get_to(t.downlink_modelled);
  in.at("wall_s").get_to(t.wall_s);
  in.at("peak_rss_bytes").get_to(t.peak_rss_bytes);
  t.initial_eval = scores_from(in.at("initial_eval"));
  t.latest_eval = scores_from(in.at("latest_eval"));
  // Absent in what was written before they were measured.
  if (const auto references = in.find("references"); references != in.end())
    for (const auto& [name, scores] : references->items()) t.references[name] = scores_from(scores);
  checkpoint.ranks = in.value("ranks", std::map<int, int>());
  checkpoint.script_sha256 = in.value("script_sha256", "");
  t.initial_measures = in.value("initial_measures", Measures());
  t.latest_measures = in.value("latest_measures", Measures());
  if (const auto cost = in.find("precision_cost"); cost != in.end() && cost->is_number()) cost->get_to(t.precision_cost);
}

Status parse_head(std::string_view text, Checkpoint& checkpoint) {
  try {
    head_from(json::parse(text), checkpoint);
  } catch (const json::exception& error) {
    return data_loss(std::string("the head of the run state cannot be read: ") + error.what(), kWhere);
  }
  return {};
}

Status parse_floats(Reader& reader, std::vector<float>& values) {
  FEDLLM_ASSIGN_OR_RETURN(const std::string_view bytes, reader.block());
  values.resize(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return {};
}

Status parse_by_client(Reader& reader, ClientStates::ByClient& all) {
  FEDLLM_ASSIGN_OR_RETURN(const uint32_t count, reader.u32());
  for (uint32_t i = 0; i < count; ++i) {
    FEDLLM_ASSIGN_OR_RETURN(const uint32_t client, reader.u32());
    FEDLLM_RETURN_IF_ERROR(parse_floats(reader, all[static_cast<int>(client)]));
  }
  return {};
}

void put_floats(std::string& out, const std::vector<float>& values) {
  put_block(out, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
}

void put_by_client(std::string& out, const ClientStates::ByClient& all) {
  put_u32(out, static_cast<uint32_t>(all.size()));
  for (const auto& [client, values] : all) {
    put_u32(out, static_cast<uint32_t>(client));
    put_floats(out, values);
  }
}

}  // namespace

std::string serialize_checkpoint(const Checkpoint& checkpoint) {
  const ClientStates& clients = checkpoint.clients;
  const bool more = !clients.personal.empty() || !clients.variates.empty() || !checkpoint.control.empty();
  std::string out(kMagic);
  put_u32(out, more ? kVersionWithMore : kVersion);
  put_block(out, head_json(checkpoint).dump(-1, ' ', false, json::error_handler_t::replace));
  put_block(out, checkpoint.server_optimizer);
  put_by_client(out, clients.residuals);
  if (more) {
    put_by_client(out, clients.personal);
    put_by_client(out, clients.variates);
    put_floats(out, checkpoint.control);
  }
  put_u32(out, crc32(out));
  return out;
}

Result<Checkpoint> parse_checkpoint(std::string_view bytes) {
  Reader reader(bytes);
  FEDLLM_ASSIGN_OR_RETURN(const std::string_view magic, reader.take(4));
  if (magic != kMagic) return data_loss("this is not a run state: expected the magic FLST", kWhere);
  FEDLLM_ASSIGN_OR_RETURN(const uint32_t version, reader.u32());
  if (version != kVersion && version != kVersionWithMore)
    return failed_precondition("expected a run state of version 1 or 2, got version " + std::to_string(version), kWhere);
  if (bytes.size() < 12) return data_loss("the run state is cut short", kWhere);
  const std::string_view body = bytes.substr(0, bytes.size() - 4);
  FEDLLM_ASSIGN_OR_RETURN(const uint32_t crc, Reader(bytes.substr(body.size())).u32());
  if (crc != crc32(body)) return data_loss("the run state is damaged or cut short: its checksum does not fit", kWhere);
  Checkpoint checkpoint;
  Reader rest(body.substr(8));
  FEDLLM_ASSIGN_OR_RETURN(const std::string_view head, rest.block());
  FEDLLM_RETURN_IF_ERROR(parse_head(head, checkpoint));
  FEDLLM_ASSIGN_OR_RETURN(const std::string_view optimizer, rest.block());
  checkpoint.server_optimizer = optimizer;
  FEDLLM_RETURN_IF_ERROR(parse_by_client(rest, checkpoint.clients.residuals));
  if (version == kVersionWithMore) {
    FEDLLM_RETURN_IF_ERROR(parse_by_client(rest, checkpoint.clients.personal));
    FEDLLM_RETURN_IF_ERROR(parse_by_client(rest, checkpoint.clients.variates));
    FEDLLM_RETURN_IF_ERROR(parse_floats(rest, checkpoint.control));
  }
  if (!rest.done()) return data_loss("the run state has bytes behind its end", kWhere);
  return checkpoint;
}

}  // namespace fedllm::node
