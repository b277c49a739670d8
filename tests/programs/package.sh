#!/bin/bash
# The Debian package in a separate root, made by mmdebstrap from this machine's mirror: it installs with its dependencies, the
# unit is valid, the installed program serves as its user, an upgrade keeps files and configuration, and a purge removes
# everything of the package and nothing of its users.   package.sh BUILD
# Not checked: the unit under a running systemd, so neither its mounts nor its watchdog. Instead the program runs as the
# unit's user under the unit's system call filter, loaded by libseccomp.
. "$(dirname "$0")/lib.sh"
build=$1
[ "$(id -u)" -eq 0 ] || fail "needs root: it works in another root"
root=$work/root
inside() { chroot "$root" "$@"; }

say "manual pages"
for page in "$SOURCE_DIR"/docs/man/*; do
    LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" > /dev/null 2> "$work/man.log"
    [ ! -s "$work/man.log" ] || fail "$page: $(cat "$work/man.log")"
done
keys() { sed -nE 's/^#? ?([a-z_]+) = .*/\1/p' "$1"; }
[ "$(keys "$SOURCE_DIR/config/davit.toml" | wc -l)" -gt 30 ]
for key in $(keys "$SOURCE_DIR/config/davit.toml"); do
    grep -q "^\.BI $key " "$SOURCE_DIR/docs/man/davit.toml.5" || fail "davit.toml(5) does not have $key"
    grep -qE "[.\`]$key\`" "$SOURCE_DIR/docs/configuration.md" || [[ $key == timeout_min ]] || fail "docs/configuration.md does not have $key"
done
for command in $("$DAVIT" --help | sed -n '/^Subcommands:/,$ s/^  \([a-z-]*\) .*/\1/p'); do
    grep -qE "^\.BR? \"?davit ${command//-/\\\\-}" "$SOURCE_DIR/docs/man/davit.1" || fail "davit(1) does not have $command"
done
for option in $("$DAVIT" serve --help | grep -oE '^ +--[a-z-]+' ) $("$DAVIT" doctor --help | grep -oE '^ +--[a-z-]+' ); do
    grep -qF -- "${option//-/\\-}" "$SOURCE_DIR/docs/man/davit.1" || fail "davit(1) does not have $option"
done

say "packing"
(cd "$build" && cpack -B "$work/packed" > "$work/cpack.log" 2>&1) || fail "cpack: $(cat "$work/cpack.log")"
package=$(echo "$work"/packed/davit_*.deb)
# Lintian tags that do not apply: the program has no changelog, its licence has no names, and systemctl needs a running systemd.
lintian --no-cfg --suppress-tags no-changelog,copyright-without-copyright-notice,maintainer-script-calls-systemctl \
    --fail-on error,warning "$package" 2>/dev/null || fail "lintian"

# Builds the same package with a later version.
dpkg-deb -R "$package" "$work/later"
sed -i -E 's/^(Version: .*)/\1.1/' "$work/later/DEBIAN/control"
echo "# of a later version" >> "$work/later/etc/davit/davit.toml"
later=$work/later.deb
dpkg-deb --build --root-owner-group -Znone "$work/later" "$later" > /dev/null

say "a root with the package's dependencies"
release=$(. /etc/os-release; echo "$VERSION_CODENAME")
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' "Codename: $release" | head -n 1)
depends=$(dpkg-deb -f "$package" Depends | sed -E 's/ *\([^)]*\)//g; s/, */,/g')
mkdir "$root"
mount -t tmpfs -o mode=755,size=800m tmpfs "$root"
cleanups+=('umount "$root"')
mmdebstrap --quiet --mode=root --variant=essential --format=directory --include="$depends" \
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt=force-unsafe-io "$release" "$root" "$mirror" > "$work/bootstrap.log" 2>&1 ||
    fail "no root could be made from $mirror: $(tail -n 5 "$work/bootstrap.log")"
mount --bind /proc "$root/proc"
cleanups+=('umount "$root/proc"')
mount -t tmpfs tmpfs "$root/dev"
cleanups+=('umount "$root/dev"')
for device in null urandom random; do cp -a "/dev/$device" "$root/dev/"; done
cp "$package" "$root/davit.deb"
cp "$later" "$root/later.deb"
(cd "$root" && find . -xdev \( -path ./proc -o -path ./dev -o -path ./var/lib/dpkg -o -path './var/log' -o -path './var/cache' \) -prune -o -print) | sort > "$work/before"
cp "$root/etc/passwd" "$root/etc/group" "$work"

