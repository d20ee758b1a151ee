#!/usr/bin/env bash
# Runs the daemon in the foreground on the quickstart settings, everything below ./run.
#
# usage: quickstart.sh TRIBUTARY SETTINGS
set -euo pipefail

here=$PWD
tributary=$(realpath "$1")
settings=$here/run/tributary.yaml
log=$here/run/events.log

# A Unix socket's path has at most 107 bytes.
socket=$here/run/tributary.sock
if ((${#socket} > 107)); then socket=$(mktemp -d)/tributary.sock; fi

mkdir -p "$here/run"
sed -e "s|@HERE@/run/tributary.sock|$socket|" -e "s|@HERE@|$here|g" "$2" >"$settings"
"$tributary" check --config "$settings"

entries=$({ journalctl --quiet --boot --lines=1000 --output=cat 2>/dev/null || true; } | wc -l)
echo
if ((entries > 0)); then
    echo "The journal of this boot is read from its beginning ($entries entries or more)."
else
    echo "There is no journal on this machine, or you may not read it. Send events by hand, as below;"
    echo "as soon as there is a journal, it is read too."
fi
cat <<TEXT

  the log:                 tail -F $log
  an event by hand, from   $tributary emit --socket $socket --kind Software.Service.Started \\
  a second terminal:           --severity info --parameter version=1.2 'The service was started'

Stop with Ctrl-C. What was read is not read again; remove ./run to begin anew.

TEXT

# The first event of all, so that there is something to see at once. It waits for the daemon's socket.
(
    for _ in $(seq 100); do
        if "$tributary" emit --socket "$socket" --kind Software.Log.Started --severity info --classification sw \
            'Tributary runs: this event came through the local API' >/dev/null 2>&1; then
            echo "First lines of $log:"
            head -n 3 "$log" 2>/dev/null | cut -c 1-240
            break
        fi
        sleep 0.1
    done
) &

exec "$tributary" run --config "$settings"
