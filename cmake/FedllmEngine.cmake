# FEDLLM_ENGINE_ONLY: rooms base, spec, adapter, codec, fed and train, and of the verbs those that need no tokenizer, no data and no
# network. Needs CMake, a compiler, nlohmann JSON's and Eigen's headers and any LibTorch from 1.13 on: -DTorch_DIR=… is its share/cmake/Torch.
include(FedllmTargets)
include(FedllmTorch)
find_package(nlohmann_json QUIET)
if(NOT nlohmann_json_FOUND)   # the headers alone
  find_path(FEDLLM_NLOHMANN nlohmann/json.hpp REQUIRED DOC "Folder that holds nlohmann/json.hpp")
  add_library(fedllm_nlohmann INTERFACE)
  target_include_directories(fedllm_nlohmann SYSTEM INTERFACE ${FEDLLM_NLOHMANN})
  add_library(nlohmann_json::nlohmann_json ALIAS fedllm_nlohmann)
endif()

fedllm_room(base)
fedllm_room(spec PUBLIC fedllm_base PRIVATE nlohmann_json::nlohmann_json)
fedllm_room(adapter PUBLIC fedllm_base PRIVATE nlohmann_json::nlohmann_json)
find_package(Eigen3 3.3 REQUIRED NO_MODULE)
fedllm_room(fed PUBLIC fedllm_adapter fedllm_spec fedllm_base PRIVATE Eigen3::Eigen)
fedllm_room(codec PUBLIC fedllm_adapter fedllm_spec fedllm_base)
fedllm_exact(base spec adapter codec fed)
target_compile_definitions(fedllm_base PRIVATE FEDLLM_OWN_DIGESTS)
add_subdirectory(core/train)
add_subdirectory(app)
