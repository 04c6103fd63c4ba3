#include "ui/run/run_focus.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace fedllm::ui {

void RunFocus::setRecords(RunRecord* current, RunRecord* previous) {
  if (current_ == current && previous_ == previous) return;
  if (current_ != current) {
    client_ = solo_ = round_ = -1;
    hidden_.clear();
    bandChoice_.reset();
  }
  current_ = current;
  previous_ = previous;
  emit recordsChanged();
  emit changed();
}

QString RunFocus::clientName(int client) const {
  return client >= 0 && client < clients() ? current_->clients()[client].name : QString();
}

void RunFocus::setClient(int client) {
  if (client < -1 || client >= clients() || client == client_) return;
  client_ = client;
  emit changed();
}

void RunFocus::moveClient(int delta) {
  if (clients() == 0) return;
  setClient(client_ < 0 ? (delta > 0 ? 0 : clients() - 1) : std::clamp(client_ + delta, 0, clients() - 1));
}

bool RunFocus::isShown(int client) const { return solo_ >= 0 ? client == solo_ : !hidden_.contains(client); }

void RunFocus::toggleSolo(int client) {
  if (client < 0 || client >= clients()) return;
  solo_ = solo_ == client ? -1 : client;
  emit changed();
}

void RunFocus::setHidden(int client, bool hidden) {
  if (client < 0 || client >= clients() || hidden_.contains(client) == hidden) return;
  if (hidden) hidden_.insert(client);
  else hidden_.remove(client);
  emit changed();
}

void RunFocus::setRound(int round) {
  const int to = round < 0 ? -1 : std::min(round, newestRound());
  if (to == round_) return;
  round_ = to;
  emit roundMoved();
}

void RunFocus::moveRound(int delta) {
  if (!current_) return;
  const int from = round_ >= 0 ? round_ : newestRound();
  setRound(std::clamp(from + delta, 0, newestRound()));
}

void RunFocus::toggleBand() {
  bandChoice_ = !band();
  emit changed();
}

void RunFocus::toggleLogarithmic() {
  logarithmic_ = !logarithmic_;
  emit changed();
}

void RunFocus::toggleReferences() {
  references_ = !references_;
  emit changed();
}

void RunFocus::setFast(bool fast) {
  if (std::exchange(fast_, fast) != fast) emit paceChanged();
}

void RunFocus::setMotionReduced(bool reduced) {
  if (std::exchange(motionReduced_, reduced) != reduced) emit paceChanged();
}

void RunFocus::nextSmoothing() {
  smoothing_ = (smoothing_ + 1) % int(std::size(kSmoothings));
  emit changed();
}

}  // namespace fedllm::ui
