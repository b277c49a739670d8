#!/bin/sh
# The checks of ktls.sh, on a kernel with TLS: $DAVIT, curl and openssl in the folder $1. POSIX sh, because busybox runs it too.
set -eu
cd "$1"
fail() { echo "FAILED: $*"; exit 1; }
counter() { awk -v name="$1" '$1 == name { print $2 }' /proc/net/tls_stat; }

mkdir -p root
: > out
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -out cert.pem -keyout key.pem 2>/dev/null
printf '[tls]\nlisten = ["127.0.0.1:0"]\ncertificate = "cert.pem"\nkey = "key.pem"\n' > davit.toml
"$DAVIT" serve root --config davit.toml > out 2> log &
pid=$!
trap 'kill $pid 2>/dev/null || true' EXIT
for _ in 1 2 3 4 5 6 7 8 9 10; do grep -q '^listening' out && break; sleep 0.5; done
url=https://localhost:$(sed -n 's/.*:\([0-9]*\)\/$/\1/p' out)
grep -q '^listening on https' out || fail "the server did not start: $(cat log)"
get() { curl -sS --max-time 120 --cacert cert.pem "$@"; }

head -c 12000000 /dev/urandom > large
head -c 3000 /dev/urandom > small
for version in 1.2 1.3; do
    before=$(counter TlsTxSw)
    for file in large small; do
        for _ in 1 2; do
            get --tlsv$version --tls-max $version -T $file "$url/$file"
            get --tlsv$version --tls-max $version "$url/$file" -o got
            cmp $file got || fail "$file came back changed with TLS $version"
        done
    done
    # Slow enough to fill the socket repeatedly: the next data has moved in memory by then.
    get --tlsv$version --tls-max $version --limit-rate 6M "$url/large" -o got
    cmp large got || fail "a slow reader got something else with TLS $version"
    get --tlsv$version --tls-max $version -r 1000000-9999999 "$url/large" -o got
    [ "$(wc -c < got)" = 9000000 ] || fail "a range is short"
    get --tlsv$version --tls-max $version -X PROPFIND -H 'Depth: 1' "$url/" | grep -q '</D:multistatus>' || fail "the listing is cut off"
    after=$(counter TlsTxSw)
    echo "TLS $version: the kernel encrypted for $((after - before)) connections"
    [ "$after" -ge $((before + 11)) ] || fail "the kernel did not encrypt"
done
[ "$(counter TlsDecryptError)" = 0 ] || fail "the kernel could not decrypt something"
printf 'HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' | openssl s_client -connect "${url#https://}" -sess_out session -ign_eof > first 2>&1
printf 'HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' | openssl s_client -connect "${url#https://}" -sess_in session -ign_eof > again 2>&1
grep -q '^Reused, TLSv1.3' again || fail "the session was not resumed"
grep -q 'HTTP/1.1 200' again || fail "no answer in a resumed session"

if command -v strace >/dev/null; then
    strace -f -qq -e trace=sendfile,pread64 -o trace -p $pid & tracer=$!
    sleep 1
    get "$url/large" -o got
    kill $tracer; wait $tracer || true
    grep -q 'sendfile(.*) = [1-9]' trace || fail "the file was not sent by sendfile(2)"
    echo "sendfile(2): $(grep -c 'sendfile(.*) = [1-9]' trace) calls"
fi
kill -TERM $pid
wait $pid || fail "the server ended with $?: $(cat log)"
trap - EXIT
echo "kTLS: all well"
