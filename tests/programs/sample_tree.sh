# Sourced: make_sample FOLDER makes realistic input: thousands of files, and some with unusual names.
make_sample() {
    mkdir -p "$1"
    # Links of /usr/share/doc lead out of the copy, so this copies their contents, and skips unreadable files.
    # A network drive has no dangling links and no devices.
    ( cd /usr/share/doc && find . -type f -o -type d | head -n "${2:-2600}" | cpio -pdm --quiet "$1" 2>/dev/null ) || true
    mkdir -p "$1/odd names"
    local name
    for name in 'a b' 'ümlaut €' '100%' '%41' 'a+b' 'a&b;c' "quote's" 'semi;colon' 'hash#tag' 'query?mark' '[brackets]' 'tilde~' 'back`tick' '$dollar' \
                '日本語' 'emoji 😀' 'very long '"$(printf 'n%.0s' $(seq 150))" '-dash' '.hidden' 'x=y' 'at@sign' 'comma,comma'; do
        echo "content of $name" > "$1/odd names/$name"
    done
    : > "$1/odd names/empty"
    head -c 5000000 /dev/urandom > "$1/odd names/large.bin"
}
checksums() { ( cd "$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum ); }
