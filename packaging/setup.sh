#!/usr/bin/env bash
# Installs the Debian packages that Tributary is built and run with, those that are missing only.
#
# usage: setup.sh [tests]     tests: also what tests and benchmarks need
set -euo pipefail

# What links: libsystemd and zlib, with what some Swift packages' C needs. What `make run` shows its log with.
needed=(libsystemd-dev zlib1g-dev pkg-config gcc make libc6-dev procps)
# Journals made to order, files and processes, a Python environment with a real Panko, of which one library is compiled,
# a real syslog receiver and certificates for it.
if [[ ${1:-} == tests ]]; then
    needed+=(systemd-journal-remote gzip curl util-linux python3 python3-venv python3-dev rsyslog rsyslog-gnutls openssl)
fi

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
    # Tests start a receiver of their own; the package's service was not asked for.
    if [[ " ${missing[*]} " == *" rsyslog "* && -d /run/systemd/system ]]; then
        echo "Switching off the service rsyslog, which came with the package"
        "${sudo[@]}" systemctl disable --now --quiet rsyslog.service syslog.socket 2>/dev/null || true
    fi
fi

if ! command -v "${SWIFT:-swift}" >/dev/null; then
    echo "There is no Swift toolchain on the PATH. Install Swift 6.2 or later: https://www.swift.org/install/linux/" >&2
    exit 69
fi
