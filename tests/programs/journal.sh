#!/bin/bash
# log.journal with a real systemd-journald, in a separate mount namespace with an empty /run; needs root. journalctl finds the
# entries by their fields. Without a journal the server writes lines to standard error, and says so.
set -euo pipefail
if [ "${1:-}" != --inside ]; then exec unshare --mount --propagation private "$0" --inside; fi
mount -t tmpfs -o mode=755 tmpfs /run
. "$(dirname "$0")/lib.sh"
[ -s /etc/machine-id ] || {
    tr -d - < /proc/sys/kernel/random/uuid > "$work/machine-id"
    mount --bind "$work/machine-id" /etc/machine-id
}
printf '[log]\njournal = true\n' > "$work/davit.toml"
mkdir "$work/root"

say "no journal"
start_davit "$work/root" --config "$work/davit.toml"
curl -fsS -o /dev/null -H 'X-Request-Id: to-stderr' "$url"
stop_davit
grep -q 'warning there is no journal (log.journal): lines go to standard error' "$work/davit.log" || fail "not said"
grep -q 'info to-stderr GET' "$work/davit.log" || fail "the line is lost"

say "systemd-journald"
mkdir -p /run/systemd/journal /run/log/journal
/usr/lib/systemd/systemd-journald > "$work/journald.log" 2>&1 &
journald=$!
cleanups+=("kill $journald; wait $journald")
for _ in $(seq 100); do [ -S /run/systemd/journal/socket ] && break; sleep 0.1; done
[ -S /run/systemd/journal/socket ] || fail "no journal: $(cat "$work/journald.log")"
: > "$work/davit.log"
start_davit "$work/root" --config "$work/davit.toml"
curl -fsS -o /dev/null -H 'X-Request-Id: put-1' -T "$SOURCE_DIR/LICENSE" "${url}a%20b"
lock_as somebody 'a%20b'
curl -sS -o /dev/null -H 'X-Request-Id: put-2' -H 'User-Agent: a tester' -T "$SOURCE_DIR/LICENSE" "${url}a%20b"
token=$("$DAVIT" locks list "$work/root" | grep -o 'urn:uuid:[0-9a-f-]*')
"$DAVIT" locks break "$token" "$work/root" > /dev/null
printf '[log]\njournal = true\naccess = "no"\n' > "$work/davit.toml"
kill -HUP "$davit_pid"

# entry FIELD=VALUE: waits for that entry, as JSON.
entry() {
    for _ in $(seq 100); do
        journalctl --quiet --no-pager -D /run/log/journal -o json "$@" > "$work/entry" 2> /dev/null || true
        [ ! -s "$work/entry" ] || return 0
        sleep 0.1
    done
    fail "no entry with $*"
}
# has FIELD VALUE: checks the entry that was found.
has() {
    python3 -B -c 'import json, sys; entry = json.loads(open(sys.argv[1]).readline()); sys.exit(entry.get(sys.argv[2]) != sys.argv[3])' \
        "$work/entry" "$1" "$2" || fail "$1 is not $2: $(cat "$work/entry")"
}

entry DAVIT_REQUEST_ID=put-1
has DAVIT_METHOD PUT
has DAVIT_TARGET /a%20b
has DAVIT_STATUS 201
has DAVIT_CLIENT 127.0.0.1
has DAVIT_BYTES_IN "$(stat -c %s "$SOURCE_DIR/LICENSE")"
has PRIORITY 6
has SYSLOG_IDENTIFIER davit
has _PID "$davit_pid"
entry DAVIT_CODE=locked
has DAVIT_REQUEST_ID put-2
has DAVIT_STATUS 423
has DAVIT_CAUSE_HREF /a%20b
has DAVIT_USER_AGENT "a tester"
entry DAVIT_ACT=lock-broken
has PRIORITY 4
entry _PID="$davit_pid" PRIORITY=3
grep -q 'the configuration was not reloaded.*log.access: expected true or false' "$work/entry" || fail "$(cat "$work/entry")"
entry _PID="$davit_pid" PRIORITY=6
grep -q "serving $work/root" "$work/entry" || fail "the start is not told: $(cat "$work/entry")"
stop_davit
[ ! -s "$work/davit.log" ] || fail "something went to standard error too"
