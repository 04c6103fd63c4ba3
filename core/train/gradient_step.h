// GradientStep: loss and LoRA gradient of one batch on W threads, with the same bits for every W. Rows do not depend on each
// other (frozen.h); what sums over rows is summed in units of whole sequences that the batch alone decides, one gradient
// a unit, added in their order. One caller at a time; arenas and gradients are kept from step to step, arenas also from one
// object to the next where `arenas` holds them meanwhile (it must outlive this). Torch-free.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "train/loss_head.h"
#include "train/lower_cache.h"
#include "train/transformer.h"

namespace fedllm::train {

class GradientStep {
 public:
  GradientStep(const Transformer& network, const LoraSet& lora, size_t parameters, int workers, Factors factors = Factors::both,
               std::vector<Arena>* arenas = nullptr);
  ~GradientStep();
  GradientStep(const GradientStep&) = delete;
  GradientStep& operator=(const GradientStep&) = delete;

  struct Outcome { double mean_loss = 0; int64_t tokens = 0; };
  // Mean loss over the batch's targets; its gradient replaces `gradient`, 0 for factors that do not learn. With a cache that is on, `examples` are the
  // batch's sequences in it.
  Outcome run(const PackedBatch& batch, double dropout, SeedTree dropout_seed, std::vector<float>& gradient, LowerCache* cache = nullptr, std::span<const int> examples = {});

 private:
  // One thread's part of a step.
  struct Share {
    PackedBatch batch;
    std::vector<size_t> numbers;       // of its units
    std::vector<GradientUnit> units;
    std::vector<int> sequences;        // their numbers in the step's batch
    std::vector<float*> lower;
    bool lower_known = false;
    double work = 0;
    Arena arena;
    Tape tape;
  };
  void divide(const PackedBatch& batch);
  void fill(Share& share, const PackedBatch& batch, const std::vector<int>& starts);
  static void look_up(Share& share, LowerCache& cache, std::span<const int> examples);
  void work(Share& share);
  void attempt(int worker);
  void help(int worker);

  const Transformer& network_;
  const LoraSet& lora_;
  size_t parameters_;
  Factors factors_;
  std::vector<Arena>* kept_;
  double row_weights_ = 0, head_weights_ = 0;   // that a row and a target pass through
  std::vector<Share> shares_;
  std::vector<std::vector<float>> gradients_;   // one a unit
  std::vector<double> losses_;                  // sums, one a unit of this step
  double dropout_ = 0, factor_ = 0;
  SeedTree dropout_seed_{0};

  std::mutex mutex_;
  std::condition_variable begin_, end_;
  uint64_t turn_ = 0;
  int busy_ = 0;
  bool quit_ = false;
  std::exception_ptr failure_;
  std::vector<std::thread> helpers_;
};

}  // namespace fedllm::train
