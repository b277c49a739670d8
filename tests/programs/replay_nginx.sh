#!/bin/bash
# A MOVE through nginx whose response is lost: a second request with its key gets the first response, and nothing moves twice.
. "$(dirname "$0")/lib.sh"
mkdir "$work/root"
start_davit "$work/root"
start_nginx "$port"
curl -fsS -T "$0" "${nginx_url}a"
python3 - "$nginx_url" <<'PY'
import socket, sys, time, urllib.parse
url = urllib.parse.urlparse(sys.argv[1])
s = socket.create_connection((url.hostname, url.port))
s.sendall(f"MOVE /a HTTP/1.1\r\nHost: {url.netloc}\r\nDestination: {sys.argv[1]}b\r\nIdempotency-Key: \"move-1\"\r\n\r\n".encode())
time.sleep(0.5)  # it is done by now, and the answer is on its way
s.close()        # nobody ever reads it
PY
for _ in $(seq 100); do [ -e "$work/root/b" ] && break; sleep 0.1; done
cmp "$0" "$work/root/b" || fail "the MOVE was not done"
echo other > "$work/root/a"
curl -sS -D "$work/head" -o /dev/null -X MOVE -H "Destination: ${nginx_url}b" -H 'Idempotency-Key: "move-1"' "${nginx_url}a"
grep -q ' 201 ' "$work/head" || fail "not the first answer: $(cat "$work/head")"
grep -qi '^idempotency-replayed: true' "$work/head" || fail "not replayed: $(cat "$work/head")"
[ "$(cat "$work/root/a")" = other ] || fail "moved a second time"
cmp "$0" "$work/root/b" || fail "replaced by the second MOVE"
