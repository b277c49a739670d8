#!/bin/bash
# Debian's litmus, all five suites: no failure, no warning, nothing skipped.   litmus.sh [nginx]
. "$(dirname "$0")/lib.sh"
mkdir "$work/root"
start_davit "$work/root"
target=$url
if [ "${1:-}" = nginx ]; then start_nginx "$port"; target=$nginx_url; fi
cd "$work"
litmus "$target" > "$work/litmus.out" 2>&1 || { cat "$work/litmus.out"; tail -n 50 debug.log; fail "litmus"; }
cat "$work/litmus.out"
if grep -E 'FAIL|WARNING|SKIPPED|tests were skipped|warnings were' "$work/litmus.out"; then fail "litmus is not green"; fi
[ "$(grep -c '100.0%' "$work/litmus.out")" -eq 5 ] || fail "not all five suites ran"