install_package() { inside dpkg --install "/$1" > "$work/dpkg.log" 2>&1 || fail "dpkg: $(cat "$work/dpkg.log")"; }

say "a user davit of somebody else"
inside useradd --create-home --comment "David Itten" davit
! inside dpkg --install /davit.deb > "$work/dpkg.log" 2>&1 || fail "it took the user over"
grep -q 'that this package did not make' "$work/dpkg.log" || fail "it does not say why: $(cat "$work/dpkg.log")"
inside dpkg --purge davit > "$work/dpkg.log" 2>&1 || fail "dpkg: $(cat "$work/dpkg.log")"
inside id davit > /dev/null || fail "a purge deleted somebody's user"
[ -d "$root/home/davit" ] || fail "a purge deleted somebody's home"
inside userdel --remove davit > /dev/null 2>&1
inside groupadd davit
! inside dpkg --install /davit.deb > "$work/dpkg.log" 2>&1 || fail "it took the group over"
inside dpkg --purge davit > "$work/dpkg.log" 2>&1 || fail "dpkg: $(cat "$work/dpkg.log")"
inside groupdel davit || fail "a purge deleted somebody's group"
rm -rf "$root"/etc/passwd- "$root"/etc/group- "$root"/etc/shadow- "$root"/etc/gshadow- "$root"/etc/subuid- "$root"/etc/subgid- "$root"/var/mail/davit "$root"/var/spool/mail/davit

say "installing"
install_package davit.deb
grep -q 'systemctl enable --now davit' "$work/dpkg.log" || fail "it does not say how to start it"
[ ! -e "$root/etc/systemd/system/multi-user.target.wants/davit.service" ] || fail "enabled without being asked"
[ "$(stat -c '%a %U' "$root/var/lib/davit/files" | cut -d' ' -f1)" = 750 ]
[ "$(stat -c %u "$root/var/lib/davit/files")" = "$(inside id -u davit)" ] || fail "the folder is not its user's"
inside davit --version
inside davit check-config /etc/davit/davit.toml
inside davit check-config /usr/share/doc/davit/examples/davit.toml
for page in man1/davit.1 man5/davit.toml.5; do zcat "$root/usr/share/man/$page.gz" | grep -q '^\.TH DAVIT'; done

say "the unit"
unit=$root/usr/lib/systemd/system/davit.service
# The path of the program is the one inside the root.
sed "s,/usr/bin/davit,$root/usr/bin/davit," "$unit" > "$work/davit.service"
systemd-analyze verify --man=no "$work/davit.service" > "$work/verify.log" 2>&1 || fail "verify: $(cat "$work/verify.log")"
! grep -F davit.service "$work/verify.log" || fail "the unit has mistakes"
cp "$root/usr/share/doc/davit/examples/davit.socket" "$work/"
systemd-analyze verify --man=no "$work/davit.socket" > "$work/verify.log" 2>&1 || fail "verify: $(cat "$work/verify.log")"
! grep -F davit.socket "$work/verify.log" || fail "the socket unit has mistakes"
systemd-analyze security --offline=yes --no-pager --threshold=25 "$work/davit.service" > "$work/security.log" ||
    fail "exposed: $(tail -n 1 "$work/security.log")"
tail -n 1 "$work/security.log"

# serve_inside: runs the unit's command as the unit's user, as systemd would; sets $davit_pid, $program_pid and $url.
serve_inside() {
    local command
    rm -f "$work/davit.out"
    read -ra command <<< "$(sed -n 's/^ExecStart=//p' "$unit")"
    strace -f -qq -s 0 -e signal=none -o "$work/calls" /usr/bin/python3 -B "$(dirname "$0")/unit_run.py" "$unit" "$root" \
        "$(inside id -u davit):$(inside id -g davit)" "${command[@]}" \
        > "$work/davit.out" 2>> "$work/davit.log" &
    davit_pid=$!
    for _ in $(seq 100); do
        grep -qs '^listening' "$work/davit.out" && break
        kill -0 "$davit_pid" 2>/dev/null || fail "the server did not start: $(cat "$work/davit.log")"
        sleep 0.1
    done
    url=$(sed -n 's/^listening on //p' "$work/davit.out")
    program_pid=$(pgrep -P "$davit_pid")
    # The tracer would not forward a signal, and the root cannot be unmounted while the program runs.
    cleanups+=("kill $program_pid 2>/dev/null; wait $davit_pid; davit_pid=")
}

