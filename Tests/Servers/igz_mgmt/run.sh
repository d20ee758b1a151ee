#!/usr/bin/env bash
# Emits events with the real igz_mgmt: emit.py says which.
#
#   run.sh URL USER TOKEN
#
# The first start makes a virtual environment (needs a package index) in $IGZ_VENV; several starts at once share the one
# that is made. Python 3.11 is what the pins were tried with ($PYTHON).
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
venv="${IGZ_VENV:?names the folder of the Python environment}"
if [ ! -e "$venv/.ready" ]; then
    mkdir -p "$(dirname "$venv")"
    exec 9>"$venv.lock"
    flock 9
    if [ ! -e "$venv/.ready" ]; then
        "${PYTHON:-python3}" -m venv --clear "$venv" >&2
        "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt" >&2
        touch "$venv/.ready"
    fi
    exec 9>&-
fi
exec "$venv/bin/python" -W ignore "$here/emit.py" "$@"
