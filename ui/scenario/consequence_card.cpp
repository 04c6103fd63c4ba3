#include "ui/scenario/consequence_card.h"

#include <QLocale>
#include <QVBoxLayout>

#include "ui/scenario/method_exclusions.h"
#include "ui/scenario/method_words.h"

namespace fedllm::ui {

ConsequenceCard::ConsequenceCard(const QString& prefix, QWidget* parent) : QFrame(parent), prefix_(prefix) {
  setObjectName(prefix);
  setFrameShape(StyledPanel);
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
  setAccessibleName(tr("What the method means for this scenario"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(8, 6, 8, 6);
  column->setSpacing(4);
  bytes_ = line(QStringLiteral("bytes"));
  aggregation_ = line(QStringLiteral("aggregation"));
  coordinator_ = line(QStringLiteral("coordinator"));
  others_ = line(QStringLiteral("others"));
  keeps_ = line(QStringLiteral("keeps"));
  excludes_ = line(QStringLiteral("excludes"));
}

WrappedLabel* ConsequenceCard::line(const QString& name) {
  auto* label = new WrappedLabel;
  label->setObjectName(prefix_ + u'.' + name);
  label->setTextFormat(Qt::RichText);
  layout()->addWidget(label);
  return label;
}

void ConsequenceCard::say(WrappedLabel* line, const QString& head, const QString& text, const QString& tip) {
  line->say(QStringLiteral("<b>%1</b>&nbsp; %2").arg(head.toHtmlEscaped(), text.toHtmlEscaped()));
  line->setAccessibleName(tr("%1: %2").arg(head, text));
  line->setToolTip(tip);
}

void ConsequenceCard::show(const spec::Scenario& scenario, const MethodBytes& bytes) {
  const spec::MethodFacts* method = spec::find_method(scenario.strategy.aggregator);
  setVisible(method);
  if (!method) return;
  const auto found = bytes.find(scenario.strategy.aggregator);
  const Consequences means = consequencesOf(*method, scenario);
  say(bytes_, tr("Bytes"), bytesText(found == bytes.end() ? std::vector<spec::RoundBytes>{} : found->second, scenario.rounds));
  say(aggregation_, tr("Aggregation"), means.aggregation);
  say(coordinator_, tr("The coordinator sees"), means.coordinatorSees);
  say(others_, tr("Other clients see"), means.othersSee);
  say(keeps_, tr("A client keeps"), means.clientKeeps);
  QStringList names, reasons;
  for (const Exclusion& one : exclusionsOf(scenario)) {
    names << one.name;
    reasons << QStringLiteral("%1: %2").arg(one.name, one.reason);
  }
  say(excludes_, tr("Excludes"), names.isEmpty() ? tr("Nothing.") : tr("%1.").arg(QLocale().createSeparatedList(names)), reasons.join(u'\n'));
}

}  // namespace fedllm::ui