# The tracer ends together with the program, and with its exit code.
stop_inside() {
    local tracer=$davit_pid
    davit_pid=
    kill -TERM "$program_pid"
    wait "$tracer" || fail "the server ended with $?"
}

say "serving from the root, as the unit's user"
sed -i 's/^listen = .*/listen = ["127.0.0.1:0"]/' "$root/etc/davit/davit.toml"
serve_inside
grep -q "^Uid:.$(inside id -u davit)" "/proc/$program_pid/status" || fail "it does not run as its user"
curl -fsS -T "$SOURCE_DIR/README.md" "${url}kept.md"
curl -fsS "${url}kept.md" | cmp - "$SOURCE_DIR/README.md"
curl -fsS -T "$SOURCE_DIR/LICENSE" "${url}kept.md"
curl -fsS -T "$SOURCE_DIR/README.md" "${url}kept.md"
curl -fsS -X MKCOL "${url}tree/"
curl -fsS -T "$SOURCE_DIR/LICENSE" "${url}tree/one"
curl -fsS -X COPY -H 'Destination: /copy/' "${url}tree/"
curl -fsS -X MOVE -H 'Destination: /moved/' "${url}copy/"
curl -fsS -X PROPPATCH -H 'Content-Type: application/xml' -d '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><a xmlns="urn:x">1</a></D:prop></D:set></D:propertyupdate>' \
    "${url}tree/one" > /dev/null
curl -fsS -X PROPFIND -H 'Depth: 1' "${url}tree/" | grep -q '<a xmlns="urn:x">1</a>\|urn:x' || fail "the property is not listed"
lock_as somebody tree/one
curl -fsS -X DELETE "${url}moved/"
inside davit locks list /var/lib/davit/files | grep -q somebody
kill -HUP "$program_pid"
stop_inside
# The unit's filter allows landlock as far as this kernel has it.
if [ "$(python3 -c 'import ctypes; print(ctypes.CDLL(None).syscall(444, None, 0, 1))')" -ge 2 ]; then
    grep -q 'confined by landlock, version' "$work/davit.log" || fail "it is not confined: $(cat "$work/davit.log")"
fi
/usr/bin/python3 -B "$(dirname "$0")/unit_filter.py" "$unit" "$work/calls" /usr/bin/davit
# The server writes nothing that the hardening forbids: every new file belongs to the service.
new_things() {
    (cd "$root" && find . -xdev \( -path ./proc -o -path ./dev -o -path ./var/lib/dpkg -o -path ./var/log -o -path ./var/cache \) \
        -prune -o -print) | sort | comm -13 "$work/before" -
}
strangers=$(new_things | grep -vxFf <(dpkg-deb -c "$package" | awk '{print $6}' | sed 's,/$,,') |
    grep -vE '^\./(var/lib/davit(/.*)?|run/adduser|etc/(passwd|group|shadow|gshadow|subuid|subgid)-?)$' || true)
[ -z "$strangers" ] || fail "these have come as well: $strangers"

say "with a login"
[ "$(stat -c '%a %u' "$root/etc/davit") $(stat -c %g "$root/etc/davit")" = "750 0 $(inside id -g davit)" ] || fail "/etc/davit is not its group's"
cp -p "$root/etc/davit/davit.toml" "$work/without"
sed -i 's/^# \(\[auth\]\|users = .*\)$/\1/' "$root/etc/davit/davit.toml"
echo secret | inside davit user add anna --config /etc/davit/davit.toml
[ "$(stat -c %a "$root/etc/davit/users")" = 640 ] || fail "the accounts are for more to read than they should"
serve_inside
[ "$(curl -sS -o /dev/null -w '%{http_code}' "${url}kept.md")" = 401 ] || fail "no login is required"
curl -fsS -u anna:secret "${url}kept.md" | cmp - "$SOURCE_DIR/README.md" || fail "the login is not taken: $(cat "$work/davit.log")"
stop_inside
cp -p "$work/without" "$root/etc/davit/davit.toml"

