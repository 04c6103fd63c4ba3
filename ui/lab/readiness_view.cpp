#include "ui/lab/readiness_view.h"

#include <QGridLayout>
#include <QLabel>
#include <QLocale>
#include <QPlainTextEdit>
#include <QVBoxLayout>

#include "ui/lab/lab_text.h"
#include "ui/shell/icons.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {
constexpr int kIcon = 18, kLabelsShown = 12, kSampleLines = 7;
}

ReadinessView::ReadinessView(Theme* theme, QWidget* parent) : Card(tr("Your data against the room's contract"), parent), theme_(theme) {
  setObjectName(QStringLiteral("report.lab"));
  counts_ = paragraph({}, "label.lab.counts");
  labels_ = paragraph({}, "label.lab.labels");
  findings_ = new QGridLayout;
  findings_->setColumnStretch(2, 1);
  findings_->setHorizontalSpacing(8);
  findings_->setVerticalSpacing(4);
  samplesTitle_ = new QLabel(tr("As the base model sees it"));
  samples_ = new QPlainTextEdit;
  samples_->setObjectName(QStringLiteral("text.lab.samples"));
  samples_->setAccessibleName(samplesTitle_->text());
  samples_->setWhatsThis(tr("A few records of yours after the room's template. They stay on this machine."));
  samples_->setReadOnly(true);
  samples_->setTabChangesFocus(true);
  samples_->setFixedHeight(fontMetrics().lineSpacing() * kSampleLines + 12);
  body()->addWidget(counts_);
  body()->addLayout(findings_);
  body()->addWidget(labels_);
  body()->addWidget(samplesTitle_);
  body()->addWidget(samples_);
  connect(theme, &Theme::changed, this, [this] { shown_.clear(); });
}

QString ReadinessView::counts(const wire::ReadinessReport& report) const {
  const QLocale locale;
  QStringList parts{tr("%1 records to train on").arg(locale.toString(qlonglong(report.records()))),
                    tr("%1 held out").arg(locale.toString(qlonglong(report.test_records()))),
                    tr("%1 tokens").arg(locale.toString(qlonglong(report.tokens())))};
  return parts.join(QStringLiteral(" · "));
}

void ReadinessView::addFinding(const char* icon, const QColor& color, const QString& word, const QString& sentence) {
  const int row = findings_->rowCount();
  auto* mark = new QLabel;
  mark->setPixmap(iconPixmap(QLatin1String(icon), kIcon, color, devicePixelRatioF()));
  auto* kind = new QLabel(word);
  paintText(kind, color);
  QLabel* text = paragraph(sentence, "label.lab.finding");
  findings_->addWidget(mark, row, 0, Qt::AlignTop);
  findings_->addWidget(kind, row, 1, Qt::AlignTop);
  findings_->addWidget(text, row, 2);
}

void ReadinessView::setReport(const wire::ReadinessReport& report, bool fresh) {
  const bool any = report.records() > 0 || report.test_records() > 0 || report.problems_size() > 0;
  setVisible(any);
  setEnabled(fresh);
  const std::string now = report.SerializeAsString();
  if (now == shown_) return;
  shown_ = now;
  while (QLayoutItem* item = findings_->takeAt(0)) {
    item->widget()->hide();
    item->widget()->deleteLater();
    delete item;
  }
  for (const auto& problem : report.problems()) addFinding("error", theme_->bad(), tr("Problem"), lab_text::sentence(problem));
  for (const auto& hint : report.hints()) addFinding("warning", theme_->warning(), tr("Hint"), lab_text::sentence(hint));
  if (report.problems().empty()) addFinding("ok", theme_->good(), tr("Ready"), tr("This data can take part."));
  counts_->setText(counts(report));
  counts_->setVisible(report.records() > 0);
  QStringList labels;
  for (int i = 0; i < std::min(kLabelsShown, report.labels_size()); ++i)
    labels << tr("%1 %2").arg(lab_text::from(report.labels(i).label()), QLocale().toString(qlonglong(report.labels(i).count())));
  if (report.labels_size() > kLabelsShown) labels << QStringLiteral("…");
  labels_->setText(tr("Labels: %1").arg(labels.join(QStringLiteral(" · "))));
  labels_->setVisible(!labels.isEmpty());
  paintText(labels_, theme_->mutedText());
  QStringList samples;
  for (const auto& sample : report.samples()) samples << QString::fromStdString(sample).trimmed();
  samples_->setPlainText(samples.join(QStringLiteral("\n———\n")));
  samples_->setVisible(!samples.isEmpty());
  samplesTitle_->setVisible(!samples.isEmpty());
}

}  // namespace fedllm::ui
