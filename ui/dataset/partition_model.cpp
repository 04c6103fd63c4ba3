#include "ui/dataset/partition_model.h"

#include <QLocale>
#include <algorithm>

#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr int kDistinct = 7;           // identity colours of the theme

}  // namespace

void PartitionModel::setReply(const wire::PartitionReply& reply) {
  const bool sameShape = reply.clients_size() == clients() && std::max(1, reply.labels_size()) == labels_;
  if (!sameShape) beginResetModel();
  reply_ = reply;
  labels_ = clients() > 0 ? reply.counts_size() / clients() : 0;
  largestCell_ = reply_.counts().empty() ? 0 : *std::max_element(reply_.counts().begin(), reply_.counts().end());
  largestClient_ = reply_.client_records().empty() ? 0 : *std::max_element(reply_.client_records().begin(), reply_.client_records().end());
  if (!sameShape) endResetModel();
  else emit dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
  emit replaced();
}

void PartitionModel::setTokens(const wire::PartitionReply& reply) {
  if (reply.hash() != reply_.hash() || reply.client_records_size() != clients()) return;   // of another split
  *reply_.mutable_client_tokens() = reply.client_tokens();
  if (rowCount() > 0) emit dataChanged(index(0, columnCount() - 1), index(rowCount() - 1, columnCount() - 1));
  emit replaced();
}

void PartitionModel::clear() {
  beginResetModel();
  reply_.Clear();
  labels_ = 0;
  largestCell_ = largestClient_ = 0;
  endResetModel();
  emit replaced();
}

QString PartitionModel::clientName(int client) const { return QString::fromStdString(reply_.clients(client)); }

QString PartitionModel::labelName(int label) const {
  return label < reply_.labels_size() ? QString::fromStdString(reply_.labels(label)) : tr("all records");
}

QColor PartitionModel::labelColor(const Theme& theme, int label) const {
  return labels_ <= kDistinct ? theme.client(label) : theme.heat((label + 0.5) / labels_);
}

QString PartitionModel::mostSkewed() const {
  double best = 0;
  QString sentence;
  for (int client = 0; labels_ > 1 && client < clients(); ++client) {
    for (int label = 0; label < labels_; ++label) {
      const double share = records(client) > 0 ? double(count(client, label)) / records(client) : 0;
      if (share <= best) continue;
      best = share;
      sentence = tr("%1 has %2 % %3").arg(clientName(client)).arg(qRound(100 * share)).arg(labelName(label));
    }
  }
  return best > std::min(0.9, 1.5 / std::max(1, labels_)) ? sentence : QString();
}

QString PartitionModel::description() const {
  if (clients() == 0) return tr("No split yet.");
  return tr("%n client(s)", nullptr, clients()) + tr(", %1 labels, %2 records held out. Label skew %3, size skew %4. %5")
      .arg(labels_).arg(reply_.test_records())
      .arg(QLocale().toString(reply_.jensen_shannon(), 'f', 2), QLocale().toString(reply_.size_gini(), 'f', 2), mostSkewed());
}

int PartitionModel::rowCount(const QModelIndex& parent) const { return parent.isValid() || clients() == 0 ? 0 : clients() + 1; }
int PartitionModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : labels_ + 2; }

QVariant PartitionModel::data(const QModelIndex& index, int role) const {
  if (role == Qt::TextAlignmentRole) return int(Qt::AlignRight | Qt::AlignVCenter);
  if (role != Qt::DisplayRole || !index.isValid()) return {};
  const int row = index.row(), column = index.column();
  const QLocale locale;
  const bool test = row == clients();
  if (column < labels_) return locale.toString(test ? testCount(column) : count(row, column));
  if (column == labels_) return locale.toString(qlonglong(test ? reply_.test_records() : records(row)));
  return test || tokens(row) < 0 ? QString("–") : locale.toString(tokens(row));
}

QVariant PartitionModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (role != Qt::DisplayRole) return {};
  if (orientation == Qt::Vertical) return section == clients() ? tr("held out") : clientName(section);
  if (section < labels_) return labelName(section);
  return section == labels_ ? tr("records") : tr("tokens");
}

}  // namespace fedllm::ui
