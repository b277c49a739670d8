#!/bin/bash
# Debian's litmus, all five suites: no failure, no warning, no skipped test.   litmus.sh [nginx|tls]
# LITMUS_DIR=FOLDER litmus.sh [all]: the suites of a litmus built there, with `protected` and `largefile`; `all`: `lockbomb` too, which
# takes minutes. docs/conformance.md says how to build a newer litmus.
. "$(dirname "$0")/lib.sh"
mkdir "$work/root"

# suite NAME: runs a suite of LITMUS_DIR on a new folder.
suite() {
    mkdir "$work/root/$1" "$work/$1"
    # litmus writes debug.log and child.log to its working directory.
    (cd "$work/$1" && TEST_PROTECTED=.davit "$LITMUS_DIR/$1" "$url$1/" > litmus.out 2>&1) || { cat "$work/$1/litmus.out"; fail "litmus $1"; }
    cat "$work/$1/litmus.out"
    if grep -E 'FAIL|WARNING|SKIPPED|tests? (was|were) skipped|warnings were' "$work/$1/litmus.out"; then fail "litmus $1 is not green"; fi
    grep -q '100.0%' "$work/$1/litmus.out" || fail "litmus $1 did not run"
}

if [ -n "${LITMUS_DIR:-}" ]; then
    LITMUS_DIR=$(cd "$LITMUS_DIR" && pwd)
    start_davit "$work/root"
    for name in basic copymove props locks http protected largefile; do suite "$name"; done
    if [ "${1:-}" = all ]; then suite lockbomb; fi
    exit 0
fi
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
