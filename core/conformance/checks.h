// The parts of the suite; each adds its rows.
#pragma once

#include "conformance/rows.h"

namespace fedllm::conformance {

void check_toy(const Subjects& subjects, Rows& rows);          // golden numbers of the toy
void check_methods(const Subjects& subjects, Rows& rows);      // invariants of every method
void check_refusals(const Subjects& subjects, Rows& rows);
void check_merging(const Subjects& subjects, Rows& rows);      // the accumulator, and what clients of other ranks start from
void check_cores(const Subjects& subjects, Rows& rows);        // Fed-SB and RAVAN as they are sent
void check_averaging(const Subjects& subjects, Rows& rows);    // FedProx's server side, SCAFFOLD
void check_optimizers(const Subjects& subjects, Rows& rows);
void check_codecs(const Subjects& subjects, Rows& rows);

}  // namespace fedllm::conformance
