// DataContract: what a room expects of its members' data, read from the JSON that the core passes on. Anything unusable in it
// reads as nothing. Qt only: the core has its own.
#pragma once

#include <QString>
#include <QStringList>

namespace fedllm::ui {

struct DataContract {
  QStringList fields;                          // of the template, in order
  QString label;                               // empty: none
  QStringList labels;                          // the known ones; empty: not known
  int maxLength = 0;
  double testFraction = 0;
  QStringList wanted() const;                  // fields and label, each once

  static DataContract read(const std::string& json);
  QString sentence() const;                    // what is expected, in words
};

}  // namespace fedllm::ui
