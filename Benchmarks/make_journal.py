#!/usr/bin/env python3
"""Writes a journal with entries such as a busy server has: 24 fields each, few services, many messages.

usage: make_journal.py DIRECTORY COUNT

The journal is written by systemd-journal-remote from an export stream. It rotates as journald does, so there are
several files, and one counter numbers all entries, as on a host. Equal arguments give equal entries, and fewer of them
are the first of more. No two entries have one time, so that an entry is known by it in whatever was made of it.
"""
import os
import random
import subprocess
import sys

REMOTE = "/lib/systemd/systemd-journal-remote"
BOOT = "6c7c6013a26343b29e964691ff25d04c"
# In microseconds: the time of the first entry since 1970, the time from one entry to the next, and how much earlier
# than an entry its program's time is.
START, STEP, SOURCE_LEAD = 1_760_000_000_000_000, 1733, 40
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
    time = START + number * STEP
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
        f"_HOSTNAME=node{17:02d}.example.com\n_RUNTIME_SCOPE=system\n_SOURCE_REALTIME_TIMESTAMP={time - SOURCE_LEAD}\n\n")


def write(directory, entries):
    """Has systemd-journal-remote write a journal of entries in the export form."""
    os.makedirs(directory, exist_ok=True)
    path = os.path.join(directory, "bench.journal")
    with subprocess.Popen([REMOTE, "--compress=no", f"--output={path}", "-"], stdin=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as remote:
        for text in entries:
            remote.stdin.write(text)
    if remote.returncode != 0:
        sys.exit(f"systemd-journal-remote failed on {path}")


def make(directory, count):
    """Writes a journal with the first `count` entries."""
    generator = random.Random(20261121)
    write(directory, (entry(number, generator).encode() for number in range(count)))


def make_ballast(directory, count, message):
    """Writes a journal of entries with nothing but one long message, of the identifier `ballast`."""
    write(directory, (
        b"__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=%s\nSYSLOG_IDENTIFIER=ballast\nMESSAGE=%s\n\n"
        % (START + number, number + 1, BOOT.encode(), message) for number in range(count)))


if __name__ == "__main__":
    make(sys.argv[1], int(sys.argv[2]))
