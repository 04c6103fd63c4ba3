# Flags and small functions shared by every folder.

find_program(FEDLLM_CCACHE ccache)
if(FEDLLM_CCACHE)
  # Precompiled headers need the sloppiness; base_dir lets several build folders share the cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${FEDLLM_CCACHE})
endif()

find_package(Threads REQUIRED)

# Only what a program uses: dozens of libraries that pkg-config lists would slow every start.
add_link_options(-Wl,--as-needed)

add_library(fedllm_flags INTERFACE)
# -Wrestrict: GCC 12 reports std::string concatenation falsely (its bug 105651).
target_compile_options(fedllm_flags INTERFACE -Wall -Wextra -Wno-missing-field-initializers -Wno-restrict)
target_link_libraries(fedllm_flags INTERFACE Threads::Threads)
if(FEDLLM_SANITIZE STREQUAL "address")
  # -g1: file and line in every report; the full -g costs a quarter more compiling and 2.5 times the disk.
  add_compile_options(-fsanitize=address,undefined -fno-omit-frame-pointer -O1 -g1)
  add_link_options(-fsanitize=address,undefined)
elseif(FEDLLM_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer -O1 -g1)
  add_link_options(-fsanitize=thread)
elseif(FEDLLM_SANITIZE)
  message(FATAL_ERROR "FEDLLM_SANITIZE: expected address or thread, got ${FEDLLM_SANITIZE}")
endif()

if(FEDLLM_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -O1 -g1)
  add_link_options(-fsanitize=address,undefined)
endif()

# The rooms whose numbers must be the same on every machine: no fused multiply-add where the compiler may choose.
function(fedllm_exact)
  foreach(name ${ARGN})
    target_compile_options(fedllm_${name} PRIVATE -ffp-contract=off)
  endforeach()
endfunction()

# One room of core/: every .cpp in the folder becomes one static library fedllm_<name>.
function(fedllm_room name)
  cmake_parse_arguments(ARG "" "" "PUBLIC;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/core/${name}/*.cpp)
  if(NOT sources)
    set(sources ${CMAKE_BINARY_DIR}/empty.cpp)
    file(TOUCH ${sources})
  endif()
  add_library(fedllm_${name} STATIC ${sources})
  set_target_properties(fedllm_${name} PROPERTIES LINKER_LANGUAGE CXX)
  target_include_directories(fedllm_${name} PUBLIC ${CMAKE_SOURCE_DIR}/core)
  target_link_libraries(fedllm_${name} PUBLIC fedllm_flags ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
endfunction()
