#!/bin/bash
# own_syslog.sh FILE COMMAND...: runs a command in a separate mount namespace in which /dev/log writes to FILE; needs root.
# So a test can read a program's syslog on a machine without syslog, and does not write to the machine's own.
set -euo pipefail
if [ "${1:-}" != --inside ]; then exec unshare --mount --propagation private "$0" --inside "$@"; fi
file=$2; shift 2
dev=$(mktemp -d)
trap 'rmdir "$dev"' EXIT
mount -t tmpfs dev "$dev"
for name in null zero random urandom tty fuse; do
    [ -e "/dev/$name" ] || continue
    : > "$dev/$name"
    mount --bind "/dev/$name" "$dev/$name"
done
mount --move "$dev" /dev
python3 -c '
import socket, sys
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind("/dev/log")
with open(sys.argv[1], "ab", 0) as out:
    while True:
        out.write(log.recv(65536) + b"\n")
' "$file" &
listener=$!
trap 'kill "$listener"; rmdir "$dev"' EXIT
for _ in $(seq 100); do [ -S /dev/log ] && break; sleep 0.1; done
"$@"
