#!/usr/bin/env bash
# Installs the Debian packages that Tributary is built and tested with, those that are missing only.
set -euo pipefail

# What links: libsystemd and zlib. What tests and benchmarks use: journals made to order, gzip, curl, unshare, a Python
# environment with a real Panko, of which one library is compiled, a real syslog receiver and certificates for it.
needed=(libsystemd-dev zlib1g-dev pkg-config systemd-journal-remote gzip curl util-linux procps python3 gcc make libc6-dev
    python3-venv python3-dev rsyslog rsyslog-gnutls openssl)

missing=()
for package in "${needed[@]}"; do
    dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done

if ((${#missing[@]})); then
    echo "Installing Debian packages: ${missing[*]}"
    sudo=()
    if ((EUID != 0)); then sudo=(sudo); fi
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update --quiet=2
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 --no-install-recommends "${missing[@]}" >/dev/null
fi

if ! command -v "${SWIFT:-swift}" >/dev/null; then
    echo "There is no Swift toolchain on the PATH. Install Swift 6.2 or later: https://www.swift.org/install/linux/" >&2
    exit 69
fi
