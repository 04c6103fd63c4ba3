#!/bin/sh
# Builds the benchmarks and runs them one after another; prints the machine first. Arguments name single benchmarks,
# e.g. `sh tests/bench/run.sh bench_import bench_ui_plot`.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
sh app/packages.sh test
sh app/build.sh release all benchmarks
echo "machine: $(nproc) cores, $(awk '/MemTotal/ {printf "%.0f GiB", $2 / 1048576}' /proc/meminfo), $(awk -F: '/model name/ {print $2; exit}' /proc/cpuinfo), load $(cut -d' ' -f1 /proc/loadavg)"
FEDLLM_BIN=$root/build/release/bin
FEDLLM_TRAIN_MODULE=$root/build/release/lib/fedllm/libfedllm_train.so
FEDLLM_ASSETS=$root/resources
QT_QPA_PLATFORM=offscreen
OMP_WAIT_POLICY=PASSIVE
export FEDLLM_BIN FEDLLM_TRAIN_MODULE FEDLLM_ASSETS QT_QPA_PLATFORM OMP_WAIT_POLICY
[ $# -gt 0 ] || set -- $(cd build/release/tests && ls bench_* | grep -v '\.')
for bench in "$@"; do
  echo
  echo "== $bench"
  "build/release/tests/$bench" || echo "$bench failed"
done
