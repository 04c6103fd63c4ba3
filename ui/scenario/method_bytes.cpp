#include "ui/scenario/method_bytes.h"

#include <QCoreApplication>
#include <QLocale>
#include <QStringList>
#include <algorithm>

namespace fedllm::ui {
namespace {

struct Words {
  Q_DECLARE_TR_FUNCTIONS(Methods)
};

QString size(int64_t bytes) { return QLocale().formattedDataSize(bytes, 1); }

bool known(const std::vector<spec::RoundBytes>& bytes) { return !bytes.empty() && bytes.front().up > 0; }

QString range(const std::vector<spec::RoundBytes>& bytes, int64_t spec::RoundBytes::*way) {
  const auto [low, high] = std::minmax_element(bytes.begin(), bytes.end(), [way](const auto& a, const auto& b) { return a.*way < b.*way; });
  const QString least = size((*low).*way), most = size((*high).*way);
  return least == most ? least : Words::tr("%1 to %2").arg(least, most);
}

}  // namespace

QString bytesText(const std::vector<spec::RoundBytes>& bytes, int rounds) {
  if (!known(bytes)) return Words::tr("Known when the core has forecast the scenario without errors.");
  const auto one = [](const spec::RoundBytes& round) { return Words::tr("%1 up, %2 down").arg(size(round.up), size(round.down)); };
  if (std::all_of(bytes.begin(), bytes.end(), [&](const auto& round) { return round == bytes.front(); }))
    return Words::tr("%1 for each client and round.").arg(one(bytes.front()));
  QStringList parts;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const bool rest = i == 1 && std::all_of(bytes.begin() + 2, bytes.end(), [&](const auto& round) { return round == bytes[1]; });
    parts << (rest ? Words::tr("later rounds: %1").arg(one(bytes[i])) : Words::tr("round %1: %2").arg(i + 1).arg(one(bytes[i])));
    if (rest) return Words::tr("For each client, %1.").arg(parts.join(QStringLiteral("; ")));
  }
  const QString all = parts.join(QStringLiteral("; "));
  return int(bytes.size()) < rounds ? Words::tr("For each client, %1; and so on.").arg(all) : Words::tr("For each client, %1.").arg(all);
}

QString shortBytesText(const std::vector<spec::RoundBytes>& bytes) {
  if (!known(bytes)) return {};
  return Words::tr("%1 up, %2 down").arg(range(bytes, &spec::RoundBytes::up), range(bytes, &spec::RoundBytes::down));
}

}  // namespace fedllm::ui
