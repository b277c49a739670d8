#!/bin/bash
# GVfs through gio, in a session bus of its own: lists, copies, renames, deletes.
. "$(dirname "$0")/lib.sh"
mkdir "$work/root" "$work/run" "$work/home"
chmod 700 "$work/run"
start_davit "$work/root"
cat > "$work/session.sh" <<'IN'
set -eu
gio mount "dav://127.0.0.1:$PORT/"
base="dav://127.0.0.1:$PORT"
gio mkdir "$base/folder name"
gio copy "$WORK/local.txt" "$base/folder%20name/ümlaut.txt"
gio list "$base/folder%20name" | grep -x 'ümlaut.txt'
[ "$(gio cat "$base/folder%20name/ümlaut.txt")" = hello ]
gio rename "$base/folder%20name/ümlaut.txt" renamed.txt
gio move "$base/folder%20name/renamed.txt" "$base/moved.txt"
gio copy "$base/moved.txt" "$base/copied.txt"
gio info "$base/moved.txt" | grep -q 'standard::size: 6'
echo replaced | gio save "$base/copied.txt"
[ "$(gio cat "$base/copied.txt")" = replaced ]
gio remove "$base/moved.txt"
gio remove "$base/folder%20name"
gio list "$base/" | grep -x copied.txt
# A lock on a member prevents the rename of its folder: gio reports it, and the server moves nothing.
gio mkdir "$base/held"
gio copy "$WORK/local.txt" "$base/held/locked"
curl -fsS -o /dev/null -X LOCK -H 'Content-Type: application/xml' -d '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>' "http://127.0.0.1:$PORT/held/locked"
if gio rename "$base/held" elsewhere 2> "$WORK/said"; then echo "gio rename says that it worked" >&2; exit 1; fi
[ -s "$WORK/said" ]
cat "$WORK/said"
gio mount -u "$base/"
IN
echo hello > "$work/local.txt"
env -u DISPLAY HOME="$work/home" XDG_RUNTIME_DIR="$work/run" LC_ALL=C.UTF-8 GVFS_DISABLE_FUSE=1 PORT="$port" WORK="$work" \
    timeout 120 dbus-run-session -- bash "$work/session.sh" || fail "gio"
[ "$(ls -m "$work/root")" = "copied.txt, held" ] && [ -e "$work/root/held/locked" ] || fail "the server's folder is not as expected: $(ls "$work/root")"
