# Sourced by the scripts of this folder. $DAVIT is the program under test, $SOURCE_DIR the repository.
set -euo pipefail
: "${DAVIT:?names the program under test}" "${SOURCE_DIR:?names the repository}"
work=$(mktemp -d "${TMPDIR:-/tmp}/davit-test.XXXXXX")
davit_pid=
cleanups=()
finish() {
    code=$?
    set +e
    for (( i = ${#cleanups[@]} - 1; i >= 0; --i )); do eval "${cleanups[i]}"; done
    if [ -n "$davit_pid" ]; then stop_davit || code=1; fi
    [ "$code" -eq 0 ] || [ ! -f "$work/davit.log" ] || { echo "--- end of the server's log"; tail -n 30 "$work/davit.log"; }
    # If an umount failed, the test must not delete the files of the mount.
    rm -rf --one-file-system "$work"
    exit "$code"
}
trap finish EXIT
trap 'exit 1' INT TERM

fail() { echo "FAILED: $*" >&2; exit 1; }
say() { echo "== $*"; }

# start_davit ROOT [ARGUMENTS]: sets $davit_pid, $port and $url, and $tls_url after make_certificate.
start_davit() {
    local root=$1; shift
    # The previous server wrote its address there, and the test could read it before the shell truncates the file.
    rm -f "$work/davit.out"
    "$DAVIT" serve "$root" --listen 127.0.0.1:0 "$@" > "$work/davit.out" 2>> "$work/davit.log" &
    davit_pid=$!
    for _ in $(seq 100); do
        grep -qs '^listening' "$work/davit.out" && break
        kill -0 "$davit_pid" 2>/dev/null || fail "the server did not start: $(cat "$work/davit.log")"
        sleep 0.1
    done
    url=$(sed -n 's/^listening on \(http:\)/\1/p' "$work/davit.out")
    tls_url=$(sed -n 's/^listening on \(https:\)/\1/p' "$work/davit.out")
    port=$(echo "$url" | sed 's/.*:\([0-9]*\)\/$/\1/')
    [ -n "$port" ] || fail "no port in: $(cat "$work/davit.out")"
}

# make_certificate: makes $work/tls.toml for start_davit, with a self-signed certificate, $work/cert.pem.
make_certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -out "$work/cert.pem" -keyout "$work/key.pem" 2>/dev/null
    printf '[tls]\nlisten = ["127.0.0.1:0"]\ncertificate = "%s"\nkey = "%s"\n' "$work/cert.pem" "$work/key.pem" > "$work/tls.toml"
}

# Stops the server as an operator would, and checks that it ends in time, with code 0, without leaks or sanitizer reports.
stop_davit() {
    local pid=$davit_pid code=0
    davit_pid=
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" || code=$?
    if [ "$code" -ne 0 ] || grep -qE 'Sanitizer|runtime error' "$work/davit.log"; then
        grep -A40 -E 'Sanitizer|runtime error' "$work/davit.log" | head -80
        echo "the server ended with code $code" >&2
        return 1
    fi
}

# start_nginx UPSTREAM_PORT: starts nginx with the shipped configuration, in which only the port differs; sets $nginx_url.
start_nginx() {
    local nginx_port
    nginx_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    sed "s/127.0.0.1:8080/127.0.0.1:$1/" "$SOURCE_DIR/config/nginx/davit.conf" > "$work/davit.conf"
    cp "$SOURCE_DIR/config/nginx/davit-proxy.conf" "$work/"
    cat > "$work/nginx.conf" <<CONF
worker_processes 1;
error_log $work/nginx.log;
pid $work/nginx.pid;
daemon off;
user $(id -un);
events {}
http {
    access_log off;
    client_body_temp_path $work/nginx-body; proxy_temp_path $work/nginx-proxy;
    fastcgi_temp_path $work/nginx-f; uwsgi_temp_path $work/nginx-u; scgi_temp_path $work/nginx-s;
    server { listen 127.0.0.1:$nginx_port; include $work/davit.conf; }
}
CONF
    /usr/sbin/nginx -e "$work/nginx.log" -c "$work/nginx.conf" &
    local pid=$!
    cleanups+=("kill $pid 2>/dev/null; wait $pid")
    nginx_url=http://127.0.0.1:$nginx_port/
    for _ in $(seq 100); do curl -fs -o /dev/null "$nginx_url" && return; sleep 0.1; done
    fail "nginx did not start: $(cat "$work/nginx.log")"
}

# lock_as OWNER PATH: takes a lock of another client, for an hour.
lock_as() {
    curl -fsS -o /dev/null -X LOCK -H 'Content-Type: application/xml' -H 'Timeout: Second-3600' -d "<D:lockinfo xmlns:D=\"DAV:\"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner>$1</D:owner></D:lockinfo>" "$url$2"
}

# documented: checks that docs/failed-dependency.md contains each line of standard input, except what differs between runs.
documented() {
    local line
    while IFS= read -r line; do
        line=$(sed -E "s,127\.0\.0\.1:[0-9]+,127.0.0.1,; s/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z/2026-01-01T12:00:00Z/; s/[0-9]+ minutes left/59 minutes left/" <<< "$line")
        grep -qxF -- "    $line" "$SOURCE_DIR/docs/failed-dependency.md" || fail "docs/failed-dependency.md does not show: $line"
        echo "documented: $line"
    done
}

# not_checked REASON...: prints that the test is skipped, with a line for each reason, and skips it.
not_checked() {
    echo "########################################################################"
    printf '## NOT CHECKED: %s\n' "$@"
    echo "########################################################################"
    exit 77
}

# Only a missing device is a reason to skip a test in CI.
need_fuse() { [ -e /dev/fuse ] || not_checked "there is no /dev/fuse on this machine, so nothing can be mounted."; }

# not_in_ci REASON...: skips a test on a person's machine, and fails in CI, which must be able to run it.
not_in_ci() {
    [ -z "${CI:-}" ] || fail "$* CI has to run where this can be checked."
    not_checked "$@"
}

# no_kernel_for REASON...: the test needs another kernel, which CI must have.
no_kernel_for() { not_in_ci "$@"; }

# no_registry_for REASON...: CI must reach the package registry, or bring a cache of it.
no_registry_for() { not_in_ci "$@"; }
