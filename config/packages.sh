# Sourced by quickstart.sh and tests/run.sh: installs Debian packages that are missing, as root or through sudo.

build_packages="build-essential cmake ninja-build ccache libboost1.81-dev libboost-url1.81-dev libboost-json1.81-dev
    libpugixml-dev libspdlog-dev libfmt-dev libtomlplusplus-dev libcli11-dev libsqlite3-dev prometheus-cpp-dev libsystemd-dev libssl-dev libcrypt-dev
    zlib1g-dev libutf8proc-dev"

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; return; fi
    command -v sudo >/dev/null || { echo "Packages have to be installed: run this as root, or install sudo." >&2; return 1; }
    sudo "$@"
}

missing_packages() {
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
    done
}

# install_packages NAME...: quick when all packages are installed.
install_packages() {
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    echo "Installing:" $missing
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq || echo "apt-get update failed; trying with what is known" >&2
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
