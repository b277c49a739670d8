#!/bin/bash
# rclone: a mount, a sync whose second run finds no changes, a check.
# rclone waits 10 ms between two requests, so the number of files determines the duration.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sample_tree.sh"
need_fuse
mkdir "$work/root" "$work/mnt" "$work/back"
export RCLONE_CONFIG=$work/rclone.conf
make_sample "$work/sample"
start_davit "$work/root"
cat > "$RCLONE_CONFIG" <<CONF
[dav]
type = webdav
url = $url
vendor = owncloud
CONF
# docs/mounting.md recommends these mount options, because they keep times and checksums, as checked below.
for page in README.md config/quickstart.sh docs/mounting.md; do
    told=$(grep -E '(--webdav-vendor |rclone config .*vendor=)' "$SOURCE_DIR/$page") || fail "$page shows no rclone"
    if grep -vE 'vendor[ =]owncloud' <<< "$told"; then fail "$page tells rclone of another vendor"; fi
done

say "sync, twice, and check"
rclone sync "$work/sample" dav:sync --transfers 4 --checkers 8 --retries 1 -q
rclone sync "$work/sample" dav:sync --transfers 4 --checkers 8 --retries 1 -v 2> "$work/second.log"
if grep -E ': (Copied|Deleted|Updated)' "$work/second.log"; then fail "the second sync had something to do"; fi
rclone check "$work/sample" dav:sync -q || fail "rclone check"
diff <(checksums "$work/sample") <(checksums "$work/root/sync") || fail "what arrived on the server differs"

say "times and checksums"
make_sample "$work/marked" 40
find "$work/marked" -type f -print0 | while IFS= read -r -d '' each; do
    touch -d "@$((1000000000 + RANDOM * 1000))" "$each"
done
times() { (cd "$1" && find . -type f -printf '%P %Ts\n' | LC_ALL=C sort); }
rclone sync "$work/marked" dav:marked --checksum --checkers 8 --retries 1 -q
diff <(times "$work/marked") <(times "$work/root/marked") || fail "times have not been kept"
nothing_to_do() {  # ARGUMENTS of sync
    rclone sync "$work/marked" dav:marked "$@" --checkers 8 --retries 1 -v 2> "$work/again.log"
    if grep -E ': (Copied|Deleted|Updated)' "$work/again.log"; then fail "sync $* had something to do"; fi
}
nothing_to_do --checksum
nothing_to_do
hashes() { rclone hashsum "$1" "$2" | LC_ALL=C sort; }
for kind in MD5 SHA1; do
    diff <(hashes "$kind" "$work/marked") <(hashes "$kind" dav:marked) || fail "$kind of what arrived"
done
rclone check "$work/marked" dav:marked 2> "$work/check.log" || fail "rclone check"
if grep 'could not be checked' "$work/check.log"; then fail "some files have no checksum"; fi
rclone copyto dav:marked dav:copied -q
rclone moveto dav:copied dav:moved -q
diff <(hashes MD5 dav:marked) <(hashes MD5 dav:moved) || fail "checksums have not come along with COPY and MOVE"
diff <(times "$work/marked") <(times "$work/root/moved") || fail "times have not come along with COPY and MOVE"
printf AAAA > "$work/marked/twin"
touch -d @1000000000 "$work/marked/twin"
rclone copy "$work/marked/twin" dav:marked -q
printf BBBB > "$work/marked/twin"
touch -d @1000000000 "$work/marked/twin"
nothing_to_do
rclone sync "$work/marked" dav:marked --checksum -q
[ "$(cat "$work/root/marked/twin")" = BBBB ] || fail "sync --checksum did not see another content of the same size and time"

say "mount"
rclone mount dav: "$work/mnt" --vfs-cache-mode writes --vfs-write-back 0s --dir-cache-time 1s -q &
rclone_pid=$!
cleanups+=("fusermount3 -u $work/mnt 2>/dev/null; kill $rclone_pid 2>/dev/null; wait $rclone_pid")
for _ in $(seq 100); do mountpoint -q "$work/mnt" && break; sleep 0.1; done
mountpoint -q "$work/mnt" || fail "rclone mount"
make_sample "$work/small" 300
cp -r "$work/small" "$work/mnt/mounted"
for _ in $(seq 300); do [ "$(find "$work/root/mounted" -type f | wc -l)" -eq "$(find "$work/small" -type f | wc -l)" ] && break; sleep 0.1; done
cp -r "$work/mnt/mounted" "$work/back/"
diff <(checksums "$work/small") <(checksums "$work/back/mounted") || fail "what came back through the mount differs"
diff <(checksums "$work/small") <(checksums "$work/root/mounted") || fail "what arrived on the server differs"
mv "$work/mnt/mounted/odd names" "$work/mnt/mounted/renamed"
[ "$(cat "$work/root/mounted/renamed/a b")" = "content of a b" ] || fail "rename through the mount"
# While rclone rereads the folder, it may lead a reader to the old name, for at most --dir-cache-time.
for _ in $(seq 30); do seen=$(cat "$work/mnt/mounted/renamed/a b" 2> /dev/null) && break; sleep 0.1; done
[ "$seen" = "content of a b" ] || fail "what was renamed cannot be read through the mount"
rm -r "$work/mnt/mounted/renamed"
[ ! -e "$work/root/mounted/renamed" ] || fail "remove through the mount"
say "files: $(find "$work/sample" -type f | wc -l) synced, $(find "$work/small" -type f | wc -l) through the mount"

say "a failure, as its user sees it"
echo x > "$work/x"
rclone copyto "$work/x" dav:locked -q
lock_as alice locked
if rclone deletefile dav:locked --retries 1 --low-level-retries 1 2> "$work/said"; then fail "a locked file was deleted"; fi
cat "$work/said"
grep -q "is locked by alice until" "$work/said" || fail "rclone does not show the sentence"
sed -n 's/^[0-9/]* [0-9:]* \(ERROR : locked: \)/\1/p' "$work/said" | head -1 | documented

say "a rename that a lock on a member holds up fails visibly, and nothing is moved"
rclone copyto "$work/x" dav:held/sub/locked -q
lock_as alice held/sub/locked
if rclone moveto dav:held dav:elsewhere --retries 1 --low-level-retries 1 2> "$work/said"; then fail "rclone moveto says that it worked"; fi
grep -q "is locked by alice until" "$work/said" || fail "rclone moveto does not show the sentence: $(cat "$work/said")"
for _ in $(seq 100); do [ -e "$work/mnt/held/sub/locked" ] && break; sleep 0.1; done
if mv "$work/mnt/held" "$work/mnt/elsewhere" 2> "$work/said"; then fail "mv on the mount says that it worked"; fi
[ -s "$work/said" ] || fail "mv on the mount says nothing"
[ "$(cat "$work/root/held/sub/locked")" = x ] || fail "the locked tree is not where it was"
[ ! -e "$work/root/elsewhere" ] || fail "a part of the locked tree was moved"
rclone copy dav:held dav:copied_held -q || fail "a lock in the source held up a copy"
