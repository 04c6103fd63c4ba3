#include "ui/chat/try_prompts.h"

#include <QRegularExpression>
#include <QStringList>
#include <algorithm>

namespace fedllm::ui {
namespace {

constexpr int kFewestShared = 2;       // words that prompts of a template have in common
constexpr int kLongestSlot = 12;       // words in the slot; longer texts are not a slot but a prompt

// Words with the white space and punctuation that follows them, so that joining them gives the text back.
QStringList wordsOf(const QString& text) {
  static const QRegularExpression pattern(QStringLiteral("[\\w'’-]+|[^\\w\\s]|\\s+"), QRegularExpression::UseUnicodePropertiesOption);
  QStringList words;
  for (auto match = pattern.globalMatch(text); match.hasNext();) words << match.next().captured();
  return words;
}

bool isWord(const QString& piece) { return !piece.isEmpty() && piece.front().isLetterOrNumber(); }

int commonPrefix(const QStringList& a, const QStringList& b, int limit) {
  int n = 0;
  while (n < limit && n < a.size() && n < b.size() && a[n] == b[n]) ++n;
  return n;
}

int commonSuffix(const QStringList& a, const QStringList& b, int limit) {
  int n = 0;
  while (n < limit && n < a.size() && n < b.size() && a[a.size() - 1 - n] == b[b.size() - 1 - n]) ++n;
  return n;
}

struct Cluster {
  QString topic;
  std::vector<int> items;
  int prefix = 0, suffix = 0;          // pieces
};

int sharedWords(const QStringList& pieces, int prefix, int suffix) {
  int words = 0;
  for (int i = 0; i < pieces.size(); ++i)
    if ((i < prefix || i >= pieces.size() - suffix) && isWord(pieces[i])) ++words;
  return words;
}

// Joins the item if what is left in common is enough; narrows the cluster's frame.
bool join(Cluster& cluster, const std::vector<QStringList>& pieces, int item) {
  const QStringList& first = pieces[cluster.items.front()];
  const QStringList& other = pieces[item];
  const bool alone = cluster.items.size() == 1;
  const int room = int(std::min(first.size(), other.size())) - 1;
  if (first == other) return true;
  const int prefix = commonPrefix(first, other, alone ? room : std::min(room, cluster.prefix));
  const int suffix = commonSuffix(first, other, std::min(room - prefix, alone ? room : cluster.suffix));
  const int slot = int(std::max(first.size(), other.size())) - prefix - suffix;
  if (sharedWords(first, prefix, suffix) < kFewestShared || slot > 2 * kLongestSlot || suffix < 0) return false;
  cluster.prefix = prefix;
  cluster.suffix = suffix;
  cluster.items.push_back(item);
  return true;
}

// Labels of a classification share one question: clusters of different topics become one where two words in front agree.
bool merge(Cluster& into, const Cluster& from, const std::vector<QStringList>& pieces) {
  const QStringList& a = pieces[into.items.front()];
  const QStringList& b = pieces[from.items.front()];
  const int room = int(std::min(a.size(), b.size())) - 1;
  const int limitA = into.items.size() > 1 ? into.prefix : room, limitB = from.items.size() > 1 ? from.prefix : room;
  const int prefix = commonPrefix(a, b, std::min({room, limitA, limitB}));
  if (sharedWords(a, prefix, 0) < kFewestShared) return false;
  const int suffixA = into.items.size() > 1 ? into.suffix : room - prefix, suffixB = from.items.size() > 1 ? from.suffix : room - prefix;
  into.suffix = commonSuffix(a, b, std::min({room - prefix, suffixA, suffixB}));
  into.prefix = prefix;
  into.items.insert(into.items.end(), from.items.begin(), from.items.end());
  into.topic.clear();
  return true;
}

PromptTemplate build(const Cluster& cluster, const std::vector<QStringList>& pieces, const wire::TryItemsReply& reply) {
  PromptTemplate result;
  result.topic = cluster.topic;
  const QStringList& first = pieces[cluster.items.front()];
  const bool slotted = cluster.items.size() > 1;
  if (slotted) {
    result.before = first.mid(0, cluster.prefix).join(QString());
    result.after = first.mid(first.size() - cluster.suffix).join(QString());
  }
  for (int item : cluster.items) {
    const QString prompt = QString::fromStdString(reply.items(item).prompt());
    const QString slot = slotted ? prompt.mid(result.before.size(), prompt.size() - result.before.size() - result.after.size()) : prompt;
    result.items.push_back({slot.trimmed(), prompt, QString::fromStdString(reply.items(item).expected())});
  }
  return result;
}

}  // namespace

QString PromptTemplate::label() const {
  if (before.isEmpty() && after.isEmpty()) return items.front().prompt.simplified();
  return (before.trimmed() + QStringLiteral(" … ") + after.trimmed()).simplified();
}

std::vector<PromptTemplate> findTemplates(const wire::TryItemsReply& reply) {
  std::vector<QStringList> pieces;
  std::vector<Cluster> clusters;
  for (int i = 0; i < reply.items_size(); ++i) {
    const QString topic = QString::fromStdString(reply.items(i).topic());
    pieces.push_back(wordsOf(QString::fromStdString(reply.items(i).prompt())));
    bool joined = false;
    for (Cluster& cluster : clusters) joined = joined || (cluster.topic == topic && join(cluster, pieces, i));
    if (!joined) clusters.push_back({topic, {i}});
  }
  std::vector<Cluster> merged;
  for (const Cluster& cluster : clusters) {
    const bool done = std::any_of(merged.begin(), merged.end(), [&](Cluster& into) { return merge(into, cluster, pieces); });
    if (!done) merged.push_back(cluster);
  }
  std::vector<PromptTemplate> templates;
  for (const Cluster& cluster : merged) templates.push_back(build(cluster, pieces, reply));
  return templates;
}

}  // namespace fedllm::ui
