#!/bin/bash
# Every trace against this server, directly and through nginx with the shipped configuration. Then the player itself: a server
# that keeps no promise must fail.
. "$(dirname "$0")/../programs/lib.sh"
replay() { /usr/bin/python3 -B "$SOURCE_DIR/tests/clients/replay.py" "$@"; }
mkdir "$work/root"
cat > "$work/davit.toml" <<'CONF'
[server]
authorities = ["127.0.0.1"]
CONF
start_davit "$work/root" --config "$work/davit.toml"
say "directly"
replay "$url" || fail "directly"
start_nginx "$port"
say "through nginx"
replay "$nginx_url" || fail "through nginx"
[ -z "$(ls "$work/root")" ] || fail "something was left: $(ls "$work/root")"
stop_davit || fail "the server did not end well"

say "a server that only reads: no client that writes can work with it, and the player says so"
start_davit "$work/root" --read-only
if replay "$url" "$SOURCE_DIR/tests/clients/keepass_save.trace" > "$work/said"; then fail "nothing was said about a read-only server"; fi
grep -q '^FAILED keepass_save' "$work/said" || fail "not as expected: $(cat "$work/said")"
