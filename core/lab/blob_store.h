// BlobStore: content-addressed files below home/blobs/SHA256 (0600). A blob is received piece by piece into SHA256.part and
// can be taken up again where it broke off, also after a restart; it gets its name once size and hash are right, else it is
// removed. No name from a peer touches the file system: a blob's path is its hash, checked to be 64 hex digits. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace fedllm::lab {

struct Blob {
  std::string sha256;
  uint64_t bytes = 0;
  std::string name;  // for show
};

// 64 lower-case hex digits.
bool is_sha256(std::string_view text);

class BlobStore {
 public:
  explicit BlobStore(std::string home);
  bool has(const std::string& sha256) const;
  Result<std::string> path(const std::string& sha256) const;  // NOT_FOUND if it is not here
  Result<Blob> put(const std::string& name, std::string_view bytes);

  // One blob on its way. One thread.
  class Incoming {
   public:
    Incoming();
    ~Incoming();
    uint64_t have() const;                // bytes that are here: the offset to ask for
    Status add(std::string_view piece);   // more than announced: INVALID_ARGUMENT
    Status finish();                      // DATA_LOSS when the hash differs; the part is removed then
   private:
    friend class BlobStore;
    struct State;
    std::unique_ptr<State> state_;
  };
  // bytes above `limit` are refused before anything is allocated or written, as is a disk without the room. One receiver
  // at a time: a second is ALREADY_EXISTS.
  Result<std::unique_ptr<Incoming>> receive(const Blob& blob, uint64_t limit);

 private:
  std::string folder_;
};

// What a host serves: blobs that lie in ordinary files (a base model's) or in memory (a scenario). A file that changed since
// it was offered is FAILED_PRECONDITION. Copies share the shelf. Thread-safe.
class BlobShelf {
 public:
  BlobShelf();
  Result<Blob> offer_file(const std::string& name, const std::string& path);
  Blob offer_bytes(const std::string& name, std::string bytes);
  bool offers(const std::string& sha256) const;
  uint64_t size(const std::string& sha256) const;
  // At most `count` bytes from `offset`; empty at the end.
  Result<std::string> read(const std::string& sha256, uint64_t offset, size_t count) const;

 private:
  struct Entry;
  struct Shelf;
  std::shared_ptr<Shelf> shelf_;
};

}  // namespace fedllm::lab
