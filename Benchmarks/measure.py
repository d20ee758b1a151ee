#!/usr/bin/env python3
"""Runs the bare walk and Tributary in turn over one journal, and prints figures and their ratio.

usage: measure.py SCRATCH TRIBUTARY ENTRIES ROUNDS

Wall and CPU time are those of the whole process with its children, as the kernel counts them. Anonymous memory is the
greatest sum over all processes seen at one moment, looked at every 5 ms; mapped journal files do not count, as the
kernel takes them back when it needs the room.
"""
import os
import platform
import shutil
import statistics
import subprocess
import sys
import threading
import time

SETTINGS = """
spool: {{directory: {run}/spool}}
sources:
  journal: {{type: journald, directory: {journal}, start: beginning}}
sinks:
  events-log: {{type: file, path: {run}/logs/events.log, rotate: never}}
log: {{level: warning}}
"""


def anonymous(pid):
    """KiB of anonymous memory of a process and its children."""
    total = 0
    try:
        with open(f"/proc/{pid}/status") as status:
            for line in status:
                if line.startswith("RssAnon:"):
                    total += int(line.split()[1])
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as children:
                for child in children.read().split():
                    total += anonymous(child)
    except OSError:
        pass
    return total


class Run:
    """One run of a command: wall seconds, CPU seconds, peak anonymous KiB, what it printed."""

    def __init__(self, command):
        self.peak = 0
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        done = threading.Event()
        watcher = threading.Thread(target=self.watch, args=(process.pid, done))
        watcher.start()
        self.output = process.stdout.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        self.wall = time.monotonic() - start
        self.cpu = usage.ru_utime + usage.ru_stime
        done.set()
        watcher.join()
        if status != 0:
            sys.exit(f"{command[0]} failed with status {status}")

    def watch(self, pid, done):
        while not done.wait(0.005):
            self.peak = max(self.peak, anonymous(pid))


def lines(path):
    with open(path, "rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))


def main():
    scratch, tributary, entries, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    journal, settings, run = f"{scratch}/journal", f"{scratch}/bench.yaml", f"{scratch}/run"
    with open(settings, "w") as file:
        file.write(SETTINGS.format(run=run, journal=journal))
    walks, works = [], []
    for number in range(rounds + 1):
        walk = Run([f"{scratch}/walk", journal])
        shutil.rmtree(run, ignore_errors=True)
        work = Run([tributary, "run", "--once", "--config", settings])
        found = lines(f"{run}/logs/events.log")
        if found != entries:
            sys.exit(f"events.log has {found} lines for {entries} entries")
        byte_count = os.path.getsize(f"{run}/logs/events.log")
        # The disk's work for this round is not to fall into the next.
        os.sync()
        if number > 0:
            walks.append(walk)
            works.append(work)
    shutil.rmtree(run, ignore_errors=True)
    print(f"\n{platform.machine()}, {os.cpu_count()} cores, {platform.release()}, {entries} entries, "
          f"{byte_count / entries:.0f} bytes a line, {rounds} rounds in turn\n")
    print(f"{'':24}{'entries/s':>12}{'CPU µs/entry':>15}{'anonymous MiB':>16}")
    for name, runs in (("bare walk (C)", walks), ("tributary, journal→file", works)):
        rate = statistics.median(entries / r.wall for r in runs)
        cpu = statistics.median(r.cpu / entries * 1e6 for r in runs)
        peak = max(r.peak for r in runs) / 1024
        print(f"{name:24}{rate:>12,.0f}{cpu:>15.2f}{peak:>16.1f}")
    ratios = sorted(a.wall / b.wall for a, b in zip(walks, works))
    print(f"\nshare of the bare walk's entries/s, pair by pair: median {statistics.median(ratios):.2f}, "
          f"least {ratios[0]:.2f}, most {ratios[-1]:.2f} (bar: 0.50)")
    print(f"anonymous memory of all processes: {max(r.peak for r in works) / 1024:.1f} MiB (bar: 40)")


main()
