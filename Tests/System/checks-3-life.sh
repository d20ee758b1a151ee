# Ends and beginnings: the watchdog, a stop, an upgrade, a removal.

has_restarted() {
    (($(property NRestarts) > $1))
}

watchdog_restarts() {
    local before restarts
    mkdir -p "$drop_in"
    printf '[Service]\nWatchdogSec=3\n' >"$drop_in/watchdog.conf"
    systemctl daemon-reload
    systemctl restart tributary.service
    before=$(property MainPID)
    restarts=$(property NRestarts)
    # It lives as long as it makes progress.
    sleep 5
    [[ $(property MainPID) == "$before" ]] || fail "killed though it makes progress"
    kill -STOP "$before"
    logger "while it was stopped $$"
    eventually 20 has_restarted "$restarts"
    eventually 20 systemctl is-active --quiet tributary.service
    [[ $(property MainPID) != "$before" ]] || fail "the same process"
    eventually 10 journal_says "Watchdog timeout"
    arrives "while it was stopped $$"
}
check "the watchdog restarts a process that is stopped" watchdog_restarts
rm -f "$drop_in/watchdog.conf"
systemctl daemon-reload
systemctl restart tributary.service

stops_quickly() {
    local from to
    from=$(date +%s%N)
    systemctl stop tributary.service
    to=$(date +%s%N)
    echo "$(((to - from) / 1000000)) ms"
    (((to - from) / 1000000 < 2000)) || fail "it takes longer"
    [[ $(property Result) == success ]] || fail "$(property Result)"
    never pgrep -x tributary
}
check "systemctl stop takes less than two seconds" stops_quickly

socket_starts() {
    # The socket outlives the service; whoever sends has it started.
    runuser -u member -- tributary emit "an event that starts the service $$" || fail "status $?"
    systemctl is-active tributary.service
    arrives "an event that starts the service $$"
}
check "an event sent by hand starts the service" socket_starts
systemctl start tributary.service

upgrades() {
    local before pid sender number count
    before=$(dpkg-query --show --showformat='${Version}' tributary)
    pid=$(property MainPID)
    echo '# changed by the operator' >>/etc/tributary/tributary.yaml
    (
        number=0
        while [[ ! -e /tmp/upgraded ]]; do
            number=$((number + 1))
            logger "upgrade $$ logged $number."
            runuser -u member -- tributary emit "upgrade $$ sent $number." >/dev/null || echo "$number" >>/tmp/refused
            echo "$number" >/tmp/last
        done
    ) &
    sender=$!
    eventually 10 test -s /tmp/last
    dpkg --install /share/second.deb || fail "dpkg: $?"
    sleep 0.5
    touch /tmp/upgraded
    wait "$sender"
    [[ $(dpkg-query --show --showformat='${Version}' tributary) != "$before" ]]
    systemctl is-active tributary.service tributary.socket
    [[ $(property MainPID) != "$pid" ]] || fail "the old process runs on"
    tail -1 /etc/tributary/tributary.yaml | grep -q "changed by the operator" || fail "the settings were replaced"
    [[ ! -e /tmp/refused ]] || fail "refused: $(tr '\n' ' ' </tmp/refused)"
    count=$(cat /tmp/last)
    arrives "upgrade $$ logged $count."
    arrives "upgrade $$ sent $count."
    for number in $(seq "$count"); do
        for how in logged sent; do
            [[ $(grep -cF "message=\"upgrade $$ $how $number.\"" "$log") == 1 ]] ||
                fail "$how $number of $count: $(grep -cF "message=\"upgrade $$ $how $number.\"" "$log") times"
        done
    done
    tributary ledger || fail "the ledger does not hold: $?"
    echo "$count of each"
}
check "an upgrade keeps settings and state, and loses and repeats nothing" upgrades

removes() {
    dpkg --remove tributary
    [[ -z $(pgrep -x tributary) ]] || fail "something of it runs on"
    [[ ! -e /usr/bin/tributary && ! -e /run/tributary/tributary.sock ]] || fail "the program or its socket is there"
    [[ -d /var/lib/tributary/spool && -e $log && -e /etc/tributary/tributary.yaml ]] || fail "state is gone"
}
check "a removal stops the service and keeps state" removes

purges() {
    dpkg --purge tributary
    local path
    for path in /var/lib/tributary /var/log/tributary /etc/tributary /run/tributary; do
        [[ ! -e $path ]] || fail "$path is there: $(ls -A "$path")"
    done
    never systemctl cat tributary.service
    [[ -z $(find /etc/systemd /var/lib/systemd/deb-systemd-helper-enabled -name '*tributary*') ]] || fail "links are there"
    id tributary
}
check "a purge removes everything but the account" purges
