#include "ui/shell/problem_text.h"

#include <QCoreApplication>
#include <QHash>
#include <QRegularExpression>
#include <optional>
#include <vector>

#include "ui/shell/sentences.h"

namespace fedllm::ui {
namespace {

struct Problems {
  Q_DECLARE_TR_FUNCTIONS(Problems)
};

constexpr QChar kInner = u'9';  // the placeholder of a sentence within a sentence

struct Template {
  QRegularExpression pattern;
  QString places;  // the digit of each capture
  const char* shown;
};

Template compiled(const Sentence& sentence) {
  static const QRegularExpression place(QStringLiteral("%([1-9])"));
  const QString said = QString::fromUtf8(sentence.said);
  Template made{{}, {}, sentence.shown};
  QString pattern;
  qsizetype at = 0;
  for (auto it = place.globalMatch(said); it.hasNext();) {
    const auto found = it.next();
    pattern += QRegularExpression::escape(said.mid(at, found.capturedStart() - at)) + QStringLiteral("(.*?)");
    made.places += found.captured(1);
    at = found.capturedEnd();
  }
  pattern += QRegularExpression::escape(said.mid(at));
  made.pattern = QRegularExpression(QRegularExpression::anchoredPattern(pattern), QRegularExpression::DotMatchesEverythingOption);
  return made;
}

const std::vector<Template>& templates() {
  static const std::vector<Template> list = [] {
    std::vector<Template> made;
    for (const Sentence& sentence : labSentences()) made.push_back(compiled(sentence));
    for (const Sentence& sentence : doctorSentences()) made.push_back(compiled(sentence));
    for (const Sentence& sentence : sentences()) made.push_back(compiled(sentence));   // the general form last
    return made;
  }();
  return list;
}

struct Title {
  const char *path, *title;
};
const Title kTitles[] = {
    {"name", QT_TRANSLATE_NOOP("Problems", "Name")},
    {"seed", QT_TRANSLATE_NOOP("Problems", "Seed")},
    {"rounds", QT_TRANSLATE_NOOP("Problems", "Rounds")},
    {"codec", QT_TRANSLATE_NOOP("Problems", "Codec")},
    {"codec_density", QT_TRANSLATE_NOOP("Problems", "Codec density")},
    {"downlink_codec", QT_TRANSLATE_NOOP("Problems", "Codec down")},
    {"downlink_density", QT_TRANSLATE_NOOP("Problems", "Part that comes down")},
    {"base_model", QT_TRANSLATE_NOOP("Problems", "Base model")},
    {"base_precision", QT_TRANSLATE_NOOP("Problems", "Base precision")},
    {"dataset", QT_TRANSLATE_NOOP("Problems", "Dataset")},
    {"dataset.files", QT_TRANSLATE_NOOP("Problems", "Data files")},
    {"dataset.test_files", QT_TRANSLATE_NOOP("Problems", "Held-out files")},
    {"dataset.format", QT_TRANSLATE_NOOP("Problems", "Format")},
    {"dataset.bad_lines", QT_TRANSLATE_NOOP("Problems", "Bad lines")},
    {"dataset.template", QT_TRANSLATE_NOOP("Problems", "Template")},
    {"dataset.template.response", QT_TRANSLATE_NOOP("Problems", "Response")},
    {"dataset.template.system", QT_TRANSLATE_NOOP("Problems", "System text")},
    {"dataset.label", QT_TRANSLATE_NOOP("Problems", "Label field")},
    {"dataset.test_fraction", QT_TRANSLATE_NOOP("Problems", "Held-out share")},
    {"partition", QT_TRANSLATE_NOOP("Problems", "Split")},
    {"partition.method", QT_TRANSLATE_NOOP("Problems", "Split")},
    {"partition.clients", QT_TRANSLATE_NOOP("Problems", "Clients")},
    {"partition.alpha", QT_TRANSLATE_NOOP("Problems", "Alpha of the split")},
    {"partition.column", QT_TRANSLATE_NOOP("Problems", "Column of the split")},
    {"partition.min_records", QT_TRANSLATE_NOOP("Problems", "Fewest records")},
    {"partition.labels_per_client", QT_TRANSLATE_NOOP("Problems", "Labels of each client")},
    {"lora.rank", QT_TRANSLATE_NOOP("Problems", "LoRA rank")},
    {"lora.alpha", QT_TRANSLATE_NOOP("Problems", "LoRA alpha")},
    {"lora.dropout", QT_TRANSLATE_NOOP("Problems", "LoRA dropout")},
    {"lora.target_modules", QT_TRANSLATE_NOOP("Problems", "Target modules")},
    {"lora.exclude_modules", QT_TRANSLATE_NOOP("Problems", "Excluded modules")},
    {"lora.modules_to_save", QT_TRANSLATE_NOOP("Problems", "Modules kept whole")},
    {"lora.layers_to_transform", QT_TRANSLATE_NOOP("Problems", "Layers with LoRA")},
    {"lora.layers_pattern", QT_TRANSLATE_NOOP("Problems", "Pattern of layers")},
    {"lora.rank_pattern", QT_TRANSLATE_NOOP("Problems", "Rank by module")},
    {"lora.alpha_pattern", QT_TRANSLATE_NOOP("Problems", "Alpha by module")},
    {"training.local_steps", QT_TRANSLATE_NOOP("Problems", "Local steps")},
    {"training.local_epochs", QT_TRANSLATE_NOOP("Problems", "Local epochs")},
    {"training.batch_size", QT_TRANSLATE_NOOP("Problems", "Batch size")},
    {"training.learning_rate", QT_TRANSLATE_NOOP("Problems", "Learning rate")},
    {"training.max_length", QT_TRANSLATE_NOOP("Problems", "Longest record")},
    {"training.weight_decay", QT_TRANSLATE_NOOP("Problems", "Weight decay")},
    {"training.clip_norm", QT_TRANSLATE_NOOP("Problems", "Gradient clipping")},
    {"training.optimizer", QT_TRANSLATE_NOOP("Problems", "Clients' optimizer")},
    {"training.momentum", QT_TRANSLATE_NOOP("Problems", "Momentum")},
    {"training.warmup_fraction", QT_TRANSLATE_NOOP("Problems", "Warm-up")},
    {"strategy.aggregator", QT_TRANSLATE_NOOP("Problems", "Aggregator")},
    {"strategy.server_optimizer", QT_TRANSLATE_NOOP("Problems", "Coordinator's optimizer")},
    {"strategy.server_learning_rate", QT_TRANSLATE_NOOP("Problems", "Coordinator's rate")},
    {"strategy.server_momentum", QT_TRANSLATE_NOOP("Problems", "Momentum")},
    {"strategy.server_beta1", QT_TRANSLATE_NOOP("Problems", "Beta 1")},
    {"strategy.server_beta2", QT_TRANSLATE_NOOP("Problems", "Beta 2")},
    {"strategy.server_tau", QT_TRANSLATE_NOOP("Problems", "Tau")},
    {"strategy.parameters", QT_TRANSLATE_NOOP("Problems", "Parameters of the method")},
    {"strategy.control_variates", QT_TRANSLATE_NOOP("Problems", "Control variates")},
    {"strategy.proximal_mu", QT_TRANSLATE_NOOP("Problems", "FedProx mu")},
    {"cohort.size", QT_TRANSLATE_NOOP("Problems", "Cohort")},
    {"cohort.fraction", QT_TRANSLATE_NOOP("Problems", "Cohort")},
    {"network.uplink_mbit_s", QT_TRANSLATE_NOOP("Problems", "Uplink")},
    {"network.downlink_mbit_s", QT_TRANSLATE_NOOP("Problems", "Downlink")},
    {"network.latency_ms", QT_TRANSLATE_NOOP("Problems", "Latency")},
    {"network.quorum", QT_TRANSLATE_NOOP("Problems", "Quorum")},
    {"network.deadline_s", QT_TRANSLATE_NOOP("Problems", "Deadline of a round")},
    {"evaluation.metrics", QT_TRANSLATE_NOOP("Problems", "Measures of answers")},
    {"evaluation.answer_records", QT_TRANSLATE_NOOP("Problems", "Records answered")},
    {"evaluation.max_new_tokens", QT_TRANSLATE_NOOP("Problems", "Tokens of an answer")},
    {"evaluation.references", QT_TRANSLATE_NOOP("Problems", "Reference lines")},
    {"evaluation.max_records", QT_TRANSLATE_NOOP("Problems", "Records scored")},
    {"evaluation.control_files", QT_TRANSLATE_NOOP("Problems", "Control files")},
    {"clients.name", QT_TRANSLATE_NOOP("Problems", "Name")},
    {"clients.local_steps", QT_TRANSLATE_NOOP("Problems", "Local steps")},
    {"clients.learning_rate", QT_TRANSLATE_NOOP("Problems", "Learning rate")},
    {"clients.rank", QT_TRANSLATE_NOOP("Problems", "Rank")},
    {"clients.speed", QT_TRANSLATE_NOOP("Problems", "Speed")},
    {"clients.uplink_mbit_s", QT_TRANSLATE_NOOP("Problems", "Uplink")},
    {"clients.downlink_mbit_s", QT_TRANSLATE_NOOP("Problems", "Downlink")},
    {"clients.latency_ms", QT_TRANSLATE_NOOP("Problems", "Latency")},
    {"clients.x", QT_TRANSLATE_NOOP("Problems", "Place")},
    {"clients.y", QT_TRANSLATE_NOOP("Problems", "Place")},
};

// Without indices: "dataset.files.0" is one of the data files. Empty: no such path.
QString titleOf(QString path) {
  static const QRegularExpression index(QStringLiteral("\\.\\d+$"));
  path.remove(index);
  for (const Title& known : kTitles)
    if (path == QLatin1String(known.path)) return Problems::tr(known.title);
  return {};
}

// In one pass: what is filled in may hold a percent sign of its own.
QString filled(const QString& text, const QHash<QChar, QString>& values) {
  QString out;
  for (qsizetype i = 0; i < text.size(); ++i) {
    const bool place = text[i] == u'%' && i + 1 < text.size() && values.contains(text[i + 1]);
    out += place ? values[text[++i]] : QString(text[i]);
  }
  return out;
}

std::optional<QString> byTemplate(const QString& sentence) {
  for (const Template& candidate : templates()) {
    const auto match = candidate.pattern.match(sentence);
    if (!match.hasMatch()) continue;
    QHash<QChar, QString> values;
    for (int i = 0; i < candidate.places.size(); ++i) {
      const QString value = match.captured(i + 1);
      values[candidate.places[i]] = candidate.places[i] == kInner ? sentenceText(value) : value;
    }
    return filled(Problems::tr(candidate.shown), values);
  }
  return std::nullopt;
}

std::optional<QString> withoutGuess(const QString& sentence) {
  static const QRegularExpression guess(QStringLiteral("^(.*)[;,] did you mean \"(.+)\"\\?$"),
                                        QRegularExpression::DotMatchesEverythingOption);
  const auto match = guess.match(sentence);
  if (!match.hasMatch()) return std::nullopt;
  return Problems::tr("%1; did you mean “%2”?").arg(sentenceText(match.captured(1)), match.captured(2));
}

std::optional<QString> withoutRest(const QString& sentence) {
  static const QRegularExpression rest(QStringLiteral("^(.*) \\(and (\\d+) more problems?\\)$"),
                                       QRegularExpression::DotMatchesEverythingOption);
  const auto match = rest.match(sentence);
  if (!match.hasMatch()) return std::nullopt;
  return Problems::tr("%1 (and %n more problem(s))", nullptr, match.captured(2).toInt()).arg(sentenceText(match.captured(1)));
}

// "dataset.files: …", "/home/x/a.json: …": the place stays, what follows it is a sentence.
std::optional<QString> behindAPlace(const QString& sentence) {
  for (qsizetype at = sentence.indexOf(QLatin1String(": ")); at > 0; at = sentence.indexOf(QLatin1String(": "), at + 2)) {
    const QString rest = sentence.mid(at + 2), known = sentenceText(rest);
    if (known != rest || byTemplate(rest)) return Problems::tr("%1: %2").arg(fieldTitle(sentence.left(at)), known);
  }
  return std::nullopt;
}

}  // namespace

QString sentenceText(const QString& sentence) {
  if (const auto text = withoutRest(sentence)) return *text;
  if (const auto text = withoutGuess(sentence)) return *text;
  if (const auto text = byTemplate(sentence)) return *text;
  return behindAPlace(sentence).value_or(sentence);
}

QString problemText(const spec::Problem& problem) { return sentenceText(QString::fromStdString(problem.message)); }

QString statusText(const Status& status) { return sentenceText(QString::fromStdString(status.message())); }

bool isDataPath(const QString& path) {
  return path.startsWith(QLatin1String("dataset")) ||
         (path.startsWith(QLatin1String("partition")) && path != QLatin1String("partition.clients")) ||
         path.startsWith(QLatin1String("evaluation.control"));
}

QString fieldTitle(const QString& path) {
  static const QRegularExpression ofClient(QStringLiteral("^clients\\.(\\d+)(\\..+)?$"));
  const auto match = ofClient.match(path);
  if (!match.hasMatch()) {
    const QString title = titleOf(path);
    return title.isEmpty() ? path : title;
  }
  const QString client = Problems::tr("Client %1").arg(match.captured(1).toInt() + 1);
  const QString title = titleOf(QStringLiteral("clients") + match.captured(2));
  return title.isEmpty() ? client : Problems::tr("%1, %2").arg(client, title);
}

}  // namespace fedllm::ui
