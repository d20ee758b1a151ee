#!/usr/bin/env python3
"""Runs the bare walk, Tributary and rsyslog in turn over one journal, the latter two to a TCP receiver on loopback.

usage: measure_syslog.py SCRATCH TRIBUTARY ENTRIES ROUNDS

Both send RFC 5424 with a line feed behind each message; the receiver counts those. rsyslog's imjournal reads no other
folder than the system's, so it runs with the journal mounted there, in a mount namespace of its own: that needs root.
Tributary's time ends with its process, when all is acknowledged and recorded; rsyslog's when its first 100,000 messages
are there, as all would take it minutes.
"""
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time

from measure import Run

SETTINGS = """
spool: {{directory: {run}/spool}}
sources:
  journal: {{type: journald, directory: {journal}, start: beginning}}
sinks:
  siem: {{type: syslog, address: "tcp://127.0.0.1:{port}", framing: newline, message: {message}}}
log: {{level: warning}}
"""

RSYSLOG = """
global(workDirectory="{run}")
module(load="imjournal" stateFile="state" ratelimit.interval="0" ignorePreviousMessages="off")
action(type="omfwd" target="127.0.0.1" port="{port}" protocol="tcp" template="RSYSLOG_SyslogProtocol23Format")
"""

MOUNT = """
mount --make-rprivate / && mount -t tmpfs none /run/log && mkdir -p /var/log/journal && mount -t tmpfs none /var/log
mkdir -p /var/log/journal/{machine} && mount --bind {journal} /var/log/journal/{machine}
exec /usr/sbin/rsyslogd -n -f {run}/rsyslog.conf -i {run}/pid
"""


class Receiver:
    """Counts lines over one connection after the other."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.count = 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        buffer = bytearray(1 << 20)
        while True:
            connection, _ = self.listener.accept()
            with connection:
                while size := connection.recv_into(buffer):
                    self.count += buffer.count(b"\n", 0, size)


def rsyslog(run, journal, receiver, entries):
    """Wall and CPU seconds until the receiver has everything."""
    with open("/etc/machine-id") as file:
        machine = file.read().strip()
    with open(f"{run}/rsyslog.conf", "w") as file:
        file.write(RSYSLOG.format(run=run, port=receiver.port))
    receiver.count = 0
    start = time.monotonic()
    process = subprocess.Popen(
        ["unshare", "-m", "sh", "-ec", MOUNT.format(machine=machine, journal=journal, run=run)])
    while receiver.count < entries and process.poll() is None and time.monotonic() - start < 600:
        time.sleep(0.01)
    wall = time.monotonic() - start
    if receiver.count < entries:
        print(f"rsyslog delivered {receiver.count} of {entries}", file=sys.stderr)
    process.send_signal(signal.SIGTERM)
    _, _, usage = os.wait4(process.pid, 0)
    return wall, usage.ru_utime + usage.ru_stime


def main():
    scratch, tributary, entries, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    journal, settings, run = f"{scratch}/journal", f"{scratch}/bench-syslog.yaml", f"{scratch}/run-syslog"
    receiver, sample = Receiver(), min(entries, 100_000)
    walks, works, peers = [], [], []
    for number in range(rounds + 1):
        walk = Run([f"{scratch}/walk", journal])
        shutil.rmtree(run, ignore_errors=True)
        os.makedirs(run)
        with open(settings, "w") as file:
            file.write(SETTINGS.format(run=run, journal=journal, port=receiver.port, message="events-log"))
        receiver.count = 0
        work = Run([tributary, "run", "--once", "--config", settings])
        end = time.monotonic() + 10
        while receiver.count < entries and time.monotonic() < end:
            time.sleep(0.001)
        if receiver.count != entries:
            sys.exit(f"the receiver has {receiver.count} messages of {entries} entries")
        os.sync()
        if number == rounds and os.access("/usr/sbin/rsyslogd", os.X_OK):
            peers.append(rsyslog(run, journal, receiver, sample))
        if number > 0:
            walks.append(walk)
            works.append(work)
    shutil.rmtree(run, ignore_errors=True)
    print(f"\n{platform.machine()}, {os.cpu_count()} cores, {platform.release()}, {entries} entries, "
          f"{rounds} rounds in turn, TCP on loopback\n")
    print(f"{'':30}{'entries/s':>12}{'CPU µs/entry':>15}{'anonymous MiB':>16}")
    for name, runs in (("bare walk (C)", walks), ("tributary, journal→syslog", works)):
        rate = statistics.median(entries / r.wall for r in runs)
        cpu = statistics.median(r.cpu / entries * 1e6 for r in runs)
        print(f"{name:30}{rate:>12,.0f}{cpu:>15.2f}{max(r.peak for r in runs) / 1024:>16.1f}")
    for wall, cpu in peers:
        print(f"{'rsyslog, imjournal→omfwd':30}{sample / wall:>12,.0f}{cpu / sample * 1e6:>15.2f}{'':>16}")
    ratios = sorted(a.wall / b.wall for a, b in zip(walks, works))
    print(f"\nshare of the bare walk's entries/s, pair by pair: median {statistics.median(ratios):.2f}, "
          f"least {ratios[0]:.2f}, most {ratios[-1]:.2f} (bar: 0.40)")
    if peers:
        rate = statistics.median(entries / r.wall for r in works)
        print(f"times rsyslog's entries/s: {rate / (sample / peers[0][0]):.1f} (bar: 5)")


main()
