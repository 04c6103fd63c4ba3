// Edits of a scenario as pure functions on the value: what the canvas, the outline and the inspector do, without a widget.
// Clients are 0-based indices; a client's departures from the federation live in its override. Positions in scene units.
#pragma once

#include <QPointF>
#include <QString>
#include <vector>

#include "spec/scenario.h"

namespace fedllm::ui::edits {

// partition.clients; where the data decide it, `fromData` (0: not known yet) or as many as overrides name.
int clientCount(const spec::Scenario& scenario, int fromData = 0);
bool clientsAreChosen(const spec::Scenario& scenario);     // false: the data decide how many there are
const spec::ClientOverride* overrideOf(const spec::Scenario& scenario, int client);
spec::ClientOverride& needOverride(spec::Scenario& scenario, int client);   // created if absent; sorted by client
void tidy(spec::Scenario& scenario);                       // drops overrides that say nothing

QString clientName(const spec::Scenario& scenario, int client);
QString groupOf(const spec::Scenario& scenario, int client);
QPointF clientPosition(const spec::Scenario& scenario, int client, int count);
QPointF coordinatorPosition(const spec::Scenario& scenario);

// One more client; `like` >= 0 copies that one's settings. Returns its index.
int addClient(spec::Scenario& scenario, int count, const QPointF* at = nullptr, int like = -1);
// More are added at their default places, fewer are taken from the end.
void setClientCount(spec::Scenario& scenario, int count);
// The others keep their settings and move up. A cohort that is larger than what is left becomes everybody.
void removeClients(spec::Scenario& scenario, std::vector<int> clients);
void rename(spec::Scenario& scenario, int client, const QString& name);
void place(spec::Scenario& scenario, int client, QPointF at);              // -1: the coordinator
void setGroup(spec::Scenario& scenario, const std::vector<int>& clients, const QString& group);   // "": none
QString freshGroupName(const spec::Scenario& scenario);

}  // namespace fedllm::ui::edits
