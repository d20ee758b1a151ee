#!/usr/bin/env bash
# Installs the Debian package in a small system that is booted in a container, and tries it there: what an operator
# meets. A machine that allows no container skips it.
#
# usage: run.sh BINARY         BINARY: a release binary
#        run.sh --allowed      only tells whether this machine allows it
# The small system is made once (about a minute, 300 MB) and kept in $XDG_CACHE_HOME/tributary, else ~/.cache/tributary;
# what the test does to it goes to memory and is gone afterwards. Its packages come from the mirror that apt is set to.
set -euo pipefail
here=$(realpath "$(dirname "$0")")
: "${1:?usage: run.sh BINARY | --allowed}"
started=$SECONDS
skipped=0
if [[ $1 == --allowed ]]; then skipped=1; fi

skip() {
    echo "test-system: skipped, $1"
    exit "$skipped"
}

if ((EUID != 0)); then skip "only root can boot a container"; fi
unshare --mount bash -c 'mount --make-rprivate / && mount -t tmpfs tmpfs /run && umount -R /sys/fs/cgroup &&
    mount -t cgroup2 none /sys/fs/cgroup' 2>/dev/null || skip "mounts of one's own are not allowed"
if [[ $1 == --allowed ]]; then exit 0; fi
binary=$(realpath "$1")
"$here/../../packaging/setup.sh" system || skip "the packages that it needs cannot be installed"
"$here/../../packaging/setup.sh" package || skip "the packages that it needs cannot be installed"

codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tributary
root=$cache/system-$codename-1
work=$(mktemp -d)
container= fresh=
finish() {
    if [[ -n $container ]]; then
        leader=$(pgrep -P "$container" -x systemd || true)
        if [[ -n $leader ]]; then kill -s SIGRTMIN+3 "$leader" 2>/dev/null || true; fi
        for _ in {1..100}; do
            kill -0 "$container" 2>/dev/null || break
            sleep 0.1
        done
        # The death of its first process ends a container.
        if [[ -n $leader ]] && kill -0 "$container" 2>/dev/null; then kill -KILL "$leader" 2>/dev/null || true; fi
        wait "$container" 2>/dev/null || true
    fi
    rm -rf "$work" ${fresh:+"$fresh"}
}
trap finish EXIT

if [[ ! -d $root ]]; then
    mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' |
        awk -v release="$codename" '$2 == release {print $1; exit}')
    [[ -n $mirror ]] || skip "apt names no mirror of this release"
    echo "test-system: making a small system below $root"
    mkdir -p "$cache"
    fresh=$(mktemp -d "$cache/new.XXXXXX")
    # What the binary needs is there already, so that the test itself needs no network.
    if ! debootstrap --variant=minbase \
        --include=systemd,systemd-sysv,dbus,procps,util-linux,libstdc++6,zlib1g,passwd \
        "$codename" "$fresh" "$mirror" >"$work/debootstrap.log" 2>&1; then
        tail -5 "$work/debootstrap.log" >&2
        skip "debootstrap fails with $mirror"
    fi
    rm -rf "$fresh"/var/cache/apt/archives/*.deb
    chmod 755 "$fresh"
    mv "$fresh" "$root"
    fresh=
fi

mkdir "$work/share"
version=$("$binary" --version | cut -d ' ' -f 2)
COMPRESSION="-Zgzip -z1" VERSION=$version-1 "$here/../../packaging/package.sh" "$binary" "$work/share" >"$work/package.log" || {
    cat "$work/package.log" >&2
    exit 1
}
# The same once more, with a higher version.
architecture=$(dpkg --print-architecture)
dpkg-deb --raw-extract "$work/share/tributary_$version-1_$architecture.deb" "$work/next"
sed -i "s/^Version: .*/Version: $version-2/" "$work/next/DEBIAN/control"
dpkg-deb --root-owner-group -Zgzip -z1 -b "$work/next" "$work/share/tributary_$version-2_$architecture.deb" >/dev/null
mv "$work/share/tributary_$version-1_$architecture.deb" "$work/share/first.deb"
mv "$work/share/tributary_$version-2_$architecture.deb" "$work/share/second.deb"
cp "$here"/checks.sh "$here"/checks-*.sh "$work/share/"

unshare --mount bash -c '
    mount --make-rprivate /
    mount -t tmpfs tmpfs /run
    mkdir -p /run/systemd/nspawn
    umount -R /sys/fs/cgroup
    mount -t cgroup2 none /sys/fs/cgroup
    exec systemd-nspawn --quiet --boot --directory="$0" --volatile=overlay --register=no --keep-unit \
        --private-network --console=pipe --bind-ro="$1:/share"' "$root" "$work/share" \
    </dev/null >"$work/console.log" 2>&1 &
container=$!

# The bus that is asked comes up a little after the first process.
leader= state=
for _ in {1..300}; do
    leader=$(pgrep -P "$container" -x systemd || true)
    if [[ -n $leader ]]; then
        state=$(nsenter -t "$leader" -a systemctl is-system-running --wait 2>/dev/null || true)
        [[ $state == running || $state == degraded ]] && break
    fi
    kill -0 "$container" 2>/dev/null || break
    sleep 0.1
done
if [[ $state != running && $state != degraded ]]; then
    tail -20 "$work/console.log" >&2
    skip "no system boots in a container here"
fi

result=0
timeout --kill-after=10 300 nsenter -t "$leader" -a /bin/bash /share/checks.sh || result=$?
echo "test-system: $((SECONDS - started)) seconds"
exit "$result"
