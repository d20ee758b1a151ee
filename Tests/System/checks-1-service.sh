# The package is installed, and the service takes what it should.

installs() {
    dpkg --install /share/first.deb || fail "dpkg: $?"
    systemctl is-active tributary.service tributary.socket
    systemctl is-enabled tributary.service tributary.socket
    id -nG tributary | grep -qw systemd-journal
    [[ $(stat -c %U:%G:%a /var/log/tributary) == tributary:tributary:750 ]]
    [[ $(stat -c %U:%G:%a /run/tributary/tributary.sock) == root:tributary:660 ]]
    tributary check
}
check "the package installs, and the service runs at once" installs

has_status() {
    [[ -n $(property StatusText) ]]
}

says_status() {
    eventually 10 has_status
    property StatusText
}
check "systemctl status says what it does" says_status

is_confined() {
    local said
    said=$(systemd-analyze security --no-pager tributary.service | tail -1)
    [[ $said =~ level\ for\ tributary.service:\ ([0-9]+)\.([0-9]) ]] || fail "$said"
    ((BASH_REMATCH[1] * 10 + BASH_REMATCH[2] <= 15)) || fail "$said"
    [[ -z $(systemd-analyze verify --man=no tributary.service tributary.socket 2>&1) ]]
}
check "the service is exposed 1.5 at most" is_confined

logger_arrives() {
    logger --tag first-check "a line of logger $$"
    arrives "a line of logger $$"
    grep -F "a line of logger $$" "$log" | grep -qF 'origin="first-check"'
}
check "a message of logger arrives" logger_arrives

cat_arrives() {
    echo "a line of systemd-cat $$" | systemd-cat --identifier=second-check --priority=warning
    arrives "a line of systemd-cat $$"
    grep -F "a line of systemd-cat $$" "$log" | grep -qF 'severity="WARN"'
}
check "a message of systemd-cat arrives" cat_arrives

failed_unit_arrives() {
    systemd-run --quiet --unit=third-check false
    arrives "third-check.service: Failed with result"
    systemctl reset-failed third-check.service || true
}
check "a failed unit arrives" failed_unit_arrives

rules_are_used() {
    logger --tag sshd "Failed password for root from 203.0.113.9 port 4711 ssh2"
    arrives "port 4711 ssh2"
    grep -F "port 4711 ssh2" "$log" | grep -qF 'kind="Security.User.Login.Failed"'
}
check "the shipped rules say what a message is" rules_are_used

useradd --create-home --groups tributary member
useradd --create-home stranger

member_emits() {
    local id
    id=$(runuser -u member -- tributary emit --kind Software.Check.Done "an event by hand $$")
    [[ $id =~ ^[0-9a-f]{32}$ ]] || fail "printed: $id"
    arrives "$id"
    grep -F "$id" "$log" | grep -qF "parameter.sender.uid=\"$(id -u member)\"" || fail "$(grep -F "$id" "$log")"
    grep -F "$id" "$log" | grep -qF 'origin="tributary"' || fail "$(grep -F "$id" "$log")"
    id=$(runuser -u member -- emit-manual-event "an event by its other name $$")
    arrives "$id"
}
check "a user in the group can send an event" member_emits

stranger_is_refused() {
    local result=0 said
    said=$(runuser -u stranger -- tributary emit "an event of a stranger" 2>&1) || result=$?
    ((result == 77)) || fail "status $result: $said"
    never grep -qF 'message="an event of a stranger"' "$log"
    never runuser -u stranger -- cat "$log"
}
check "another user cannot, and cannot read the log" stranger_is_refused
