// Partitions on disk (FORMAT.md): header, counts, index lists as varint differences, and a checksum over all of it.

#include "base/sha256.h"
#include "data/partition.h"

namespace fedllm::data {
namespace {

constexpr const char* kWhere = "data.partition_file";
constexpr std::string_view kMagic = "FEDLLMPT";
constexpr uint32_t kVersion = 1;
constexpr size_t kChecksumBytes = 64;

void put_u32(std::string& out, uint32_t value) {
  for (int i = 0; i < 4; ++i) out += static_cast<char>(value >> 8 * i & 0xff);
}

void put_varint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out += text;
}

void put_list(std::string& out, const std::vector<int64_t>& ascending) {
  put_varint(out, ascending.size());
  int64_t last = -1;
  for (int64_t value : ascending) {
    put_varint(out, static_cast<uint64_t>(value - last));
    last = value;
  }
}

void put_counts(std::string& out, const std::vector<int64_t>& counts) {
  put_varint(out, counts.size());
  for (int64_t n : counts) put_varint(out, static_cast<uint64_t>(n));
}

// Reads with one sticky failure: after it every value is 0 and every list empty.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return fail();
      const auto byte = static_cast<unsigned char>(rest_[0]);
      rest_.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return fail();
  }
  // A count of things of at least one byte each, so a damaged count cannot ask for memory that the file does not back.
  size_t count() {
    const uint64_t n = varint();
    return n <= rest_.size() ? static_cast<size_t>(n) : fail();
  }
  std::string text() {
    const size_t n = count();
    std::string text(rest_.substr(0, n));
    rest_.remove_prefix(n);
    return text;
  }
  std::vector<int64_t> counts() {
    std::vector<int64_t> out(count());
    for (int64_t& n : out) n = bounded(varint());
    return ok_ ? out : std::vector<int64_t>();
  }
  int64_t sum(const std::vector<int64_t>& counts) {
    int64_t total = 0;
    for (int64_t n : counts) total = bounded(static_cast<uint64_t>(total + n));
    return total;
  }
  std::vector<int64_t> list() {
    std::vector<int64_t> out(count());
    int64_t last = -1;
    for (int64_t& value : out) {
      const int64_t step = bounded(varint());
      if (step < 1) fail();
      value = last = bounded(static_cast<uint64_t>(last + step));
      if (!ok_) return {};
    }
    return out;
  }

 private:
  uint64_t fail() {
    ok_ = false;
    rest_ = {};
    return 0;
  }
  // Far above any real count or record number, and low enough that the sum of two stays in range.
  int64_t bounded(uint64_t value) {
    return value <= uint64_t{1} << 40 ? static_cast<int64_t>(value) : static_cast<int64_t>(fail());
  }
  std::string_view rest_;
  bool ok_ = true;
};

uint32_t u32_at(std::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<size_t>(i)]);
  return value;
}

bool is_consistent(const Partition& partition) {
  const PartitionCounts& counts = partition.counts;
  for (const auto& row : counts.by_label)
    if (row.size() != counts.test_by_label.size()) return false;
  if (partition.clients.size() != counts.by_label.size() || counts.client_names.size() != counts.by_label.size()) return false;
  for (size_t k = 0; k < partition.clients.size(); ++k)
    if (static_cast<int64_t>(partition.clients[k].size()) != counts.client_records[k]) return false;
  return static_cast<int64_t>(partition.test.size()) == counts.test_records;
}

}  // namespace

std::string serialize_partition(const Partition& partition) {
  const PartitionCounts& counts = partition.counts;
  std::string out(kMagic);
  put_u32(out, kVersion);
  put_text(out, partition.hash);
  put_varint(out, partition.clients.size());
  for (size_t k = 0; k < partition.clients.size(); ++k) {
    put_text(out, counts.client_names[k]);
    put_counts(out, counts.by_label[k]);
    put_list(out, partition.clients[k]);
  }
  put_counts(out, counts.test_by_label);
  put_list(out, partition.test);
  put_varint(out, counts.problems.size());
  for (const std::string& problem : counts.problems) put_text(out, problem);
  return out + sha256_hex(out);
}

Result<Partition> parse_partition(std::string_view bytes) {
  if (bytes.size() < kMagic.size() + 4 + kChecksumBytes)
    return data_loss(
        "expected at least " + std::to_string(kMagic.size() + 4 + kChecksumBytes) + " bytes, got " + std::to_string(bytes.size()),
        kWhere);
  if (!bytes.starts_with(kMagic)) return data_loss("this is no partition file", kWhere);
  if (u32_at(bytes, 8) != kVersion)
    return failed_precondition("expected partition version 1, got " + std::to_string(u32_at(bytes, 8)), kWhere);
  const std::string_view body = bytes.substr(0, bytes.size() - kChecksumBytes);
  if (sha256_hex(body) != bytes.substr(body.size()))
    return data_loss("the partition is cut short or damaged: its checksum does not match", kWhere);
  Reader reader(body.substr(12));
  Partition partition;
  PartitionCounts& counts = partition.counts;
  partition.hash = reader.text();
  const size_t clients = reader.count();
  for (size_t k = 0; k < clients && reader.ok(); ++k) {
    counts.client_names.push_back(reader.text());
    counts.by_label.push_back(reader.counts());
    partition.clients.push_back(reader.list());
    counts.client_records.push_back(reader.sum(counts.by_label.back()));
  }
  counts.test_by_label = reader.counts();
  counts.test_records = reader.sum(counts.test_by_label);
  partition.test = reader.list();
  const size_t problems = reader.count();
  for (size_t i = 0; i < problems && reader.ok(); ++i) counts.problems.push_back(reader.text());
  if (!reader.ok() || !reader.at_end() || !is_consistent(partition))
    return data_loss("the partition's lists do not fit together", kWhere);
  counts.skew = skew_of(counts.by_label);
  return partition;
}

}  // namespace fedllm::data
