#!/usr/bin/env bash
# Measures the main jobs beside the least that could do them: journal to events.log and to a syslog receiver, against a
# bare walk over the same journal, the latter also against rsyslog; a remote API to events.log, against curl and a JSON
# parser; a search of rotated files, against zgrep.
#
# usage: run.sh TRIBUTARY [ENTRIES [ROUNDS]]     defaults: 500000 entries, 5 rounds after one that does not count
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
tributary=$(realpath "$1")
entries=${2:-500000}
rounds=${3:-5}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/tributary-bench.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

gcc -O2 -Wall -o "$scratch/walk" "$here/walk.c" -lsystemd
echo "Making a journal of $entries entries ..."
python3 "$here/make_journal.py" "$scratch/journal" "$entries"
python3 "$here/measure.py" "$scratch" "$tributary" "$entries" "$rounds"
python3 "$here/measure_syslog.py" "$scratch" "$tributary" "$entries" "$rounds"
python3 "$here/measure_maas.py" "$scratch" "$tributary" 100000 "$rounds"
python3 "$here/measure_query.py" "$scratch" "$tributary" 3
