#!/usr/bin/env bash
# Installs the Debian packages that Tributary is built and run with, those that are missing only.
#
# usage: setup.sh [tests | package | system]
# tests: also what tests and benchmarks need; package: what making packages needs; system: what the system test needs
set -euo pipefail

# What links: libsystemd and zlib, with what some Swift packages' C needs. What `make run` shows its log with.
needed=(libsystemd-dev zlib1g-dev pkg-config gcc make libc6-dev procps)
mode=${1:-}
# Journals made to order, files and processes, a Python environment with a real Panko, of which one library is compiled,
# a real syslog receiver and certificates for it.
if [[ $mode == tests ]]; then
    needed+=(systemd-journal-remote gzip curl util-linux python3 python3-venv python3-dev rsyslog rsyslog-gnutls openssl)
fi
# The libraries that the binary needs, a stripped binary, manual pages that are looked at, the whole that is examined.
if [[ $mode == package ]]; then needed=(dpkg-dev binutils man-db groff-base lintian gzip xz-utils); fi
# A small system that is booted in a container.
if [[ $mode == system ]]; then needed=(debootstrap systemd-container util-linux procps); fi

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

# A real syslog-ng, which tests receive with and benchmarks measure. Debian installs it only in the place of rsyslog, so it
# is unpacked beside the build and not installed: nothing else starts it, and without it that test is skipped.
unpacked=.build/syslog-ng
if [[ $mode == tests && ! -x /usr/sbin/syslog-ng && ! -x $unpacked/usr/sbin/syslog-ng ]]; then
    echo "Unpacking Debian's syslog-ng into $unpacked"
    archives=$(mktemp -d)
    # What it links, where that is not installed.
    parts=(syslog-ng-core)
    for package in libivykis0 libnet1 libpcre3 libwrap0 libjson-c5; do
        dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || parts+=("$package")
    done
    if (cd "$archives" && apt-get download --quiet=2 "${parts[@]}" 2>/dev/null); then
        mkdir -p "$unpacked"
        for archive in "$archives"/*.deb; do dpkg-deb --extract "$archive" "$unpacked"; done
    else
        echo "It cannot be downloaded: its test is skipped, and it is not measured"
    fi
    rm -rf "$archives"
fi

if [[ $mode == package || $mode == system ]]; then exit 0; fi
if ! command -v "${SWIFT:-swift}" >/dev/null; then
    echo "There is no Swift toolchain on the PATH. Install Swift 6.2 or later: https://www.swift.org/install/linux/" >&2
    exit 69
fi
