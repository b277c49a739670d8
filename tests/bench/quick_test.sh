#!/bin/bash
# The benchmark works: a handful of scenarios with Davit, nginx, lighttpd and the floor, every answer checked, every file written.
#     quick_test.sh FOLDER_OF_BENCH_LOAD      $DAVIT and $SOURCE_DIR as in tests/programs
set -euo pipefail
. "${SOURCE_DIR:?}/tests/programs/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
scenarios='get_4k get_304 propfind_0 propfind_1_allprop put_over lock_unlock copy_tree idle_connection'
BENCH_BUILD=$1 /usr/bin/python3 -B "$here/bench.py" --quick --rounds 1 --out "$work/out" --servers davit,davit-unsynced,nginx,lighttpd,floor \
    --only "^(${scenarios// /|})\$" | tee "$work/printed" || fail "the benchmark ended with an error"

for name in performance.md performance.json performance.svg; do [ -s "$work/out/$name" ] || fail "no $name"; done
xmllint --noout "$work/out/performance.svg"
/usr/bin/python3 - "$work/out/performance.json" $scenarios <<'PY'
import json
import sys

measured = json.load(open(sys.argv[1]))["scenarios"]
assert sorted(measured) == sorted(sys.argv[2:]), sorted(measured)
for name, one in measured.items():
    assert not one["excluded"], (name, one["excluded"])
    assert {"davit", "nginx", "lighttpd"} <= set(one["results"]), (name, list(one["results"]))
    for server, result in one["results"].items():
        assert result["value"] >= 0 and not result.get("failed"), (name, server, result)
        assert name == "idle_connection" or result["cpu"] > 0 and result["done"] > 0, (name, server, result)
PY
say "every scenario measured, every answer as it should be"
