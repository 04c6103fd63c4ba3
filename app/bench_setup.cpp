#include "bench_setup.h"

#include "adapter/peft.h"
#include "base/file.h"
#include "base/home.h"

namespace fedllm::app {
namespace {

// The layout needs the model, the measured processes must not inherit it: it is opened here and closed.
Status make_adapter(const BenchWork& work, const std::string& model) {
  FEDLLM_ASSIGN_OR_RETURN(train::Backend* const backend, train::open_backend());
  FEDLLM_ASSIGN_OR_RETURN(const auto base, backend->load_base(model, 0));
  FEDLLM_ASSIGN_OR_RETURN(const adapter::LayoutPtr layout, base->lora_layout(work.lora));
  return write_file_atomic(work.adapter, adapter::serialize_peft(adapter::initial_state(layout, 13)));
}

}  // namespace

Result<BenchModel> bench_model(const Arguments& arguments, const std::string& folder) {
  if (arguments.has("--model")) {
    if (arguments.has("--shape")) return usage_error("bench takes --shape or --model, got both");
    FEDLLM_ASSIGN_OR_RETURN(ModelShape shape, shape_of_model(arguments.value("--model")));
    return BenchModel{std::move(shape), arguments.value("--model")};
  }
  FEDLLM_ASSIGN_OR_RETURN(ModelShape shape, shape_by_name(arguments.has("--shape") ? arguments.value("--shape") : "15m"));
  const std::string path = folder + "/model";
  FEDLLM_RETURN_IF_ERROR(make_dirs(path));
  FEDLLM_RETURN_IF_ERROR(write_random_model(shape, arguments.has("--dtype") ? arguments.value("--dtype") : "bf16", path));
  return BenchModel{std::move(shape), path};
}

Result<train::LoadOptions> bench_load_options(const Arguments& arguments) {
  train::LoadOptions options;
  if (!arguments.has("--precision")) return options;
  const auto precision = train::base_precision(arguments.value("--precision"));
  if (!precision.ok()) return usage_error("--precision: " + precision.status().message());
  options.precision = *precision;
  return options;
}

Result<BenchSetup> prepare_bench(const Arguments& arguments) {
  FEDLLM_RETURN_IF_ERROR(bench_load_options(arguments).status());
  FEDLLM_ASSIGN_OR_RETURN(TemporaryFolder folder, TemporaryFolder::make());
  FEDLLM_ASSIGN_OR_RETURN(BenchModel model, bench_model(arguments, folder.path()));
  BenchSetup setup{.folder = std::move(folder), .shape = std::move(model.shape), .model = std::move(model.path), .work_file = {}, .precision = arguments.has("--precision") ? arguments.value("--precision") : "auto", .work = {}};
  FEDLLM_ASSIGN_OR_RETURN(setup.runs, arguments.number("--runs", 5, 1));
  FEDLLM_ASSIGN_OR_RETURN(setup.steps, arguments.number("--steps", setup.shape.steps, 1));
  setup.work.adapter = setup.folder.path() + "/adapter.safetensors";
  setup.work.rows = instruction_rows(setup.shape, setup.steps * setup.shape.batch);
  setup.work.options.batch_size = setup.shape.batch;
  setup.work.options.learning_rate = 1e-3, setup.work.options.seed = 14;
  setup.work_file = setup.folder.path() + "/work.json";
  FEDLLM_RETURN_IF_ERROR(make_adapter(setup.work, setup.model));
  FEDLLM_RETURN_IF_ERROR(write_work(setup.work, setup.steps, setup.work_file));
  return setup;
}

Result<BenchChild> start_engine(const BenchSetup& setup) {
  return BenchChild::start({program_dir() + "/fedllm", "bench", "worker", "--model", setup.model, "--work", setup.work_file, "--precision", setup.precision});
}

}  // namespace fedllm::app
