// PartitionModel: the present split as a table (rows: clients, then the held-out test set; columns: labels, records,
// tokens). Heat map and bars draw from it, the table view shows it: one model, two views.
#pragma once

#include <QAbstractTableModel>
#include <QColor>

#include "wire/control.pb.h"

namespace fedllm::ui {

class Theme;

class PartitionModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  using QAbstractTableModel::QAbstractTableModel;
  void setReply(const wire::PartitionReply& reply);
  void setTokens(const wire::PartitionReply& reply);       // only the token counts of an equal split
  void clear();

  int clients() const { return reply_.clients_size(); }
  int labels() const { return labels_; }
  QString clientName(int client) const;
  QString labelName(int label) const;
  qint64 count(int client, int label) const { return reply_.counts(client * labels_ + label); }
  qint64 records(int client) const { return client < reply_.client_records_size() ? reply_.client_records(client) : 0; }
  qint64 tokens(int client) const { return client < reply_.client_tokens_size() ? reply_.client_tokens(client) : -1; }
  qint64 testCount(int label) const { return label < reply_.test_by_label_size() ? reply_.test_by_label(label) : 0; }
  qint64 largestCell() const { return largestCell_; }
  qint64 largestClient() const { return largestClient_; }
  const wire::PartitionReply& reply() const { return reply_; }
  // Identity colour of a label, the same in bars and heat map: distinct up to seven labels, a ramp beyond.
  QColor labelColor(const Theme& theme, int label) const;
  // "client 4 has 91 % politics": the most one-sided client in words; empty when nothing stands out.
  QString mostSkewed() const;
  QString description() const;                             // for screen readers

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 signals:
  void replaced();

 private:
  wire::PartitionReply reply_;
  int labels_ = 0;
  qint64 largestCell_ = 0, largestClient_ = 0;
};

}  // namespace fedllm::ui
