// RoomOffer: what a room has to give, found out once when it opens: the scenario as it travels (canonical JSON), the base
// model's files, the data contract, sizes; and, where the host hands out data, one shard a slot. Immutable but for shards.
#pragma once

#include <memory>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/home.h"
#include "lab/blob_store.h"
#include "lab/data_contract.h"
#include "node/scenario_facts.h"
#include "wire/room.pb.h"

namespace fedllm::lab {

class RoomOffer {
 public:
  // Refuses what does not validate for a network run and files that cannot be opened.
  static Result<std::unique_ptr<RoomOffer>> make(const std::string& scenario_json, const std::string& base_dir, const HomePaths& paths,
                                                 bool hand_out_data, bool allow_program = false);
  const spec::Scenario& scenario() const { return scenario_; }
  const std::string& scenario_json() const { return scenario_json_; }
  // Everything of RoomInfo that is the same for all members.
  void fill(wire::RoomInfo& info) const;
  const BlobShelf& shelf() const { return shelf_; }
  int places() const { return places_; }              // 0: as many as come
  bool hands_out_data() const { return partition_.has_value(); }
  // The slot's records as JSONL, put on the shelf.
  Result<Blob> shard(int slot);

 private:
  Status offer_model(const std::string& folder);

  spec::Scenario scenario_;
  std::string scenario_json_, base_name_, contract_;
  Blob scenario_blob_;
  std::vector<Blob> model_;
  BlobShelf shelf_;
  int64_t payload_bytes_ = 0;
  int places_ = 0;
  std::shared_ptr<const data::Dataset> dataset_;
  std::optional<data::Partition> partition_;
  std::mutex mutex_;
  std::map<int, Blob> shards_;
};

}  // namespace fedllm::lab
