#include "ui/shell/problem_text.h"

#include <QCoreApplication>
#include <QHash>
#include <QRegularExpression>
#include <functional>
#include <vector>

namespace fedllm::ui {
namespace {

struct Problems {
  Q_DECLARE_TR_FUNCTIONS(Problems)
};

struct Form {
  QRegularExpression pattern;
  std::function<QString(const QRegularExpressionMatch&)> text;
};

// Each form is matched as a whole; captures are numbers and names, which need no translation.
const std::vector<Form>& forms() {
  using M = QRegularExpressionMatch;
  const auto re = [](const char* pattern) {
    return QRegularExpression(QStringLiteral("^") + QLatin1String(pattern) + QStringLiteral("$"));
  };
  static const std::vector<Form> list{
      {re("expected a whole number from (\\S+) to (\\S+), got (\\S+)"),
       [](const M& m) {
         return Problems::tr("expected a whole number from %1 to %2, got %3").arg(m.captured(1), m.captured(2), m.captured(3));
       }},
      {re("expected a number from (\\S+) to (\\S+), got (\\S+)"),
       [](const M& m) {
         return Problems::tr("expected a number from %1 to %2, got %3").arg(m.captured(1), m.captured(2), m.captured(3));
       }},
      {re("expected a number more than (\\S+), got (\\S+)"),
       [](const M& m) { return Problems::tr("expected a number more than %1, got %2").arg(m.captured(1), m.captured(2)); }},
      {re("expected a number (\\S+) or more, got (\\S+)"),
       [](const M& m) { return Problems::tr("expected a number %1 or more, got %2").arg(m.captured(1), m.captured(2)); }},
      {re("expected a number more than (\\S+) and at most (\\S+), got (\\S+)"),
       [](const M& m) {
         return Problems::tr("expected a number more than %1 and at most %2, got %3")
             .arg(m.captured(1), m.captured(2), m.captured(3));
       }},
      {re("expected a number at least (\\S+) and less than (\\S+), got (\\S+)"),
       [](const M& m) {
         return Problems::tr("expected a number at least %1 and less than %2, got %3")
             .arg(m.captured(1), m.captured(2), m.captured(3));
       }},
      {re("expected at least one file, got none"), [](const M&) { return Problems::tr("choose at least one data file"); }},
      {re("expected at least one module name such as (\\S+), got none"),
       [](const M& m) { return Problems::tr("choose at least one module, such as %1").arg(m.captured(1)); }},
      {re("with one client there is nothing to average"),
       [](const M&) { return Problems::tr("with one client there is nothing to average"); }},
      {re("(\\S+) expects a number of clients, got none"),
       [](const M& m) { return Problems::tr("%1 expects a number of clients").arg(m.captured(1)); }},
      {re("dirichlet expects the field that holds the label, got nothing"),
       [](const M&) { return Problems::tr("the Dirichlet split needs the field that holds the label"); }},
      {re("by_column expects the field whose values are the clients, got nothing"),
       [](const M&) { return Problems::tr("the split by column needs the field whose values are the clients"); }},
      {re("by_file with one file gives one client"),
       [](const M&) { return Problems::tr("one file a client: with one file there is one client"); }},
      {re("the scenario has no name"), [](const M&) { return Problems::tr("the scenario has no name"); }},
      {re("expected a folder or builtin:NAME, got nothing"),
       [](const M&) { return Problems::tr("choose a base model: a folder or builtin:NAME"); }},
      {re("a learning rate of (\\S+) usually diverges; .*"),
       [](const M& m) {
         return Problems::tr("a learning rate of %1 usually diverges; 0.0001 to 0.01 is common for LoRA").arg(m.captured(1));
       }},
      {re("no records are held out, .*"),
       [](const M&) { return Problems::tr("no records are held out, so the run has no held-out loss and no exact match"); }},
  };
  return list;
}

}  // namespace

QString problemText(const spec::Problem& problem) {
  const QString message = QString::fromStdString(problem.message);
  for (const Form& form : forms())
    if (const auto match = form.pattern.match(message); match.hasMatch()) return form.text(match);
  return message;
}

QString fieldTitle(const QString& path) {
  const QHash<QString, QString> titles{{QStringLiteral("name"), Problems::tr("Name")},
                                       {QStringLiteral("seed"), Problems::tr("Seed")},
                                       {QStringLiteral("rounds"), Problems::tr("Rounds")},
                                       {QStringLiteral("codec"), Problems::tr("Codec")},
                                       {QStringLiteral("base_model"), Problems::tr("Base model")},
                                       {QStringLiteral("lora.rank"), Problems::tr("LoRA rank")},
                                       {QStringLiteral("lora.alpha"), Problems::tr("LoRA alpha")},
                                       {QStringLiteral("lora.dropout"), Problems::tr("LoRA dropout")},
                                       {QStringLiteral("lora.target_modules"), Problems::tr("Target modules")},
                                       {QStringLiteral("training.local_steps"), Problems::tr("Local steps")},
                                       {QStringLiteral("training.local_epochs"), Problems::tr("Local epochs")},
                                       {QStringLiteral("training.learning_rate"), Problems::tr("Learning rate")},
                                       {QStringLiteral("training.batch_size"), Problems::tr("Batch size")},
                                       {QStringLiteral("training.max_length"), Problems::tr("Longest record")},
                                       {QStringLiteral("partition.clients"), Problems::tr("Clients")},
                                       {QStringLiteral("partition.alpha"), Problems::tr("Alpha of the split")},
                                       {QStringLiteral("partition.column"), Problems::tr("Column of the split")},
                                       {QStringLiteral("partition.method"), Problems::tr("Split")},
                                       {QStringLiteral("dataset.files"), Problems::tr("Data files")},
                                       {QStringLiteral("dataset.label"), Problems::tr("Label field")},
                                       {QStringLiteral("dataset.test_fraction"), Problems::tr("Held-out share")},
                                       {QStringLiteral("cohort.size"), Problems::tr("Cohort")},
                                       {QStringLiteral("cohort.fraction"), Problems::tr("Cohort")}};
  return titles.value(path, path);
}

}  // namespace fedllm::ui
