#!/usr/bin/env bash
# Serves a real Panko 10.0.0 events API (SQLite storage) on 127.0.0.1, in the foreground.
#
#   run.sh PORT DATA_DIR [--events N] [--seed S] [--auth keystone|none] [--limit L] [--token-lifetime S] [--until-input-ends]
#
# Port 0: the system chooses; standard output says which it is. The first start makes a virtual environment (under a
# minute; needs a package index, a C compiler and Python's headers) in $PANKO_VENV, or else in DATA_DIR/venv. Several
# starts at once share the one that is made. Python 3.11 is what the pins were tried with ($PYTHON).
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
port="${1:?usage: run.sh PORT DATA_DIR [options]}"
data="${2:?usage: run.sh PORT DATA_DIR [options]}"
shift 2
mkdir -p "$data"
venv="${PANKO_VENV:-$data/venv}"
if [ ! -e "$venv/.ready" ]; then
    mkdir -p "$(dirname "$venv")"
    exec 9>"$venv.lock"
    flock 9
    if [ ! -e "$venv/.ready" ]; then
        "${PYTHON:-python3}" -m venv --clear "$venv" >&2
        "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt" -c "$here/constraints.txt" >&2
        touch "$venv/.ready"
    fi
    exec 9>&-
fi
exec "$venv/bin/python" -W ignore "$here/serve.py" --port "$port" --data "$data" "$@"
