#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <mutex>

#include "base/home.h"
#include "spec/names.h"
#include "train/backend.h"
#include "train/backend_symbol.h"

namespace fedllm::train {
namespace {

std::string module_path() {
  if (const char* path = std::getenv("FEDLLM_TRAIN_MODULE")) return path;
  return program_dir() + "/../lib/fedllm/libfedllm_train.so";
}

Result<Backend*> load() {
  // Spinning OpenMP and BLAS threads cost 10 to 30 times on busy cores; one intra-op thread a client.
  setenv("OMP_NUM_THREADS", "1", 0);
  setenv("OPENBLAS_NUM_THREADS", "1", 0);
  setenv("OMP_WAIT_POLICY", "PASSIVE", 0);
  const std::string path = module_path();
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) return failed_precondition("cannot open the training module " + path + ": " + dlerror(), "train.backend");
  auto* make = reinterpret_cast<Backend* (*)()>(dlsym(handle, kBackendSymbol));
  if (!make) return failed_precondition(path + " is not a training module of this version: no symbol " + kBackendSymbol, "train.backend");
  return make();
}

}  // namespace

Result<BasePrecision> base_precision(std::string_view name) {
  constexpr BasePrecision all[] = {BasePrecision::automatic, BasePrecision::f32, BasePrecision::bf16, BasePrecision::int8};
  for (size_t i = 0; i < std::size(spec::kBasePrecisions); ++i)
    if (spec::kBasePrecisions[i] == name) return all[i];
  return invalid_argument("base precision \"" + std::string(name) + "\": expected auto, f32, bf16 or int8", "train.backend");
}

bool backend_present() { return ::access(module_path().c_str(), R_OK) == 0; }

Result<void*> backend_symbol(const char* name) {
  FEDLLM_RETURN_IF_ERROR(open_backend().status());
  void* module = dlopen(module_path().c_str(), RTLD_NOW | RTLD_NOLOAD);   // opened above and never closed
  void* symbol = module ? dlsym(module, name) : nullptr;
  if (!symbol) return not_found(std::string("the training module and what it links export no ") + name, "train.backend");
  return symbol;
}

Result<Backend*> open_backend() {
  static std::mutex mutex;
  static Backend* backend = nullptr;
  std::lock_guard lock(mutex);
  if (backend) return backend;
  FEDLLM_ASSIGN_OR_RETURN(backend, load());
  return backend;
}

}  // namespace fedllm::train
