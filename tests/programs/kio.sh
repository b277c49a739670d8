#!/bin/bash
# KDE's KIO through kioclient, with a separate session bus: copies a folder in, lists, stats, copies, moves, removes.
# kioclient has no mkdir; copying a folder makes collections (MKCOL).
. "$(dirname "$0")/lib.sh"
mkdir -p "$work/root" "$work/run" "$work/home" "$work/tree/sub"
chmod 700 "$work/run"
echo hello > "$work/tree/sub/name ü.txt"
echo replaced > "$work/other.txt"
start_davit "$work/root"
# A bus that starts no services: kded5 and similar services would outlive the session.
cat > "$work/bus.conf" <<'CONF'
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
CONF
cat > "$work/session.sh" <<'IN'
set -eu
base="webdav://127.0.0.1:$PORT"
kio() { timeout 20 kioclient5 --noninteractive "$@"; }
kio copy "$WORK/tree" "$base/"
kio ls "$base/tree/sub" > "$WORK/ls"
grep -x 'name ü.txt' "$WORK/ls"
kio stat "$base/tree/sub/name ü.txt" > "$WORK/stat"
grep -E '^SIZE +6$' "$WORK/stat"
kio cat "$base/tree/sub/name ü.txt" > "$WORK/cat"
cmp "$WORK/tree/sub/name ü.txt" "$WORK/cat"
kio --overwrite copy "$WORK/other.txt" "$base/tree/sub/name ü.txt"
kio copy "$base/tree/sub/name ü.txt" "$WORK/back.txt"
kio move "$base/tree/sub/name ü.txt" "$base/moved.txt"
kio copy "$base/tree" "$base/again"
kio copy "$base/moved.txt" "$base/copied.txt"
kio remove "$base/moved.txt"
kio remove "$base/tree"
IN
env -u DISPLAY QT_QPA_PLATFORM=offscreen HOME="$work/home" XDG_RUNTIME_DIR="$work/run" LC_ALL=C.UTF-8 PORT="$port" WORK="$work" \
    timeout 120 dbus-run-session --config-file="$work/bus.conf" -- bash "$work/session.sh" || fail "kioclient"
cmp "$work/other.txt" "$work/back.txt" || fail "what came back differs"
cmp "$work/other.txt" "$work/root/copied.txt" || fail "what was copied on the server differs"
[ -d "$work/root/again/sub" ] || fail "the folder was not copied"
[ "$(ls "$work/root" | tr '\n' ' ')" = "again copied.txt " ] || fail "the server's folder is not as expected: $(ls "$work/root")"
