#!/usr/bin/env bash
# Makes the Debian package of a release binary, the same for the same binary and date, and has lintian examine it.
#
# usage: package.sh BINARY [FOLDER]     FOLDER: where it goes; .build/package
# VERSION is the package's version, of the binary unless given; SOURCE_DATE_EPOCH its date, of the last change unless
# given; COMPRESSION is dpkg-deb's, -Zxz unless given.
set -euo pipefail
binary=$(realpath "${1:?usage: package.sh BINARY [FOLDER]}")
cd "$(dirname "$0")/.."
folder=${2:-.build/package}
mkdir -p "$folder"
version=${VERSION:-$("$binary" --version | cut -d ' ' -f 2)-1}
architecture=$(dpkg --print-architecture)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat --format=%Y CHANGELOG.md)}
export SOURCE_DATE_EPOCH LC_ALL=C.UTF-8
umask 022

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
packaging/install.sh "$binary" "$root"

documents=$root/usr/share/doc/tributary
install -m 644 packaging/deb/copyright "$documents/copyright"
gzip -9nc CHANGELOG.md >"$documents/changelog.gz"
maintainer=$(sed -n 's/^Maintainer: //p' packaging/deb/control)
printf 'tributary (%s) unstable; urgency=medium\n\n  * What has changed: /usr/share/doc/tributary/changelog.gz\n\n -- %s  %s\n' \
    "$version" "$maintainer" "$(date --utc --date="@$SOURCE_DATE_EPOCH" --rfc-email)" |
    gzip -9nc >"$documents/changelog.Debian.gz"
install -D -m 644 packaging/deb/lintian-overrides "$root/usr/share/lintian/overrides/tributary"

# dpkg-shlibdeps wants a source package around it.
mkdir -p "$work/source/debian"
printf 'Source: tributary\n\nPackage: tributary\nArchitecture: any\n' >"$work/source/debian/control"
libraries=$(cd "$work/source" && dpkg-shlibdeps -O "$root/usr/bin/tributary" 2>"$work/said" | sed -n 's/^shlibs:Depends=//p')
if [[ -z $libraries ]]; then
    cat "$work/said" >&2
    exit 70
fi

mkdir "$root/DEBIAN"
size=$(du --apparent-size --summarize --block-size=1024 --exclude=DEBIAN "$root" | cut -f 1)
sed "s|@VERSION@|$version|; s|@ARCHITECTURE@|$architecture|; s|@SIZE@|$size|; s|@LIBRARIES@|$libraries|" \
    packaging/deb/control >"$root/DEBIAN/control"
echo /etc/tributary/tributary.yaml >"$root/DEBIAN/conffiles"
install -m 755 -t "$root/DEBIAN" packaging/deb/postinst packaging/deb/prerm packaging/deb/postrm
(cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
chmod 644 "$root/DEBIAN"/{control,conffiles,md5sums}
find "$root" -depth -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +

package=$folder/tributary_${version}_$architecture.deb
dpkg-deb --root-owner-group ${COMPRESSION:--Zxz} -b "$root" "$package" >/dev/null
if command -v lintian >/dev/null; then
    user=()
    if ((EUID == 0)); then user=(--allow-root); fi
    lintian "${user[@]}" --fail-on error "$package"
else
    echo "package: lintian is not installed, so that nothing has examined it" >&2
fi
echo "$package"
