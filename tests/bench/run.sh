#!/bin/bash
# Builds Davit, the load and the floor, starts Davit and its peers, measures, writes docs/performance.md.
#     tests/bench/run.sh [--quick | --full] [--only REGEX] [--servers LIST] [--rounds N] [--out DIR]
# $DAVIT and $BENCH_BUILD name what has been built already; see README.md.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source_dir=$(cd "$here/../.." && pwd)
. "$source_dir/config/packages.sh"
mapfile -t bench_packages < "$here/packages.txt"
# shellcheck disable=SC2086
install_packages $build_packages "${bench_packages[@]}"

cd "$source_dir"
ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)"
if [ -z "${BENCH_BUILD:-}" ]; then
    export CCACHE_DIR=${CCACHE_DIR:-$source_dir/build/ccache}
    cmake --preset release -DDAVIT_BENCH=ON >/dev/null
    echo "== building"
    cmake --build build/release --target davit bench_load bench_floor -j2 > build/bench.log 2>&1 || { tail -n 60 build/bench.log; exit 1; }
    export BENCH_BUILD=$source_dir/build/release/tests
    export DAVIT=${DAVIT:-$source_dir/build/release/davit}
fi
if [ ! -x "$BENCH_BUILD/xnet" ]; then
    GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$BENCH_BUILD/go-cache go build -o "$BENCH_BUILD/xnet" "$here/xnet.go"
fi
exec /usr/bin/python3 -B "$here/bench.py" "$@"
