// RunView: everything on the Run page for one record and the one before it: header, loss, tiles, tabs (communication, time,
// aggregation error, updates, events, try it), live canvas, client table. Draws what the records say and asks by signals; knows no core and no session.
// Loss and tiles are always visible. Fits 1024 x 700 without scroll bars. A clock ticks once a second while it is visible, for
// ages; drawing is the RefreshGovernor's. GUI thread.
#pragma once

#include <QTimer>
#include <QWidget>

#include "ui/chat/try_it_box.h"
#include "ui/run/run_focus.h"

class QSplitter;
class QStackedWidget;
class QTabWidget;

namespace fedllm::ui {

class AggregationPlot;
class CanvasPanel;
class ClientTable;
class CommPlot;
class EventList;
class LossPlot;
class Refresher;
class RunHeader;
class SummaryCard;
class Theme;
class TilePanel;
class TimePlot;
class UpdatePlot;

class RunView : public QWidget {
  Q_OBJECT
 public:
  RunView(Theme* theme, TryItBox::Core core, QWidget* parent = nullptr);
  ~RunView() override;
  void setRecords(RunRecord* current, RunRecord* previous, const QString& difference);
  void setDifference(const QString& sentence);
  void setNotice(const QString& sentence);
  void setLinkTrouble(const QString& sentence);
  void showTryIt();
  RunFocus* focus() { return &focus_; }
  bool readyForScreenshot() const;

 signals:
  void pauseRequested();
  void resumeRequested();
  void stopRequested(bool abandon);
  void startRequested(const spec::Scenario& scenario);   // duplicate, one thing changed
  void scenarioRequested();                              // the empty state's button
  void secondPassed();                                   // while visible

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void hideEvent(QHideEvent* event) override;

 private:
  void connectParts();
  QWidget* buildEmpty();
  QWidget* buildBody();
  void recordChanged();
  void refresh();
  void tabChanged();
  void duplicate();

  Theme* theme_;
  RunFocus focus_;
  QStackedWidget* stack_;
  RunHeader* header_;
  SummaryCard* summary_;
  LossPlot* loss_;
  TilePanel* tiles_;
  QTabWidget* tabs_;
  CommPlot* comm_;
  TimePlot* time_;
  AggregationPlot* aggregation_;
  UpdatePlot* updates_;
  EventList* events_;
  TryItBox* tryIt_;
  CanvasPanel* canvas_;
  ClientTable* clients_;
  QSplitter *rows_, *top_, *bottom_;
  Refresher* refresher_;
  QTimer second_;
  int triedRound_ = -1;
  QList<int> usualSizes_;              // of the lower row, while the try-it box has more
};

}  // namespace fedllm::ui
