// MembershipStore: what a member keeps of one room in home/memberships/ID/ (folder 0700, files 0600): the authority it pinned,
// its
// key and certificate, slot and name, what left so far, and per run what its client keeps to itself. ID is made from the
// authority's hash, so that the same room is recognised whatever its address or name. Damaged files read as absent, but a key
// or certificate that others may read is an error. One process at a time (the home's lock). Not thread-safe.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "net/authority.h"
#include "net/ticket.h"
#include "node/left_meter.h"

namespace fedllm::lab {

struct MembershipFacts {
  std::string room, room_name, host_name, member, check_code;
  std::vector<net::Address> addresses;  // the last one that answered first
  int slot = -1;
  node::LeftCount left;  // in all sessions
};

// One thing that a client keeps to itself ("residual", "variate", "own"), by the round after which it held; a client keeps the
// last two, so that a round that the host lost can be played again with what held before it.
using KeptByRound = std::map<int, std::vector<float>>;

class MembershipStore {
 public:
  static std::string id_of(const net::Digest& authority);  // 16 hex digits
  static Result<MembershipStore> open(const std::string& home, const net::Digest& authority);
  // A room that this home has a certificate for needs no ticket: found by its id or by an address it was reached at. NOT_FOUND.
  static Result<net::Ticket> known(const std::string& home, const std::string& id_or_address);
  // Removes everything of the membership; NOT_FOUND for an id that is none.
  static Status forget(const std::string& home, const std::string& id);

  const std::string& folder() const { return folder_; }
  const std::string& id() const { return id_; }
  Result<std::string> authority_pem() const;    // NOT_FOUND: not pinned yet
  Status set_authority_pem(const std::string& pem) const;
  Result<std::string> certificate_pem() const;  // NOT_FOUND: not enrolled
  Status set_certificate_pem(const std::string& pem) const;
  void drop_certificate() const;

  MembershipFacts facts() const;
  Status set_facts(const MembershipFacts& facts) const;

  // `run`: the id in this machine's own ledger.
  KeptByRound kept(const std::string& run, const std::string& name) const;
  Status set_kept(const std::string& run, const std::string& name, const KeptByRound& kept) const;

 private:
  std::string folder_, id_;
};

}  // namespace fedllm::lab
