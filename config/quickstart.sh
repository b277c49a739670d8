#!/bin/sh
# Installs what Davit needs, builds it, and serves a folder on this machine, read and write:
#     config/quickstart.sh [FOLDER] [PORT]
# Without FOLDER a fresh one is made. Only programs on this machine can reach it. Ctrl-C ends it.
set -eu
source_dir=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-}
port=${2:-8080}
if [ -n "$folder" ]; then
    [ -d "$folder" ] || { echo "quickstart.sh: there is no folder $folder" >&2; exit 2; }
    folder=$(cd "$folder" && pwd)
    [ -r "$folder" ] && [ -w "$folder" ] && [ -x "$folder" ] || { echo "quickstart.sh: $(id -un) may not read and write $folder" >&2; exit 2; }
fi
case $port in *[!0-9]*|''|??????*|0*) port_is_good=no ;; *) [ "$port" -ge 1 ] && [ "$port" -le 65535 ] && port_is_good=yes || port_is_good=no ;; esac
[ "$port_is_good" = yes ] || { echo "quickstart.sh: $port is no port from 1 to 65535" >&2; exit 2; }

# Whether a program listens where the server will: on 127.0.0.1, or on all addresses of IPv4 or IPv6.
port_is_taken() {
    for table in /proc/net/tcp /proc/net/tcp6; do
        [ ! -r "$table" ] || cat "$table"
    done | awk -v port="$(printf '%04X' "$port")" '
        $4 == "0A" { split($2, at, ":"); if (at[2] == port && at[1] ~ /^(0+|0100007F|0000000000000000FFFF00000100007F)$/) found = 1 }
        END { exit !found }'
}
# Checked before the build, which takes minutes, and again after it.
need_port() {
    ! port_is_taken || { echo "quickstart.sh: port $port is in use on this machine; name another: config/quickstart.sh FOLDER PORT" >&2; exit 2; }
    least=$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start 2>/dev/null || echo 1024)
    [ "$port" -ge "$least" ] || [ "$(id -u)" -eq 0 ] || { echo "quickstart.sh: ports below $least are for root; name another: config/quickstart.sh FOLDER PORT" >&2; exit 2; }
}
need_port

. "$source_dir/config/packages.sh"
install_packages $build_packages

cd "$source_dir"
[ -f build/release/build.ninja ] || cmake --preset release -DDAVIT_TESTS=OFF >/dev/null
echo "Building (some minutes the first time) ..."
cmake --build build/release --target davit -j2 | tail -n 1

need_port
if [ -z "$folder" ]; then
    folder=$(mktemp -d "${TMPDIR:-/tmp}/davit.XXXXXX")
    echo "Welcome to Davit." > "$folder/welcome.txt"
fi

cat <<TEXT

Serving $folder read and write. Mount it, from this machine:

  davfs2    sudo mount -t davfs http://127.0.0.1:$port/ /mnt
  rclone    rclone mount :webdav: /mnt --webdav-url http://127.0.0.1:$port/ --webdav-vendor owncloud
  GVfs      gio mount dav://127.0.0.1:$port/          (or "Connect to Server" in the file manager)
  Windows   net use Z: http://127.0.0.1:$port/
  macOS     Finder, Go, Connect to Server: http://127.0.0.1:$port/
  curl      curl -T file http://127.0.0.1:$port/

TEXT
exec build/release/davit serve "$folder" --listen "127.0.0.1:$port"
