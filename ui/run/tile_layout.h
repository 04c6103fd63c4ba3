// TileLayout: which adapters get a row of tiles and in which order, as a pure function of what was measured and of the room
// there is: the base model, the global adapter round by round, each client's own adapter at its first and last round, what
// each trained alone and what one place with all data has. Where rows are short, the base, the newest global round, the client
// in focus, the worst and the best client stay. layOutMatrix (client_matrix.h) fills the same layout another way.
#pragma once

#include <QString>
#include <QStringList>
#include <optional>
#include <vector>

#include "ui/model/run_record.h"

namespace fedllm::ui {

struct TileRow {
  QString label;
  QString adapter;                     // "base" "global" "client" "local" "centralised"
  int client = -1, round = 0;
  std::vector<std::optional<Tile>> cells;   // one per column; absent: not measured
  std::vector<std::optional<Tile>> before;  // of the previous run, same adapter, client and round
  bool opensGroup = false;             // a small gap above
  int own = -1;                        // column of the row's own adapter
};

struct TileLayout {
  QStringList topics;                  // columns; "" = all topics together, first; of a matrix its adapters
  std::vector<TileRow> rows;
  int left = 0;                        // rows that did not fit
  bool matrix = false;                 // client x adapter: what is shown is a mixture, without count and interval
  bool showsLoss = false;              // else exact match
  double bestLoss = 0, worstLoss = 1;  // green and red
  QString emptyText;                   // why there are no rows, where there is more to say
};

struct TileQuestion {
  const RunRecord* current = nullptr;
  const RunRecord* previous = nullptr;
  int focusedClient = -1;
  int maxRows = 1000;
};

TileLayout layOutTiles(const TileQuestion& question);
// "global, round 3, sports: 76 % exact, 95 % interval 66 to 84 %, n 96".
QString tileSentence(const RunRecord& record, const Tile& tile);
QString topicName(const QString& topic);

}  // namespace fedllm::ui
