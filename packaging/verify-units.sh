#!/usr/bin/env bash
# Examines the systemd units: `systemd-analyze verify` must say nothing, and `systemd-analyze security` give the service
# an exposure of 1.5 or less.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v systemd-analyze >/dev/null; then
    echo "verify-units: skipped, there is no systemd-analyze"
    exit 0
fi

# A root of their own: whether the program is installed here, and what else is, does not matter.
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/usr/lib/systemd/system" "$root/usr/bin" "$root/etc"
ln -s usr/bin "$root/bin"
ln -s usr/lib "$root/lib"
for folder in /usr/lib/systemd/system /lib/systemd/system; do
    for kind in target socket slice; do
        cp -n "$folder"/*."$kind" "$root/usr/lib/systemd/system/" 2>/dev/null || true
    done
done
cp systemd/tributary.service systemd/tributary.socket "$root/usr/lib/systemd/system/"
for program in tributary kill; do
    printf '#!/bin/sh\n' >"$root/usr/bin/$program"
    chmod +x "$root/usr/bin/$program"
done

said=$(systemd-analyze verify --man=no --root="$root" tributary.service tributary.socket 2>&1) || {
    echo "verify-units: systemd-analyze verify fails: $said" >&2
    exit 1
}
if [[ -n $said ]]; then
    echo "verify-units: systemd-analyze verify says: $said" >&2
    exit 1
fi
if ! said=$(systemd-analyze security --offline=yes --threshold=15 --no-pager "$root/usr/lib/systemd/system/tributary.service" 2>&1); then
    echo "$said" >&2
    echo "verify-units: the service is exposed more than 1.5" >&2
    exit 1
fi
echo "verify-units: ${said##*$'\n'}"
