#include "ui/run/references.h"

#include <QCoreApplication>
#include <cmath>
#include <optional>

namespace fedllm::ui {
namespace {

struct Words { Q_DECLARE_TR_FUNCTIONS(References) };

struct Sum {
  double loss = 0, tokens = 0, hits = 0, records = 0;
  std::optional<Reference> over(Reference::Kind kind) const {
    if (tokens <= 0) return std::nullopt;
    return Reference{kind, loss / tokens, hits / records};
  }
};

// Tiles of a run from before tokens were told weigh by their records.
Sum sumOf(const RunRecord& record, QLatin1String adapter) {
  Sum sum;
  for (const Tile& tile : record.tiles()) {
    if (tile.adapter != adapter || !tile.topic.isEmpty() || !std::isfinite(tile.loss)) continue;
    const double weight = tile.tokens > 0 ? tile.tokens : tile.n;
    sum.loss += tile.loss * weight;
    sum.tokens += weight;
    sum.hits += tile.exact * tile.n;
    sum.records += tile.n;
  }
  return sum;
}

}  // namespace

std::vector<Reference> references(const RunRecord& record) {
  std::vector<Reference> found;
  for (const auto& [adapter, kind] : {std::pair(QLatin1String("base"), Reference::Kind::Base), {QLatin1String("local"), Reference::Kind::Local},
                                      {QLatin1String("centralised"), Reference::Kind::Centralised}})
    if (const auto reference = sumOf(record, adapter).over(kind)) found.push_back(*reference);
  return found;
}

QString referenceName(Reference::Kind kind) {
  switch (kind) {
    case Reference::Kind::Base: return Words::tr("base");
    case Reference::Kind::Local: return Words::tr("local-only");
    case Reference::Kind::Centralised: return Words::tr("centralised");
  }
  return {};
}

}  // namespace fedllm::ui
