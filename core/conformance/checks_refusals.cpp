// What a method must refuse instead of computing something.
#include <cmath>

#include "conformance/checks.h"
#include "conformance/reference.h"

namespace fedllm::conformance {
namespace {

class Refusals {
 public:
  Refusals(const Subjects& subjects, Rows& rows, std::string_view name)
      : subjects_(subjects), rows_(rows), name_(name), facts_(*spec::find_method(name)) {}

  void all_checks() const {
    if (!facts_.mixed_ranks)
      refuse("mixed ranks", draw({"mixed", Sizes::linear, 3, 6, false, {3, 2, 3}, {}, 51}, frozen_in(name_, 1)), "client 1");
    if (name_ == "zero-padding" || name_ == "hetlora" || name_ == "rbla")
      refuse("a rank above the global adapter's", draw({"mixed", Sizes::linear, 2, 6, false, {2, 3}, {}, 52}, Frozen::neither), "at most");
    if (frozen_in(name_, 1) != Frozen::neither) {
      refuse("another A where A is frozen", draw({"free", Sizes::linear, 3, 6, false, {}, {}, 53}, Frozen::neither), "freezes");
      Problem late = plain();
      late.clients[2].adapter.a(1)[4] += 0.5f;
      refuse("one number of the last client's A differs", late, "client 2");
    }
    if (name_ == "rolora" || name_ == "lora-a2")
      refuse("another B in round 2", draw({"free", Sizes::linear, 3, 6, false, {}, {}, 54}, Frozen::a), "freezes", 2);
    Problem sick = plain();
    sick.clients[1].adapter.b(0)[3] = NAN;
    refuse("a number that is not finite", sick, "finite");
    Problem weightless = plain();
    weightless.clients[1].weight = 0;
    refuse("a weight of 0", weightless, "weight");
    Problem other = plain();
    other.clients[1] = draw({"square", Sizes::square, 3, 6, false, {}, {}, 55}, Frozen::neither).clients[1];
    refuse("other modules", other, "client 1");
    Problem nobody = plain();
    nobody.clients.clear();
    refuse("no client", nobody, "at least one client");
    rows_.refused(name_, "an unknown parameter", subjects_.make_method(name_, {{"no_such_thing", 1}}).status(), "no_such_thing");
  }

 private:
  Problem plain() const { return draw({"linear", Sizes::linear, 3, 6, false, {}, {}, 50}, frozen_in(name_, 1)); }

  void refuse(const std::string& what, const Problem& problem, std::string_view words, int round = 1) const {
    const auto method = subjects_.make_method(name_, {});
    if (!method.ok()) return rows_.failed(name_, "refuses " + what, "a method", method.status());
    fed::HeldAdapters clients(problem.clients);
    rows_.refused(name_, "refuses " + what, (*method)->combine(problem.global, clients, {round, 1}).status(), words);
  }

  const Subjects& subjects_;
  Rows& rows_;
  const std::string_view name_;
  const spec::MethodFacts& facts_;
};

}  // namespace

void check_refusals(const Subjects& subjects, Rows& rows) {
  for (const std::string_view name : {"fedit", "ffa-lora", "rolora", "lora-a2", "fedsvd", "ravan", "fed-sb", "flora", "flexlora", "fedex-lora",
                                      "lora-fair", "zero-padding", "hetlora", "rbla", "fedsa-lora", "ditto"})
    Refusals(subjects, rows, name).all_checks();
}

}  // namespace fedllm::conformance
