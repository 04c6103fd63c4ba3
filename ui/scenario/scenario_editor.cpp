#include "ui/scenario/scenario_editor.h"

#include <algorithm>

#include "ui/scenario/scenario_edits.h"

namespace fedllm::ui {
namespace {

bool sameProblem(const spec::Problem& a, const spec::Problem& b) {
  return a.path == b.path && a.code == b.code && a.message == b.message;
}

// "clients.3.speed" -> 3; -1 for other paths.
int clientInPath(const std::string& path) {
  if (path.rfind("clients.", 0) != 0) return -1;
  return std::atoi(path.c_str() + 8);
}

}  // namespace

ScenarioEditor::ScenarioEditor(ScenarioDocument* document, QObject* parent) : QObject(parent), document_(document) {
  selected_ = {current_};
  connect(document, &ScenarioDocument::changed, this, &ScenarioEditor::onDocument);
  problems_ = document->problems();
}

int ScenarioEditor::clients() const { return edits::clientCount(scenario(), fromData_); }
bool ScenarioEditor::mayChangeClients() const { return edits::clientsAreChosen(scenario()); }

void ScenarioEditor::setClientsFromData(int clients) {
  if (std::exchange(fromData_, clients) != clients) onDocument();
}

void ScenarioEditor::onDocument() {
  // Undo may have taken the selected client away.
  const int count = clients();
  const auto gone = [count](const NodeId& node) { return node.kind != NodeId::Kind::Coordinator && node.client >= count; };
  const bool lost = std::erase_if(selected_, gone) > 0 || gone(current_);
  if (gone(current_)) current_ = selected_.empty() ? NodeId{} : selected_.back();
  if (selected_.empty()) selected_ = {current_};
  emit changed();
  if (lost) emit selectionChanged();
  setCoreProblems(std::move(coreProblems_));
}

void ScenarioEditor::setCoreProblems(std::vector<spec::Problem> problems) {
  coreProblems_ = std::move(problems);
  problems_ = document_->problems();
  for (const auto& problem : coreProblems_)
    if (std::none_of(problems_.begin(), problems_.end(), [&](const auto& p) { return sameProblem(p, problem); }))
      problems_.push_back(problem);
  std::stable_sort(problems_.begin(), problems_.end(), [](const auto& a, const auto& b) { return a.severity < b.severity; });
  emit problemsChanged();
}

std::vector<spec::Problem> ScenarioEditor::problemsOf(const NodeId& node) const {
  std::vector<spec::Problem> mine;
  for (const auto& problem : problems_) {
    const int client = clientInPath(problem.path);
    const bool link = problem.path.find("mbit") != std::string::npos || problem.path.find("latency") != std::string::npos;
    const bool match =
        node.kind == NodeId::Kind::Coordinator ? client < 0 : client == node.client && link == (node.kind == NodeId::Kind::Link);
    if (match) mine.push_back(problem);
  }
  return mine;
}

bool ScenarioEditor::isSelected(const NodeId& node) const {
  return std::find(selected_.begin(), selected_.end(), node) != selected_.end();
}

std::vector<int> ScenarioEditor::selectedClients() const {
  std::vector<int> list;
  for (const NodeId& node : selected_)
    if (node.client >= 0) list.push_back(node.client);
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  return list;
}

void ScenarioEditor::select(std::vector<NodeId> nodes, NodeId current) {
  std::sort(nodes.begin(), nodes.end());
  if (nodes == selected_ && current == current_) return;
  selected_ = std::move(nodes);
  current_ = current;
  document_->endMerge();
  emit selectionChanged();
}

void ScenarioEditor::addClient(const QPointF* at) {
  if (!mayChangeClients()) return;
  const int count = clients();
  document_->edit(tr("Add client %1").arg(count + 1), [&](spec::Scenario& s) { edits::addClient(s, count, at); });
  selectOnly({NodeId::Kind::Client, count});
}

void ScenarioEditor::duplicateSelected() {
  const auto chosen = selectedClients();
  if (chosen.empty() || !mayChangeClients()) return;
  const int count = clients();
  const QString name = chosen.size() == 1 ? tr("Duplicate %1").arg(edits::clientName(scenario(), chosen[0]))
                                          : tr("Duplicate %n client(s)", nullptr, int(chosen.size()));
  document_->edit(name, [&](spec::Scenario& s) {
    for (size_t i = 0; i < chosen.size(); ++i) edits::addClient(s, count + int(i), nullptr, chosen[i]);
  });
  std::vector<NodeId> fresh;
  for (size_t i = 0; i < chosen.size(); ++i) fresh.push_back({NodeId::Kind::Client, count + int(i)});
  select(fresh, fresh.back());
}

void ScenarioEditor::deleteSelected() {
  const auto chosen = selectedClients();
  if (current_.kind == NodeId::Kind::Link || chosen.empty() || !mayChangeClients()) return;
  const QString name = chosen.size() == 1 ? tr("Delete %1").arg(edits::clientName(scenario(), chosen[0]))
                                          : tr("Delete %n client(s)", nullptr, int(chosen.size()));
  const int next = std::min(chosen.front(), clients() - int(chosen.size()) - 1);
  document_->edit(name, [&](spec::Scenario& s) { edits::removeClients(s, chosen); });
  selectOnly(next >= 0 ? NodeId{NodeId::Kind::Client, next} : NodeId{});
}

void ScenarioEditor::groupSelected() {
  const auto chosen = selectedClients();
  if (chosen.empty()) return;
  const QString group = edits::freshGroupName(scenario());
  document_->edit(tr("Group %n client(s)", nullptr, int(chosen.size())),
                  [&](spec::Scenario& s) { edits::setGroup(s, chosen, group); });
}

void ScenarioEditor::ungroupSelected() {
  const auto chosen = selectedClients();
  document_->edit(tr("Ungroup %n client(s)", nullptr, int(chosen.size())),
                  [&](spec::Scenario& s) { edits::setGroup(s, chosen, {}); });
}

void ScenarioEditor::rename(const NodeId& node, const QString& name) {
  if (node.kind == NodeId::Kind::Coordinator)
    return document_->edit(tr("Rename the scenario"), [&](spec::Scenario& s) { s.name = name.trimmed().toStdString(); });
  document_->edit(tr("Rename %1").arg(edits::clientName(scenario(), node.client)),
                  [&](spec::Scenario& s) { edits::rename(s, node.client, name); });
}

QString ScenarioEditor::moveName(const std::vector<NodeId>& nodes) const {
  if (nodes.size() > 1) return tr("Move %n node(s)", nullptr, int(nodes.size()));
  if (nodes.empty() || nodes[0].kind == NodeId::Kind::Coordinator) return tr("Move the coordinator");
  return tr("Move %1").arg(edits::clientName(scenario(), nodes[0].client));
}

void ScenarioEditor::moveNodes(const std::vector<std::pair<NodeId, QPointF>>& places) {
  std::vector<NodeId> nodes;
  for (const auto& [node, at] : places) nodes.push_back(node);
  document_->edit(moveName(nodes), [&](spec::Scenario& s) {
    for (const auto& [node, at] : places) edits::place(s, node.client, at);
  }, QStringLiteral("move"));
}

void ScenarioEditor::nudgeSelected(QPointF by) {
  std::vector<std::pair<NodeId, QPointF>> places;
  for (const NodeId& node : selected_) {
    if (node.kind == NodeId::Kind::Link) continue;
    const QPointF at =
        node.client < 0 ? edits::coordinatorPosition(scenario()) : edits::clientPosition(scenario(), node.client, clients());
    places.push_back({node, at + by});
  }
  if (!places.empty()) moveNodes(places);
}

}  // namespace fedllm::ui
