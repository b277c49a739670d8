#!/bin/bash
# Installs the packages that the tests need, builds everything, runs all tests, and ends with ctest's summary.
#     tests/run.sh [ctest arguments]
set -euo pipefail
source_dir=$(cd "$(dirname "$0")/.." && pwd)
. "$source_dir/config/packages.sh"
mapfile -t test_packages < "$source_dir/tests/packages.txt"
# Node.js's own packages bring npm along and exclude Debian's.
command -v npm > /dev/null || test_packages+=(npm)
command -v node > /dev/null || test_packages+=(nodejs)
# shellcheck disable=SC2086
install_packages $build_packages "${test_packages[@]}"
echo "== packages: $SECONDS s"

cd "$source_dir"
export CCACHE_DIR=${CCACHE_DIR:-$source_dir/build/ccache}
build() {  # preset, target, further definitions
    local preset=$1 target=$2 start=$SECONDS; shift 2
    cmake --preset "$preset" -DDAVIT_WERROR=ON "$@" >/dev/null
    echo "== building $preset"
    cmake --build "build/$preset" --target "$target" -j2 > "build/$preset.log" 2>&1 || { tail -n 60 "build/$preset.log"; exit 1; }
    echo "   $((SECONDS - start)) s"
}
# The strictest compiler comes first.
build release all -DDAVIT_TESTS=ON -DDAVIT_PROGRAM_TESTS=ON
# asan-ubsan includes the fuzzers. The sanitized builds have no tests of programs: ctest of the release build runs their tests.
build asan-ubsan all -DDAVIT_PROGRAM_TESTS=OFF
build tsan all -DDAVIT_PROGRAM_TESTS=OFF

echo "== packages and builds: $SECONDS s"
# Four at a time on two cores, because most tests wait for servers, clients and disks.
status=0
ctest --test-dir build/release -j4 --output-on-failure --no-tests=error "$@" 2>&1 | tee build/ctest.log || status=$?
# ctest does not print why a test skipped a check.
if grep '^## NOT CHECKED' build/release/Testing/Temporary/LastTest.log; then sed -n '/% tests passed/,$p' build/ctest.log; fi
exit "$status"
