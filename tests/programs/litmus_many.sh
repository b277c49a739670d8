#!/bin/bash
# Sixteen litmus processes at once, each on its own folder: all five suites of each pass, as if it were alone.
. "$(dirname "$0")/lib.sh"
clients=${DAVIT_LITMUS_CLIENTS:-16}
mkdir "$work/root"
start_davit "$work/root"
pids=()
for (( i = 0; i < clients; ++i )); do
    mkdir "$work/root/client$i" "$work/client$i"
    # litmus writes debug.log and child.log to its working directory.
    ( cd "$work/client$i" && exec timeout 240 litmus "${url}client$i/" > litmus.out 2>&1 ) &
    pids+=($!)
done
cleanups+=("kill ${pids[*]} 2>/dev/null")
bad=
for (( i = 0; i < clients; ++i )); do
    wait "${pids[i]}" || bad+=" $i"
    out=$work/client$i/litmus.out
    grep -qE 'FAIL|WARNING|SKIPPED|tests were skipped|warnings were' "$out" && bad+=" $i"
    [ "$(grep -c '100.0%' "$out")" -eq 5 ] || bad+=" $i"
done
for i in $(echo "$bad" | tr ' ' '\n' | sort -nu); do
    echo "--- client $i"; cat "$work/client$i/litmus.out"; tail -n 30 "$work/client$i/debug.log"
done
[ -z "$bad" ] || fail "not green:$bad"
say "$clients clients, five suites each, all green"
[ -z "$(ls -A "$work/root/.davit/tmp")" ] || fail "left in tmp: $(ls -A "$work/root/.davit/tmp")"
