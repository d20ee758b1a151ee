#!/usr/bin/env python3
"""Writes a journal with entries such as a busy server has: 24 fields each, few services, many messages.

usage: make-journal.py DIRECTORY COUNT

The journal is written by systemd-journal-remote from an export stream. It rotates as journald does, so there are
several files, and one counter numbers all entries, as on a host. Equal arguments give equal entries.
"""
import os
import random
import subprocess
import sys

REMOTE = "/lib/systemd/systemd-journal-remote"
BOOT = "6c7c6013a26343b29e964691ff25d04c"
START = 1_760_000_000_000_000
SERVICES = [
    ("sshd", "ssh.service", "/usr/sbin/sshd", 10, ["Accepted publickey for {u} from {a} port {p} ssh2: ED25519 SHA256:{h}",
     "Failed password for invalid user {u} from {a} port {p} ssh2", "Connection closed by {a} port {p} [preauth]"]),
    ("nginx", "nginx.service", "/usr/sbin/nginx", 3, ['{a} - {u} "GET /api/v2/items/{p} HTTP/1.1" 200 {p} "-" "curl/7.88.1"',
     '{a} - - "POST /login HTTP/1.1" 401 {p} "-" "Mozilla/5.0 (X11; Linux x86_64)"']),
    ("kubelet", "kubelet.service", "/usr/bin/kubelet", 3, ['I1121 pod_workers.go:{p}] "Probe succeeded" pod="prod/{u}-{h}" containerName="{u}"',
     'E1121 remote_runtime.go:{p}] "ContainerStatus from runtime service failed" err="rpc error: code = NotFound" containerID="{h}{h}"']),
    ("postgres", "postgresql@15-main.service", "/usr/lib/postgresql/15/bin/postgres", 16, ["checkpoint complete: wrote {p} buffers ({p}.1%); 0 WAL file(s) added",
     'ERROR:  duplicate key value violates unique constraint "{u}_pkey"']),
    ("systemd", "init.scope", "/usr/lib/systemd/systemd", 3, ["Started session-{p}.scope - Session {p} of User {u}.", "{u}.service: Deactivated successfully."]),
    ("cron", "cron.service", "/usr/sbin/cron", 9, ["({u}) CMD (test -x /usr/local/bin/{u} && /usr/local/bin/{u} --quiet)"]),
]
USERS = ["root", "alice", "bob", "backup", "deploy", "www-data", "jenkins", "oracle", "admin", "test"]
FACILITY_OF = {"sshd": 10, "cron": 9}


def entry(number, generator):
    identifier, unit, executable, facility, messages = SERVICES[min(int(generator.expovariate(0.6)), len(SERVICES) - 1)]
    worker = generator.randrange(8)
    pid = 1000 + worker * 37 + len(identifier) * 100
    time = START + number * 1733
    message = generator.choice(messages).format(
        u=generator.choice(USERS), a=f"10.{generator.randrange(256)}.{generator.randrange(256)}.{generator.randrange(1, 255)}",
        p=generator.randrange(1024, 65536), h=f"{generator.getrandbits(64):016x}")
    return (
        f"__REALTIME_TIMESTAMP={time}\n__MONOTONIC_TIMESTAMP={time - START + 5_000_000}\n_BOOT_ID={BOOT}\n"
        f"MESSAGE={message}\nPRIORITY={generator.choice('366666654')}\nSYSLOG_FACILITY={FACILITY_OF.get(identifier, 3)}\n"
        f"SYSLOG_IDENTIFIER={identifier}\nSYSLOG_PID={pid}\nSYSLOG_TIMESTAMP=Nov 21 08:40:{number // 600 % 60:02d} \n"
        f"_TRANSPORT=syslog\n_PID={pid}\n_UID={worker * 33}\n_GID={worker * 33}\n_COMM={identifier}\n_EXE={executable}\n"
        f"_CMDLINE={executable} --worker {worker}\n_CAP_EFFECTIVE=1ffffffffff\n_SELINUX_CONTEXT=unconfined\n"
        f"_SYSTEMD_CGROUP=/system.slice/{unit}\n_SYSTEMD_UNIT={unit}\n_SYSTEMD_SLICE=system.slice\n"
        f"_SYSTEMD_INVOCATION_ID={worker:08x}c1f84d0e8f6a2b4c6d8e0f12\n_MACHINE_ID=3f9c6a6d0c5e4a0c9d5a7a3b1e2f4c5d\n"
        f"_HOSTNAME=node{17:02d}.example.com\n_RUNTIME_SCOPE=system\n_SOURCE_REALTIME_TIMESTAMP={time - 40}\n\n")


def main():
    directory, count = sys.argv[1], int(sys.argv[2])
    os.makedirs(directory, exist_ok=True)
    generator = random.Random(20261121)
    path = os.path.join(directory, "bench.journal")
    remote = subprocess.Popen([REMOTE, "--compress=no", f"--output={path}", "-"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for number in range(count):
        remote.stdin.write(entry(number, generator).encode())
    remote.stdin.close()
    if remote.wait() != 0:
        sys.exit(f"systemd-journal-remote failed on {path}")


main()
