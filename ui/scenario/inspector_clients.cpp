// Inspector, the part for clients and links: what departs from the federation's values, for all that are selected at once.
#include <QLabel>
#include <QVBoxLayout>

#include "ui/scenario/inspector.h"
#include "ui/scenario/method_exclusions.h"
#include "ui/scenario/scenario_edits.h"

namespace fedllm::ui {

using spec::Scenario;

QWidget* Inspector::buildClients() {
  auto* page = new QWidget;
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(clients_ = new FieldForm(editor_, theme_));
  // The first selected client's value is shown; a change goes to all that are selected.
  const auto first = [this](const Scenario& s) -> const spec::ClientOverride* {
    const auto chosen = editor_->selectedClients();
    return chosen.empty() || !(s == editor_->scenario()) ? nullptr : edits::overrideOf(s, chosen.front());
  };
  const auto all = [this](Scenario& s, auto change) {
    for (int client : editor_->selectedClients()) change(edits::needOverride(s, client));
    edits::tidy(s);
  };
  clients_->addText({QStringLiteral("clients.name"), tr("&Name"), tr("Shown on the canvas, in curves and tables.")},
                    [this](const Scenario& s) {
                      const auto chosen = editor_->selectedClients();
                      return chosen.size() == 1 ? edits::clientName(s, chosen[0]) : QString();
                    },
                    [this](Scenario& s, const QString& name) {
                      const auto chosen = editor_->selectedClients();
                      if (chosen.size() == 1 && name.trimmed() != edits::clientName(s, chosen[0]))
                        edits::rename(s, chosen[0], name);
                    });
  clients_->addText(
      {QStringLiteral("clients.group"), tr("&Group"), tr("Clients of one group stand together in the outline; empty: none.")},
      [first](const Scenario& s) {
        const auto* o = first(s);
        return o && o->group ? QString::fromStdString(*o->group) : QString();
      },
      [this](Scenario& s, const QString& name) { edits::setGroup(s, editor_->selectedClients(), name.trimmed()); });
  clients_->addNumber(
      {QStringLiteral("clients.speed"), tr("&Speed"),
       tr("Compared with this computer, for the forecast: 0.5 takes twice as long.")},
      0, 100, 3, tr("×"),
      [first](const Scenario& s) {
        const auto* o = first(s);
        return o && o->speed ? *o->speed : 0;
      },
      [all](Scenario& s, double v) { all(s, [v](auto& o) { o.speed = v > 0 ? std::optional(v) : std::nullopt; }); },
      tr("as this computer"));
  clients_->addNumber(
      {QStringLiteral("clients.local_steps"), tr("Local s&teps"), tr("This client's own number of steps a round.")}, 0, 1000000,
      0, {},
      [first](const Scenario& s) {
        const auto* o = first(s);
        return o && o->local_steps ? double(*o->local_steps) : 0;
      },
      [all](Scenario& s, double v) { all(s, [v](auto& o) { o.local_steps = v >= 1 ? std::optional(int(v)) : std::nullopt; }); },
      tr("as everybody"));
  clients_->addNumber(
      {QStringLiteral("clients.learning_rate"), tr("&Learning rate"), tr("This client's own learning rate.")}, 0, 10, 8, {},
      [first](const Scenario& s) {
        const auto* o = first(s);
        return o && o->learning_rate ? *o->learning_rate : 0;
      },
      [all](Scenario& s, double v) { all(s, [v](auto& o) { o.learning_rate = v > 0 ? std::optional(v) : std::nullopt; }); },
      tr("as everybody"));
  clients_->addNumber(
      {QStringLiteral("clients.rank"), tr("LoRA ran&k"),
       tr("The inner size of this client's adapter, at most the federation's.\n\nA smaller rank costs a weak machine less memory and fewer bytes; the method must be one that mixes ranks.")},
      0, 4096, 0, {},
      [first](const Scenario& s) {
        const auto* o = first(s);
        return o && o->rank ? double(*o->rank) : 0;
      },
      [all](Scenario& s, double v) { all(s, [v](auto& o) { o.rank = v >= 1 ? std::optional(int(v)) : std::nullopt; }); },
      tr("as everybody"));
  clients_->disableWhere(QStringLiteral("clients.rank"), [this] { return whyNot(editor_->scenario(), StrategyOption::ClientRanks); });
  column->addStretch(1);
  return page;
}

QWidget* Inspector::buildLinks() {
  auto* page = new QWidget;
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(0, 0, 0, 0);
  auto* note = new QLabel(tr("Links are used by the forecast and the modelled figures; they slow no run down."));
  note->setWordWrap(true);
  column->addWidget(note);
  column->addWidget(links_ = new FieldForm(editor_, theme_));
  const auto add = [this](const QString& path, const QString& label, const QString& help, const QString& unit, auto member,
                          auto common) {
    links_->addNumber({path, label, help}, 0, 1e6, 3, unit,
                      [this, member, common](const Scenario& s) {
                        const auto chosen = editor_->selectedClients();
                        const auto* o =
                            chosen.empty() || !(s == editor_->scenario()) ? nullptr : edits::overrideOf(s, chosen.front());
                        return o && o->*member ? *(o->*member) : s.network.*common;
                      },
                      [this, member, common](Scenario& s, double v) {
                        for (int client : editor_->selectedClients()) {
                          auto& o = edits::needOverride(s, client);
                          o.*member = v == s.network.*common ? std::nullopt : std::optional(v);
                        }
                        edits::tidy(s);
                      });
  };
  add(QStringLiteral("clients.uplink_mbit_s"), tr("&Uplink"), tr("From the client to the coordinator."), tr("Mbit/s"),
      &spec::ClientOverride::uplink_mbit_s, &spec::NetworkSpec::uplink_mbit_s);
  add(QStringLiteral("clients.downlink_mbit_s"), tr("&Downlink"), tr("From the coordinator to the client."), tr("Mbit/s"),
      &spec::ClientOverride::downlink_mbit_s, &spec::NetworkSpec::downlink_mbit_s);
  add(QStringLiteral("clients.latency_ms"), tr("L&atency"), tr("The time until the first byte arrives."), tr("ms"),
      &spec::ClientOverride::latency_ms, &spec::NetworkSpec::latency_ms);
  column->addStretch(1);
  return page;
}

}  // namespace fedllm::ui
