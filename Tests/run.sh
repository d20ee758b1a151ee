#!/usr/bin/env bash
# Runs all tests that were built. Of some twenty thousand lines those of a failed test are soon out of sight: they are
# said again at the end, before the test runner's own summary.
set -euo pipefail
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT

status=0
"${SWIFT:-swift}" test --skip-build --experimental-maximum-parallelization-width 4 2>&1 | tee "$log" || status=$?
if ((status != 0)); then
    echo 'Failed:'
    # What a failed test recorded, its comments, and the lines that name it. Each is shown once, the newest 100 of them.
    grep -E '^(✘|↳)|recorded an issue|[Ff]atal error|^error:' "$log" | grep -v 'Test run with' | awk '!seen[$0]++' | tail -n 100 || true
    grep -E '^. Test run with ' "$log" | tail -n 1 || true
fi
exit "$status"
