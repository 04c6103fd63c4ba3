// Words and figures of the Run page: bytes, durations, ages, states. Translated; units always written.
#pragma once

#include <QString>
#include <optional>
#include <utility>

namespace fedllm::ui::run_text {

QString bytes(double bytes);                       // "3.1 MiB"; "–" for NaN
QString number(double value);                      // 4 significant digits; "–" for NaN
QString loss(double value);                        // 3 decimals, below 100
QString percent(double share);                     // "76 %"; "–" for NaN
QString seconds(double seconds);                   // "12 s", "3 min 20 s", "1 h 5 min"
QString eta(std::optional<std::pair<double, double>> range);   // "ETA 3–4 min"; empty without a range
QString age(qint64 milliseconds);                  // "2 s ago"
QString state(const QString& state);               // of a run: "running" -> tr
QString stateIcon(const QString& state);           // one sign beside the word
QString clientState(const QString& state);         // of a client, as RunRecord writes it
bool isOver(const QString& state);                 // nothing more will come of itself

}  // namespace fedllm::ui::run_text
