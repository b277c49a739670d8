#!/bin/bash
# TLS with encryption by the kernel. If this machine's kernel does not support it, the test starts Debian's in a virtual machine.
. "$(dirname "$0")/lib.sh"
inside=$SOURCE_DIR/tests/programs/ktls_inside.sh

modprobe tls 2>/dev/null || true
if grep -qw tls /proc/sys/net/ipv4/tcp_available_ulp; then
    say "this kernel has TLS"
    mkdir "$work/here"
    sh "$inside" "$work/here"
    exit
fi
say "this kernel has no TLS; another one is started"
[ "$(uname -m)" = x86_64 ] || no_kernel_for "this kernel has no TLS, and there is no other one for this processor. What is done without is checked by wire.tls."

cd "$work"
package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p')
download() { apt-get download -qq "${package:-linux-image-cloud-amd64}"; }
download || { . "$SOURCE_DIR/config/packages.sh"; as_root apt-get update -qq; download; } || fail "this kernel has no TLS, and Debian's ${package} could not be downloaded"
dpkg-deb -x linux-image-*.deb kernel
release=$(basename kernel/lib/modules/*)

# with_libraries PROGRAM: copies it with its libraries into the root of the virtual machine.
with_libraries() {
    local file
    [ "${1#/}" = "$1" ] || install -D "$1" "machine/$1"
    for file in $(ldd "$1" | grep -o '/[^ ]*'); do install -D "$file" "machine/$file"; done
}
mkdir -p machine/{bin,proc,sys,dev,tmp,etc/ssl,"lib/modules/$release/kernel"}
install "$(command -v busybox)" machine/bin/busybox
install "$DAVIT" machine/bin/davit
for each in machine/bin/davit "$(command -v curl)" "$(command -v openssl)" "$(command -v strace)"; do with_libraries "$each"; done
cp /etc/ssl/openssl.cnf machine/etc/ssl/
mkdir -p machine/usr/lib/ssl && ln -s /etc/ssl/openssl.cnf machine/usr/lib/ssl/openssl.cnf
echo '127.0.0.1 localhost' > machine/etc/hosts
echo 'root:x:0:0::/:/bin/sh' > machine/etc/passwd
install "$inside" machine/ktls_inside.sh
cp "kernel/lib/modules/$release"/modules.* "machine/lib/modules/$release/"
for part in net/tls crypto arch/x86/crypto lib; do
    mkdir -p "machine/lib/modules/$release/kernel/$part"
    cp -r "kernel/lib/modules/$release/kernel/$part/." "machine/lib/modules/$release/kernel/$part/"
done
busybox depmod -b "$work/machine" "$release"
cat > machine/init <<INIT
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin:/usr/bin DAVIT=/bin/davit
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mount -t tmpfs -o size=300m tmp /tmp
ip link set lo up
modprobe tls || echo "no module"
for module in aesni-intel gcm ccm ghash-clmulni-intel; do modprobe \$module 2>/dev/null; done
mkdir /tmp/here
sh /ktls_inside.sh /tmp/here 2>&1
echo "inside ended with \$?"
poweroff -f
INIT
chmod +x machine/init
(cd machine && find . | cpio -o -H newc --quiet | gzip -1) > initrd
# Emulated, because that works everywhere: a virtual machine often has KVM and cannot use it.
timeout 400 qemu-system-x86_64 -accel tcg -cpu max -m 1024 -nographic -nodefaults -no-reboot -serial stdio \
    -kernel "kernel/boot/vmlinuz-$release" -initrd initrd -append "console=ttyS0 quiet panic=-1" < /dev/null > console 2>&1 || true
tr -d '\r' < console | grep -v '^\[' | tail -n 40
grep -q 'inside ended' console || fail "the machine did not come so far"
grep -q 'inside ended with 0' console || fail "the checks failed"
