// EventReading: one event of a run with its metrics and its detail at hand. An absent metric is NaN; the detail is parsed on
// first use and empty where it is not a JSON object. Lives no longer than the event. Room-private.
#pragma once

#include <QByteArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <cmath>
#include <limits>

#include "wire/control.pb.h"

namespace fedllm::ui {

class EventReading {
 public:
  explicit EventReading(const wire::Event& event) : event(event) {}
  double operator()(const char* key) const {
    for (const auto& metric : event.metrics())
      if (metric.key() == key) return metric.value();
    return std::numeric_limits<double>::quiet_NaN();
  }
  double orZero(const char* key) const {
    const double value = (*this)(key);
    return std::isnan(value) ? 0 : value;
  }
  const QJsonObject& detail() const {
    if (!parsed_) object_ = QJsonDocument::fromJson(QByteArray::fromStdString(event.detail())).object();
    parsed_ = true;
    return object_;
  }
  int round() const { return event.has_round() ? event.round() : -1; }
  int client() const { return event.has_client() ? event.client() : -1; }

  const wire::Event& event;

 private:
  mutable QJsonObject object_;
  mutable bool parsed_ = false;
};

}  // namespace fedllm::ui
