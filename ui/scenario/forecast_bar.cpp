#include "ui/scenario/forecast_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <algorithm>

#include "spec/scenario_json.h"
#include "ui/link/core_link.h"
#include "ui/model/run_session.h"
#include "ui/shell/elided_label.h"
#include "ui/shell/icons.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/status_line.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

QString sizeText(qint64 bytes) { return QLocale().formattedDataSize(bytes, 1); }

MethodBytes bytesIn(const wire::ForecastInfo& forecast) {
  MethodBytes bytes;
  for (const wire::MethodBytes& method : forecast.methods())
    for (int i = 0; i < std::min(method.up_size(), method.down_size()); ++i)
      bytes[method.aggregator()].push_back({method.up(i), method.down(i)});
  return bytes;
}

}  // namespace

ForecastBar::ForecastBar(ScenarioEditor* editor, CoreLink* link, RunSession* session, const Theme* theme, QWidget* parent)
    : QWidget(parent), editor_(editor), link_(link), session_(session), theme_(theme), run_(new QPushButton(tr("Run"))) {
  setObjectName(QStringLiteral("forecast"));
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(12, 6, 12, 6);
  row->setSpacing(18);
  const auto add = [&](QLabel*& label, const char* name, const QString& help) {
    label = new ElidedLabel;
    label->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Preferred);
    label->setObjectName(QString::fromLatin1(name));
    label->setToolTip(help);
    row->addWidget(label);
  };
  add(time_, "forecast.time", tr("How long the run should take on this computer, as a range"));
  add(bytes_, "forecast.bytes", tr("Bytes of all updates, up and down together, exactly as the codec writes them"));
  add(adapter_, "forecast.adapter", tr("Numbers that are trained, and the base model's, which stay as they are"));
  add(data_, "forecast.data", tr("Records that are trained on and records held out for scoring"));
  row->addStretch(1);
  add(problems_, "forecast.problems", tr("Errors keep the scenario from running"));
  problems_->setMinimumWidth(fontMetrics().horizontalAdvance(tr("No problems")) + 8);
  run_->setObjectName(QStringLiteral("btn.run"));
  run_->setIcon(themedIcon(QStringLiteral("play")));
  run_->setToolTip(tr("Run this scenario (F5)"));
  run_->setAutoDefault(false);
  row->addWidget(run_);
  connect(run_, &QPushButton::clicked, this, &ForecastBar::runAsked);
  connect(editor, &ScenarioEditor::changed, this, &ForecastBar::ask);
  connect(editor, &ScenarioEditor::problemsChanged, this, &ForecastBar::refresh);
  connect(link, &CoreLink::stateChanged, this, [this](CoreLink::State state) { if (state == CoreLink::State::Ready) ask(); });
  connect(session, &RunSession::currentChanged, this, &ForecastBar::refresh);
  connect(session, &RunSession::startFailed, this, &ForecastBar::refresh);
  connect(theme, &Theme::changed, this, &ForecastBar::refresh);
  refresh();
}

void ForecastBar::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (!answered_) ask();
}

void ForecastBar::ask() {
  refresh();
  if (!isVisible() || link_->state() != CoreLink::State::Ready) return void(answered_ = false);
  sinceEdit_.start();
  if (asking_) return void(again_ = true);
  asking_ = true;
  wire::CheckRequest request;
  request.set_scenario_json(spec::to_json(editor_->scenario()));
  request.set_base_dir(editor_->document()->baseDir().toStdString());
  request.set_open_files(true);
  link_->check(request, this, [this](Result<wire::CheckReply> reply) {
    asking_ = false;
    answered_ = true;
    lastAnswerMs_ = double(sinceEdit_.nsecsElapsed()) / 1e6;
    failure_ = reply.ok() ? QString() : statusText(reply.status());
    if (reply.ok()) take(*reply);
    else forecast_.Clear(), emit bytesKnown({});
    refresh();
    if (std::exchange(again_, false)) ask();
  });
}

void ForecastBar::take(const wire::CheckReply& reply) {
  forecast_ = reply.forecast();
  std::vector<spec::Problem> problems;
  for (const auto& p : reply.problems())
    problems.push_back({p.severity() == "error" ? spec::Problem::Severity::error : spec::Problem::Severity::warning, p.path(),
                        p.message(), p.code()});
  QStringList modules;
  for (const auto& name : forecast_.linear_modules()) modules << QString::fromStdString(name);
  emit modulesKnown(modules);
  emit bytesKnown(bytesIn(forecast_));
  editor_->setCoreProblems(std::move(problems));
  if (!editor_->mayChangeClients()) editor_->setClientsFromData(forecast_.clients());
}

void ForecastBar::refresh() {
  const auto& problems = editor_->problems();
  const auto errors =
      std::count_if(problems.begin(), problems.end(), [](const auto& p) { return p.severity == spec::Problem::Severity::error; });
  QPalette palette = problems_->palette();
  palette.setColor(QPalette::WindowText, errors ? theme_->bad() : problems.empty() ? theme_->good() : theme_->warning());
  problems_->setPalette(palette);
  problems_->setText(problems.empty() ? tr("No problems") : tr("%n problem(s)", nullptr, int(problems.size())));
  run_->setEnabled(errors == 0 && !session_->starting());
  run_->setToolTip(errors ? tr("Errors keep this scenario from running; the list of problems names them")
                          : tr("Run this scenario (F5)"));
  const bool known = forecast_.update_payload_bytes() > 0;
  for (QLabel* label : {bytes_, adapter_, data_}) label->setVisible(known);
  if (!known) {
    time_->setText(!failure_.isEmpty()                                   ? failure_
                   : link_->state() == CoreLink::State::Ready && asking_ ? tr("Forecasting…")
                   : link_->state() == CoreLink::State::Ready            ? tr("No forecast yet")
                                                                         : link_->stateSentence());
    return;
  }
  const int rounds = std::max(1, editor_->scenario().rounds);
  const qint64 total = forecast_.uplink_bytes() + forecast_.downlink_bytes();
  time_->setText(forecast_.high_s() > 0 ? tr("Time: %1").arg(durationRangeText(forecast_.low_s(), forecast_.high_s()))
                                        : tr("Time: known after the first run"));
  bytes_->setText(tr("%1 in all, %2 a round").arg(sizeText(total), sizeText(total / rounds)));
  bytes_->setAccessibleDescription(tr("%L1 bytes").arg(total));
  adapter_->setText(
      tr("Adapter %L1 of %L2 parameters").arg(qint64(forecast_.adapter_parameters())).arg(qint64(forecast_.model_parameters())));
  data_->setText(tr("%L1 + %L2 records").arg(qint64(forecast_.train_records())).arg(qint64(forecast_.test_records())));
}

}  // namespace fedllm::ui
