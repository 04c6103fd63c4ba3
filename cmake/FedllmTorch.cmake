# The target fedllm_torch: LibTorch's headers and libraries.
# The full build takes Debian's package by its own configuration. The engine alone takes any LibTorch, one inside a
# pip-installed torch too, straight from its folder: TorchConfig.cmake of a CUDA build asks for CUDA's compiler and headers,
# which an engine that names tensors by device alone does not need.
include_guard(GLOBAL)
add_library(fedllm_torch INTERFACE)
if(NOT FEDLLM_ENGINE_ONLY)
  find_package(Torch REQUIRED)
  target_link_libraries(fedllm_torch INTERFACE ${TORCH_LIBRARIES})
  return()
endif()

if(Torch_DIR)   # said by the user: that one or none
  find_path(FEDLLM_TORCH_CMAKE TorchConfig.cmake PATHS ${Torch_DIR} NO_DEFAULT_PATH NO_CACHE)
else()
  find_path(FEDLLM_TORCH_CMAKE TorchConfig.cmake HINTS ${CMAKE_PREFIX_PATH} /usr
            PATH_SUFFIXES share/cmake/Torch lib/cmake/Torch lib/${CMAKE_LIBRARY_ARCHITECTURE}/cmake/Torch NO_CACHE)
endif()
if(NOT FEDLLM_TORCH_CMAKE)
  if(Torch_DIR)
    set(asked " (there is no TorchConfig.cmake in Torch_DIR ${Torch_DIR})")
  endif()
  message(FATAL_ERROR "No LibTorch was found${asked}: give its folder share/cmake/Torch, for instance\n"
          "  -DTorch_DIR=$(python3 -c 'import torch; print(torch.utils.cmake_prefix_path)')/Torch")
endif()
# …/share/cmake/Torch, or Debian's …/lib/<arch>/cmake/Torch.
get_filename_component(prefix ${FEDLLM_TORCH_CMAKE}/../../.. ABSOLUTE)
foreach(name torch torch_cpu c10 torch_cuda c10_cuda)
  find_library(library_${name} ${name} HINTS ${prefix}/lib ${prefix} NO_DEFAULT_PATH NO_CACHE)
  if(NOT library_${name})
    find_library(library_${name} ${name} NO_CACHE)
  endif()
endforeach()
find_path(torch_headers torch/csrc/api/include/torch/torch.h HINTS ${prefix}/include NO_CACHE)
if(NOT library_torch OR NOT library_torch_cpu OR NOT library_c10 OR NOT torch_headers)
  message(FATAL_ERROR "${FEDLLM_TORCH_CMAKE} belongs to no complete LibTorch: expected include/torch and libtorch, libtorch_cpu and libc10 below ${prefix}")
endif()
message(STATUS "LibTorch: ${library_torch}")

target_include_directories(fedllm_torch SYSTEM INTERFACE ${torch_headers} ${torch_headers}/torch/csrc/api/include)
target_link_libraries(fedllm_torch INTERFACE ${library_torch} ${library_torch_cpu} ${library_c10})
if(library_torch_cuda)   # its kernels register themselves when it is opened, so it must stay although nothing names it
  target_link_libraries(fedllm_torch INTERFACE -Wl,--no-as-needed ${library_torch_cuda} ${library_c10_cuda} -Wl,--as-needed)
endif()
# What CUDA's own libraries are for is found when the module is opened, by LibTorch's own run path.
target_link_options(fedllm_torch INTERFACE -Wl,--allow-shlib-undefined)

# Some builds of LibTorch use the standard library's older strings; everything that meets it must then do so too.
file(STRINGS ${FEDLLM_TORCH_CMAKE}/TorchConfig.cmake old_strings REGEX "D_GLIBCXX_USE_CXX11_ABI=0")
if(old_strings)
  add_compile_definitions(_GLIBCXX_USE_CXX11_ABI=0)
endif()
