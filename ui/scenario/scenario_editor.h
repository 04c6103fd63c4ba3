// ScenarioEditor: what canvas, outline and inspector share on one document: the selected nodes, the number of clients, and
// the commands (add, duplicate, group, delete, rename, move), each one named undo step. GUI thread.
#pragma once

#include <QObject>
#include <QPointF>
#include <compare>
#include <vector>

#include "spec/validate.h"
#include "ui/model/scenario_document.h"

namespace fedllm::ui {

struct NodeId {
  enum class Kind { Coordinator, Client, Link };
  Kind kind = Kind::Coordinator;
  int client = -1;
  auto operator<=>(const NodeId&) const = default;
};

class ScenarioEditor : public QObject {
  Q_OBJECT
 public:
  explicit ScenarioEditor(ScenarioDocument* document, QObject* parent = nullptr);
  ScenarioDocument* document() const { return document_; }
  const spec::Scenario& scenario() const { return document_->scenario(); }
  int clients() const;
  void setClientsFromData(int clients);              // where the data decide how many there are
  bool mayChangeClients() const;

  const std::vector<NodeId>& selected() const { return selected_; }
  NodeId current() const { return current_; }
  bool isSelected(const NodeId& node) const;
  std::vector<int> selectedClients() const;          // of selected clients and links
  void select(std::vector<NodeId> nodes, NodeId current);
  void selectOnly(NodeId node) { select({node}, node); }

  // Everything that is wrong: the document's problems and what the core found when it opened the files.
  const std::vector<spec::Problem>& problems() const { return problems_; }
  void setCoreProblems(std::vector<spec::Problem> problems);
  std::vector<spec::Problem> problemsOf(const NodeId& node) const;

  void addClient(const QPointF* at = nullptr);
  void duplicateSelected();
  void deleteSelected();
  void groupSelected();
  void ungroupSelected();
  void rename(const NodeId& node, const QString& name);
  void nudgeSelected(QPointF by);
  // During a drag: merged into one step until endMerge().
  void moveNodes(const std::vector<std::pair<NodeId, QPointF>>& places);

 signals:
  void changed();                                    // document or number of clients
  void selectionChanged();
  void problemsChanged();

 private:
  void onDocument();
  QString moveName(const std::vector<NodeId>& nodes) const;

  ScenarioDocument* document_;
  std::vector<NodeId> selected_;
  NodeId current_;
  int fromData_ = 0;
  std::vector<spec::Problem> coreProblems_, problems_;
};

}  // namespace fedllm::ui
