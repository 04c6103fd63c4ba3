// RunFocus: what the pictures of the Run page share: the records shown, the client in focus, who is hidden or alone, the
// round cursor, how losses are drawn and whether anything may move. Every picture listens; none keeps a copy. GUI thread.
#pragma once

#include <QObject>
#include <QPointer>
#include <QSet>
#include <optional>

#include "ui/model/run_record.h"

namespace fedllm::ui {

class RunFocus : public QObject {
  Q_OBJECT
 public:
  using QObject::QObject;
  static constexpr int kBandFrom = 21;         // clients, from which a band stands for the lines
  static constexpr double kSmoothings[] = {0, 0.6, 0.9};

  void setRecords(RunRecord* current, RunRecord* previous);
  RunRecord* current() const { return current_; }
  RunRecord* previous() const { return previous_; }
  int clients() const { return current_ ? int(current_->clients().size()) : 0; }
  int lastRound() const { return current_ ? std::max(current_->rounds(), current_->round()) : 0; }   // of the axes
  int newestRound() const { return current_ ? current_->round() : 0; }                               // that has begun
  QString clientName(int client) const;

  int client() const { return client_; }       // in focus, -1: none
  void setClient(int client);
  void moveClient(int delta);
  bool isShown(int client) const;
  bool isHidden(int client) const { return hidden_.contains(client); }
  int solo() const { return solo_; }
  void toggleSolo(int client);
  void setHidden(int client, bool hidden);

  // The round cursor, -1: live, the newest. Pictures of a moment (canvas, client table, event list) show that round.
  int round() const { return round_; }
  void setRound(int round);                    // clamped to 0…newest; negative: live
  void moveRound(int delta);

  bool band() const { return bandChoice_.value_or(clients() >= kBandFrom); }
  void toggleBand();
  bool logarithmic() const { return logarithmic_; }
  void toggleLogarithmic();
  double smoothing() const { return kSmoothings[smoothing_]; }
  void nextSmoothing();
  bool showsReferences() const { return references_; }
  void toggleReferences();

  // Messages travel on the canvas. Not in fast mode, and not for who asked for less motion.
  bool isAnimated() const { return !fast_ && !motionReduced_; }
  bool isFast() const { return fast_; }
  void setFast(bool fast);
  void setMotionReduced(bool reduced);

 signals:
  void recordsChanged();
  void changed();                              // focus, visibility or drawing
  void roundMoved();
  void paceChanged();

 private:
  QPointer<RunRecord> current_, previous_;
  int client_ = -1, solo_ = -1, round_ = -1, smoothing_ = 0;
  QSet<int> hidden_;
  std::optional<bool> bandChoice_;
  bool references_ = true, logarithmic_ = false, fast_ = false, motionReduced_ = false;
};

}  // namespace fedllm::ui
