// ClientBars: records per client as bars stacked by label, tokens per client as a thin line of figures beneath.
#pragma once

#include <QWidget>

namespace fedllm::ui {

class PartitionModel;
class Theme;

class ClientBars : public QWidget {
  Q_OBJECT
 public:
  ClientBars(PartitionModel* model, Theme* theme, QWidget* parent = nullptr);
  QSize sizeHint() const override { return {420, 140}; }
  QSize minimumSizeHint() const override { return {220, 90}; }
  void setSelected(int client);

 signals:
  void selected(int client);

 protected:
  void paintEvent(QPaintEvent*) override;
  void mousePressEvent(QMouseEvent* event) override;
  bool event(QEvent* event) override;

 private:
  int clientAt(double x) const;
  double slot() const;

  PartitionModel* model_;
  Theme* theme_;
  int selected_ = -1;
};

}  // namespace fedllm::ui
