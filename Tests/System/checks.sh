#!/usr/bin/env bash
# What is tried in the booted system; run.sh starts it there. Each check has a sentence as its name.
set -uo pipefail
cd /
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
log=/var/log/tributary/events.log
passed=0
failed=()

# Runs a function as a check: it fails with the first command of it that does.
check() {
    local name=$1 said result from
    shift
    from=$(date +%s)
    said=$(
        set -eE
        trap 'echo "failed: $BASH_COMMAND"' ERR
        "$@" 2>&1
    )
    # Asked apart, as a condition would switch off what ends the function.
    result=$?
    if ((result == 0)); then
        passed=$((passed + 1))
        echo "ok      $name"
    else
        failed+=("$name")
        echo "FAILED  $name"
        {
            printf '%s\n' "$said" | tail -15
            journalctl --unit=tributary --no-pager --quiet --output=cat --since="@$from" | tail -15 | sed 's/^/journal: /'
        } | sed 's/^/        /'
    fi
}

# Says why a check fails, and ends it.
fail() {
    echo "$1"
    exit 1
}

# Fails when a command succeeds.
never() {
    if "$@"; then fail "succeeds: $*"; fi
}

# Waits until a command succeeds, at most some seconds.
eventually() {
    local seconds=$1 end
    shift
    end=$((SECONDS + seconds))
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < end)) || fail "not within $seconds s: $*"
        sleep 0.05
    done
}

# Waits until a text is in a file of events.
arrives() {
    eventually 10 grep -qF -- "$1" "${2:-$log}"
}

# Whether the service's last messages have a text.
journal_says() {
    journalctl --quiet --unit=tributary --output=cat --lines=30 | grep -F -- "$1" >/dev/null
}

property() {
    systemctl show --property="$1" --value tributary.service
}

for part in /share/checks-*.sh; do . "$part"; done

echo
if ((${#failed[@]})); then
    echo "test-system: $passed passed, ${#failed[@]} failed:"
    printf '    %s\n' "${failed[@]}"
    exit 1
fi
echo "test-system: all $passed checks passed"
