#!/bin/bash
# davfs2: mounts, locks, writes, renames, reads back.
. "$(dirname "$0")/lib.sh"
need_fuse
as_root=; [ "$(id -u)" -eq 0 ] || as_root=sudo
mkdir "$work/root" "$work/mnt"
echo before > "$work/root/there"
start_davit "$work/root"
cat > "$work/davfs2.conf" <<CONF
use_locks 1
ask_auth 0
delay_upload 0
backup_dir lost
gui_optimize 0
CONF

$as_root mount -t davfs -o "conf=$work/davfs2.conf,uid=$(id -u)" "$url" "$work/mnt" </dev/null || fail "mount.davfs"
cleanups+=("$as_root umount $work/mnt")
if ! ls "$work/mnt" > /dev/null 2> "$work/ls.err"; then
    # With any server, davfs2 1.6.1 gives the kernel directory entries that newer kernels refuse (EINVAL from getdents64).
    echo "## davfs2 cannot list directories with this kernel ($(cat "$work/ls.err")); working by known names."
fi
[ "$(cat "$work/mnt/there")" = before ] || fail "reading"
echo new > "$work/mnt/file"
for _ in $(seq 100); do [ "$(cat "$work/root/file" 2>/dev/null)" = new ] && break; sleep 0.2; done
[ "$(cat "$work/root/file")" = new ] || fail "writing"
grep -q ' LOCK ' "$work/davit.log" || fail "davfs2 did not lock"
head -c 3000000 /dev/urandom > "$work/large"
cp "$work/large" "$work/mnt/large"
mkdir "$work/mnt/folder"
for _ in $(seq 100); do cmp -s "$work/large" "$work/root/large" && break; sleep 0.2; done
cmp "$work/large" "$work/root/large" || fail "a large file"
mv "$work/mnt/file" "$work/mnt/folder/renamed" || fail "renaming"
[ "$(cat "$work/mnt/folder/renamed")" = new ] || fail "reading what was renamed"
[ "$(cat "$work/root/folder/renamed")" = new ] || fail "the rename did not reach the server"
rm "$work/mnt/folder/renamed" && rmdir "$work/mnt/folder" || fail "removing"
[ ! -e "$work/root/folder" ] || fail "the removal did not reach the server"

say "a failure, as its user sees it"
# davfs2 gives the kernel an errno, and writes the reason only to syslog, with these two options.
printf 'debug http\ndebug httpbody\n' >> "$work/davfs2.conf"
mkdir "$work/root/tree" "$work/mnt2"
echo x > "$work/root/tree/member"
lock_as alice there
lock_as alice tree/member
cat > "$work/refused.sh" <<SH
set -e
cd "$work"
mount -t davfs -o "conf=$work/davfs2.conf" "$url" mnt2 < /dev/null
trap 'umount mnt2' EXIT
! rm mnt2/there 2> said.rm || exit 3
! mv mnt2/tree mnt2/moved 2> said.mv || exit 4
! sh -c 'echo new > mnt2/there' 2> said.write || exit 5
SH
$as_root "$(dirname "$0")/own_syslog.sh" "$work/syslog" bash "$work/refused.sh" || fail "what is locked was changed"
cat "$work"/said.*
[ "$(cat "$work/root/there")" = before ] && [ -f "$work/root/tree/member" ] || fail "what is locked was changed"
{ cat "$work/said.rm" "$work/said.mv"; } | documented
grep -o '<s:message>/there .*</s:message>' "$work/syslog" | sort -u > "$work/sentences"
grep -q "/there is locked by alice until" "$work/sentences" || fail "the syslog does not hold why /there was not removed"
grep -q "/there has an exclusive lock of alice already" "$work/sentences" || fail "the syslog does not hold why /there was not locked"
documented < "$work/sentences"
grep -o '<s:message>/tree/member .*</s:message>' "$work/syslog" | head -1 | documented
