#!/usr/bin/env bash
# Tests and times this bundle on a GPU and writes gpu-NAME.md. usage: gpu.sh [FOLDER], by default the present one
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${1:-$PWD}
export LD_LIBRARY_PATH=$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} FOVEA_CUDA_DOCS=$here/docs
export FOVEA_CUDA_PLUGIN=$here/bin/libfovea_cuda.so
for toolkit in /usr/local/cuda /opt/cuda; do
  [ -d "$toolkit/bin" ] && PATH=$PATH:$toolkit/bin && LD_LIBRARY_PATH=$LD_LIBRARY_PATH:$toolkit/lib64
done

if ! command -v nvidia-smi >/dev/null || ! gpu=$(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null) ||
  [ -z "$gpu" ]; then
  echo "gpu: expected an NVIDIA driver with a device (nvidia-smi lists none); run it on a machine with a GPU" >&2
  exit 69
fi
name=$(head -1 <<<"$gpu" | cut -d, -f1 | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9-')
mkdir -p "$folder"
report=$folder/gpu-$name.md
failed=0

# step TITLE SECONDS COMMAND…: its last lines and how it ended, as a section of the report
step() {
  local title=$1 limit=$2 start=$SECONDS output status
  shift 2
  echo "== $title" >&2
  output=$(timeout --kill-after=5 "$limit" "$@" 2>&1)
  status=$?
  local ended="exit $status"
  [ $status -eq 0 ] && ended=passed
  grep -q '  SKIPPED \]' <<<"$output" && ended="skipped tests" status=1
  grep -q '^\[==*\] 0 tests' <<<"$output" && ended="no tests" status=1
  [ $status -eq 124 ] && ended="stopped after $limit s"
  [ $status -eq 0 ] || failed=1
  {
    echo
    echo "## $title"
    echo
    echo "$ended, $((SECONDS - start)) s"
    echo
    echo '```'
    tail -n 40 <<<"$output" | cut -c -300
    echo '```'
  } >>"$report"
  echo "   $ended" >&2
}

{
  echo "# Fovea on $(head -1 <<<"$gpu")"
  echo
  echo "Commit $(cat "$here/commit"), $(date -u +%F)."
  echo
  echo '```'
  "$here/bin/fovea" info
  echo '```'
} >"$report"

step "Plug-in" 30 "$here/bin/fovea_cuda_plugin_tests" --gtest_brief=1 --gtest_filter=-*WithoutADriver*
step "Streams, events, graphs, copies and memory" 60 "$here/bin/fovea_tests" --gtest_brief=1 --gtest_filter='Devices/*/cuda*'
step "Every CUDA row against the CPU" 120 "$here/bin/fovea_tests" --gtest_brief=1 --gtest_filter='CudaSuite*'
if command -v compute-sanitizer >/dev/null; then
  for tool in memcheck racecheck initcheck synccheck; do
    step "compute-sanitizer $tool" 70 env FOVEA_CUDA_EVERY=40 compute-sanitizer --tool "$tool" --error-exitcode 1 \
      "$here/bin/fovea_tests" --gtest_brief=1 --gtest_filter='CudaSuite.EveryRow*'
  done
else
  printf '\n## compute-sanitizer\n\nleft out: it is not installed\n' >>"$report"
  failed=1
fi
if "$here/bin/fovea" bench --help 2>&1 | grep -q -- --device; then
  for subject in matmul fft2 correlate2d box_filter resize; do
    step "bench $subject" 20 "$here/bin/fovea" bench "$subject" --device cuda
  done
else
  printf '\n## Benchmarks\n\nleft out: this program times the CPU only\n' >>"$report"
fi
echo "$report"
exit $failed