say "upgrading while it serves"
install_package davit.deb                        # over itself
echo "# the operator's own line" >> "$root/etc/davit/davit.toml"
# Records the calls of systemctl, because this root has no systemd.
mkdir -p "$root/run/systemd/system"
printf '#!/bin/sh\necho "$@" >> /run/asked\n[ "$1" != cat ] || [ -e "/etc/systemd/system/$2" ]\n' > "$root/usr/bin/systemctl"
chmod +x "$root/usr/bin/systemctl"
serve_inside
inside dpkg --force-confold --install /later.deb > "$work/dpkg.log" 2>&1 || fail "dpkg: $(cat "$work/dpkg.log")"
curl -fsS "${url}kept.md" | cmp - "$SOURCE_DIR/README.md" || fail "it did not serve meanwhile"
[ "$(uniq "$root/run/asked")" = "$(printf 'daemon-reload\ntry-restart davit.service')" ] || fail "systemd was asked: $(cat "$root/run/asked")"
stop_inside
[ "$(inside dpkg-query -W -f '${Version}' davit)" = "$(dpkg-deb -f "$later" Version)" ]
grep -q "the operator's own line" "$root/etc/davit/davit.toml" || fail "the configuration was replaced"
serve_inside
curl -fsS "${url}kept.md" | cmp - "$SOURCE_DIR/README.md" || fail "the file did not survive the upgrade"
inside davit locks list /var/lib/davit/files | grep -q somebody || fail "the lock did not survive the upgrade"
stop_inside

say "purging while files are stored"
: > "$root/run/asked"
inside dpkg --purge davit > "$work/dpkg.log" 2>&1 || fail "dpkg: $(cat "$work/dpkg.log")"
[ "$(grep -- '--quiet' "$root/run/asked")" = '--quiet disable --now davit.service' ] || fail "it was not stopped: $(cat "$root/run/asked")"
mv "$root/usr/bin/systemctl" "$work/"
rm -r "$root/run/systemd" "$root/run/asked"
grep -q 'files were stored in /var/lib/davit/files' "$work/dpkg.log" || fail "it does not say that files are left"
cmp "$root/var/lib/davit/files/kept.md" "$SOURCE_DIR/README.md" || fail "a purge took a user's file"
[ "$(ls "$root/etc/davit")" = users ] || fail "in /etc/davit is left: $(ls "$root/etc/davit")"
grep -q 'is left there' "$work/dpkg.log" || fail "it does not say that accounts are left"

say "purging when only the trash has something, then when nothing has"
install_package davit.deb
(cd "$root/var/lib/davit/files" && rm -rf kept.md tree)
[ -n "$(ls -A "$root/var/lib/davit/files/.davit/trash")" ] || fail "the trash has nothing to keep"
inside dpkg --purge davit > "$work/dpkg.log" 2>&1
[ -n "$(ls -A "$root/var/lib/davit/files/.davit/trash")" ] || fail "a purge emptied the trash"
install_package davit.deb
rm -rf "$root"/var/lib/davit/files/.davit/trash/*
# With the example's socket, which an operator has enabled.
mkdir -p "$root/run/systemd/system" "$root/etc/systemd/system/sockets.target.wants"
cp "$root/usr/share/doc/davit/examples/davit.socket" "$root/etc/systemd/system/"
ln -s ../davit.socket "$root/etc/systemd/system/sockets.target.wants/davit.socket"
cp "$work/systemctl" "$root/usr/bin/"
inside dpkg --remove davit > "$work/dpkg.log" 2>&1
[ "$(grep -- '--quiet' "$root/run/asked" | tr '\n' ' ')" = '--quiet disable --now davit.socket --quiet disable --now davit.service ' ] ||
    fail "systemd was asked: $(cat "$root/run/asked")"
rm -r "$root/run/systemd" "$root/run/asked" "$root/usr/bin/systemctl"
[ -e "$root/etc/davit/davit.toml" ] || fail "removing is not purging"
inside dpkg --purge davit > "$work/dpkg.log" 2>&1 || fail "dpkg: $(cat "$work/dpkg.log")"
[ ! -L "$root/etc/systemd/system/sockets.target.wants/davit.socket" ] || fail "the socket is still enabled"
# The operator's files stay, and no longer belong to the removed group.
[ "$(stat -c '%u %g %a' "$root/etc/davit/users")" = '0 0 640' ] || fail "accounts are left to $(stat -c '%u %g %a' "$root/etc/davit/users")"
rm -r "$root/etc/davit" "$root/etc/systemd/system/davit.socket"
rmdir -p --ignore-fail-on-non-empty "$root/etc/systemd/system/sockets.target.wants"
left=$(new_things | grep -vE '^\./(run/adduser|etc/(passwd|group|shadow|gshadow|subuid|subgid)-)$' || true)
[ -z "$left" ] || fail "left behind: $left"
[ ! -e "$root/var/log/davit" ]
for list in passwd group; do diff "$work/$list" "$root/etc/$list" || fail "/etc/$list is not as it was"; done
! inside dpkg-query -W davit 2>/dev/null || fail "dpkg still knows it"
say "nothing is left"
