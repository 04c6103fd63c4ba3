// One run as one tidy CSV: run, client, round, step, metric, value. Absent values have no row; numbers use a decimal point.
#pragma once

#include <QByteArray>

#include "ui/model/run_record.h"

namespace fedllm::ui {

QByteArray runCsv(const RunRecord& record);

}  // namespace fedllm::ui
