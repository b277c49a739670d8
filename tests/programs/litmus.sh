#!/bin/bash
# Debian's litmus, all five suites: no failure, no warning, nothing skipped.   litmus.sh [nginx|tls]
. "$(dirname "$0")/lib.sh"
mkdir "$work/root"
allowed=
if [ "${1:-}" = tls ]; then
    make_certificate
    start_davit "$work/root" --config "$work/tls.toml"
    allowed='expect100.*SKIPPED .skipping for SSL server|1 test was skipped'  # litmus itself has it so; wire.tls sends Expect
    target=$tls_url
else
    start_davit "$work/root"
    target=$url
fi
if [ "${1:-}" = nginx ]; then start_nginx "$port"; target=$nginx_url; fi
cd "$work"
litmus "$target" > "$work/litmus.out" 2>&1 || { cat "$work/litmus.out"; tail -n 50 debug.log; fail "litmus"; }
cat "$work/litmus.out"
if grep -vE "${allowed:-^$}" "$work/litmus.out" | grep -E 'FAIL|WARNING|SKIPPED|tests? (was|were) skipped|warnings were'; then fail "litmus is not green"; fi
[ "$(grep -c '100.0%' "$work/litmus.out")" -eq 5 ] || fail "not all five suites ran"
