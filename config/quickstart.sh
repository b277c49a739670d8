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
fi

. "$source_dir/config/packages.sh"
install_packages $build_packages

cd "$source_dir"
[ -f build/release/build.ninja ] || cmake --preset release -DDAVIT_TESTS=OFF >/dev/null
echo "Building (some minutes the first time) ..."
cmake --build build/release --target davit -j2 | tail -n 1

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
