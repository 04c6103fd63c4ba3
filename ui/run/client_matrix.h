// Client matrix: every adapter on every client's topics, as a TileLayout: a row a client, a column an adapter (base, global,
// the clients' own, what the row's client trained alone, centralised). A cell is the adapter's held-out loss or exact match
// by topic, mixed in the proportions of the records that the row's client trains on; a topic of which nothing is held out is
// left out of the mixture. Pure.
#pragma once

#include "ui/run/tile_layout.h"

namespace fedllm::ui {

// At the newest measurement up to `round` (-1: of all); references stand beside every round. The scale of losses does not depend on it, so that colours keep their
// meaning while the round moves. Without rows: emptyText says why.
TileLayout layOutMatrix(const RunRecord* record, int round, bool showsLoss);
// "Client 2's adapter, round 3, on the topics of Client 1: held-out loss 0.412, 61 % exact".
QString matrixSentence(const RunRecord& record, const TileRow& row, const Tile& cell);

}  // namespace fedllm::ui
