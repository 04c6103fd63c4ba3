# `fedllm` of a build of the engine alone: the verbs that need LibTorch and nothing else.
list(FILTER verb_sources INCLUDE REGEX "/(verb_(score|train|generate|golden|bench|version)|bench[a-z_]*)\\.cpp$")
list(FILTER verb_sources EXCLUDE REGEX "/bench_(import|tokenize)[a-z_]*\\.cpp$")
file(GLOB argument_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/model_arguments.cpp ${CMAKE_CURRENT_SOURCE_DIR}/train_outcome.cpp)
add_executable(fedllm engine_main.cpp command_line.cpp ${argument_sources} ${verb_sources} ${CMAKE_CURRENT_BINARY_DIR}/bench_reference.cpp)
target_include_directories(fedllm PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(fedllm PRIVATE fedllm_train fedllm_fed fedllm_codec fedllm_adapter fedllm_spec fedllm_base nlohmann_json::nlohmann_json)
target_compile_definitions(fedllm PRIVATE FEDLLM_VERSION="${PROJECT_VERSION}" FEDLLM_ENGINE_ONLY)
add_dependencies(fedllm fedllm_train_module)
