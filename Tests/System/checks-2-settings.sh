# Credentials, and settings that change.

drop_in=/run/systemd/system/tributary.service.d

credential_is_read() {
    mkdir -p "$drop_in" /etc/tributary/conf.d /etc/tributary/credentials
    cat >/etc/tributary/conf.d/region.yaml <<'YAML'
sources:
  region:
    type: maas
    url: https://127.0.0.1:9/MAAS
    api-key: {credential: maas-api-key}
YAML
    # Without the credential the daemon does not start, and says so.
    never systemctl restart tributary.service
    eventually 10 journal_says maas-api-key
    [[ $(property ExecMainStatus) == 78 ]] || fail "status $(property ExecMainStatus)"
    (umask 077 && echo consumer:token:secret >/etc/tributary/credentials/maas-api-key)
    printf '[Service]\nLoadCredential=maas-api-key:/etc/tributary/credentials/maas-api-key\n' >"$drop_in/credential.conf"
    systemctl daemon-reload
    systemctl start tributary.service
    systemctl is-active tributary.service
    systemctl reload tributary.service
    eventually 10 journal_says "Reloaded the settings."
    logger "after the credential $$"
    arrives "after the credential $$"
}
check "a credential is read, and missed when it is not there" credential_is_read
rm -f /etc/tributary/conf.d/region.yaml "$drop_in/credential.conf"
systemctl daemon-reload
systemctl reset-failed tributary.service
systemctl restart tributary.service

reload_applies() {
    local before
    before=$(property MainPID)
    cat >/etc/tributary/conf.d/second.yaml <<'YAML'
sinks:
  second:
    type: file
    path: /var/log/tributary/second.log
    format: json
YAML
    systemctl reload tributary.service
    eventually 10 test -e /var/log/tributary/second.log
    logger "after the reload $$"
    arrives "after the reload $$" /var/log/tributary/second.log
    arrives "after the reload $$"
    [[ $(property MainPID) == "$before" ]] || fail "another process"
    [[ $(grep -cF "after the reload $$" "$log") == 1 ]] || fail "twice in $log"
}
check "systemctl reload applies a change" reload_applies

reload_refuses() {
    local before
    before=$(property MainPID)
    echo 'sinks: {third: {type: file, pth: /x}}' >/etc/tributary/conf.d/wrong.yaml
    never systemctl reload tributary.service
    eventually 10 journal_says "wrong.yaml:1:"
    systemctl is-active tributary.service
    [[ $(property MainPID) == "$before" ]] || fail "another process"
    logger "after the broken file $$"
    arrives "after the broken file $$"
    # The signal alone is refused too.
    systemctl kill --kill-whom=main --signal=SIGHUP tributary.service
    logger "after the signal $$"
    arrives "after the signal $$"
    [[ $(property MainPID) == "$before" ]] || fail "another process"
}
check "systemctl reload refuses a broken file, and the daemon runs on" reload_refuses
rm -f /etc/tributary/conf.d/wrong.yaml
