// examine(): what a member learns about its own data before anybody trains.
#include <algorithm>
#include <map>
#include <unordered_set>

#include "base/sha256.h"
#include "lab/data_contract.h"
#include "lab/member_hints.h"
#include "node/member_setup.h"

namespace fedllm::lab {
namespace {

constexpr const char* kWhere = "lab.data_readiness";
constexpr int64_t kFewest = 20;      // records that a sum must cover before it is told
constexpr size_t kDigest = 32;       // hex digits kept of a text's hash: 128 bits

class Examiner {
 public:
  Examiner(const data::Dataset& dataset, const spec::TemplateSpec& resolved, const data::Tokenizer& tokenizer,
           const DataContract& contract)
      : dataset_(dataset), template_(resolved), tokenizer_(tokenizer), contract_(contract) {}

  Result<Readiness> run(const StopFlag& stop) {
    out_.records = dataset_.size();
    for (int64_t record = 0; record < dataset_.size(); ++record) {
      if (stop.requested()) return cancelled("stopped while examining the data", kWhere);
      FEDLLM_RETURN_IF_ERROR(look_at(record));
    }
    for (const auto& [label, count] : labels_) out_.labels.emplace_back(label, count);
    FEDLLM_RETURN_IF_ERROR(split());
    judge();
    return std::move(out_);
  }

 private:
  Status look_at(int64_t record) {
    const auto place = [&](const Status& status) { return status.with_prefix("record " + std::to_string(record + 1)); };
    auto read = dataset_.read(record);
    if (!read.ok()) return place(read.status());
    auto text = data::render(*read, template_);
    if (!text.ok()) return place(text.status());
    auto example = data::tokenize(*text, tokenizer_, contract_.max_length);
    if (!example.ok()) return place(example.status());
    out_.tokens += static_cast<int64_t>(example->ids.size());
    out_.truncated += example->truncated ? 1 : 0;
    unscored_ += example->prompt_length >= static_cast<int32_t>(example->ids.size()) ? 1 : 0;
    out_.duplicates += seen_.insert(sha256_hex(text->text).substr(0, kDigest)).second ? 0 : 1;
    out_.emails += has_email(text->text) ? 1 : 0;
    out_.phone_numbers += has_phone_number(text->text) ? 1 : 0;
    count_label(record);
    return {};
  }

  void count_label(int64_t record) {
    const int32_t label = dataset_.label_of(record);
    if (label < 0) return;
    const std::string& name = dataset_.labels()[static_cast<size_t>(label)];
    ++labels_[name];
    const auto& known = contract_.labels;
    if (!known.empty() && std::find(known.begin(), known.end(), name) == known.end()) ++out_.unknown_labels;
  }

  Status split() {
    spec::Scenario scenario;
    scenario.seed = contract_.seed;
    scenario.dataset.test_fraction = contract_.test_fraction;
    const auto partition = node::member_partition(dataset_, scenario);
    if (partition.ok())
      out_.test_records = partition->counts.test_records;
    else
      out_.problems.push_back(partition.status().message());
    return {};
  }

  void judge() {
    const auto of = [&](int64_t count) { return std::to_string(count) + " of " + std::to_string(out_.records) + " records "; };
    if (out_.records == 0) out_.problems.emplace_back("the files hold no records");
    if (out_.records > 0 && unscored_ == out_.records)
      out_.problems.push_back("in every record the question alone fills the " + std::to_string(contract_.max_length) +
                              " tokens that count: there is nothing to learn");
    else if (unscored_ > 0)
      out_.hints.push_back(of(unscored_) + "have a question that fills all " + std::to_string(contract_.max_length) +
                           " tokens: nothing is learned from them");
    if (out_.truncated > 0)
      out_.hints.push_back(of(out_.truncated) + "are longer than " + std::to_string(contract_.max_length) +
          " tokens and are cut");
    if (out_.duplicates > 0) out_.hints.push_back(of(out_.duplicates) + "repeat an earlier one");
    if (out_.emails > 0) out_.hints.push_back(of(out_.emails) + "seem to hold an e-mail address");
    if (out_.phone_numbers > 0) out_.hints.push_back(of(out_.phone_numbers) + "seem to hold a phone number");
    if (out_.unknown_labels > 0) out_.hints.push_back(of(out_.unknown_labels) + "have a label that the room does not know");
    if (dataset_.skipped_count() > 0)
      out_.hints.push_back(std::to_string(dataset_.skipped_count()) + " bad lines are skipped");
    if (contract_.test_fraction > 0 && out_.test_records < kFewest)
      out_.hints.push_back("only " + std::to_string(out_.test_records) + " records are held out: sums over fewer than " +
                           std::to_string(kFewest) + " are never sent");
  }

  const data::Dataset& dataset_;
  const spec::TemplateSpec& template_;
  const data::Tokenizer& tokenizer_;
  const DataContract& contract_;
  Readiness out_;
  std::map<std::string, int64_t> labels_;
  std::unordered_set<std::string> seen_;
  int64_t unscored_ = 0;
};

}  // namespace

Result<Readiness> examine(const data::Dataset& dataset, const spec::TemplateSpec& resolved, const data::Tokenizer& tokenizer,
                          const DataContract& contract, const StopFlag& stop) {
  return Examiner(dataset, resolved, tokenizer, contract).run(stop);
}

}  // namespace fedllm::lab
