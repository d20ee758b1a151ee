#!/usr/bin/env bash
# Lays a binary out with everything that belongs to it, below a folder: what packages of all kinds hold.
#
# usage: install.sh BINARY FOLDER
# ZSH_COMPLETIONS is the folder of zsh's completions; the default is Debian's.
set -euo pipefail
binary=$(realpath "$1")
mkdir -p "$2"
root=$(realpath "$2")
cd "$(dirname "$0")/.."
zsh_completions=${ZSH_COMPLETIONS:-/usr/share/zsh/vendor-completions}

install -D -m 755 "$binary" "$root/usr/bin/tributary"
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$root/usr/bin/tributary"
ln -s tributary "$root/usr/bin/emit-manual-event"

install -D -m 644 -t "$root/usr/lib/systemd/system" systemd/tributary.service systemd/tributary.socket
install -D -m 644 systemd/tributary.sysusers.conf "$root/usr/lib/sysusers.d/tributary.conf"
install -D -m 644 systemd/tributary.tmpfiles.conf "$root/usr/lib/tmpfiles.d/tributary.conf"

install -D -m 644 packaging/tributary.yaml "$root/etc/tributary/tributary.yaml"
install -D -m 644 -t "$root/usr/share/tributary/rules" packaging/rules/*.yaml

documents=$root/usr/share/doc/tributary
install -D -m 644 -t "$documents" README.md packaging/docs/*.md
install -D -m 644 -t "$documents/examples" packaging/tributary.yaml packaging/examples/credentials.conf
while read -r -d '' file; do
    install -D -m 644 "packaging/receivers/$file" "$documents/receivers/$file"
done < <(cd packaging/receivers && find . -type f -printf '%P\0')

pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
"$binary" manual "$pages"
for page in "$pages"/*; do
    # A page that groff has something to say about is a mistake of ours.
    said=$(LC_ALL=C.UTF-8 man --warnings --local-file -Tutf8 "$page" 2>&1 >/dev/null)
    if [[ -n $said ]]; then
        echo "install: ${page##*/}: $said" >&2
        exit 1
    fi
    gzip -9n "$page"
    install -D -m 644 -t "$root/usr/share/man/man${page##*.}" "$page.gz"
done

ln -s "$root/usr/bin/tributary" "$pages/emit-manual-event"
for name in tributary emit-manual-event; do
    program=$pages/$name
    if [[ $name == tributary ]]; then program=$binary; fi
    mkdir -p "$root/usr/share/bash-completion/completions" "$root$zsh_completions" "$root/usr/share/fish/vendor_completions.d"
    # It is read by bash, not run.
    "$program" --generate-completion-script bash | sed '1{/^#!/d}' >"$root/usr/share/bash-completion/completions/$name"
    "$program" --generate-completion-script zsh >"$root$zsh_completions/_$name"
    "$program" --generate-completion-script fish >"$root/usr/share/fish/vendor_completions.d/$name.fish"
done
