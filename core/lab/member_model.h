// The base model that a room asks for, as a folder of this machine: the shipped one or one assembled before where the hashes
// agree, else assembled from blobs in home/models/HASH/. The host only chooses among the names that a model's files have;
// what it calls them, and what its index says, never becomes a path. Errors: one sentence.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "lab/blob_store.h"

namespace fedllm::lab {

struct ModelFile {
  std::string name;  // one of ours: config.json, model.safetensors, model-00001-of-00003.safetensors, …
  Blob blob;
};

// Checks names and that a model is complete. INVALID_ARGUMENT names what is wrong.
Result<std::vector<ModelFile>> model_files(const std::vector<Blob>& offered);

// builtin:NAME, where this machine ships a model with the very same files; else empty.
std::string shipped_model(const std::string& name, const std::vector<ModelFile>& files);

// The folder, once every blob is in the store; made where it is not there yet.
Result<std::string> assemble_model(const std::string& home, const BlobStore& store, const std::vector<ModelFile>& files);
// Is it assembled already? The folder, or empty. Cheap: sizes are compared, hashes were when it was made.
std::string assembled_model(const std::string& home, const std::vector<ModelFile>& files);

}  // namespace fedllm::lab
