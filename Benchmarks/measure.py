#!/usr/bin/env python3
"""Runs the bare walk and Tributary in turn over one journal, and prints figures and their ratios: with the shipped
rules, without any, and with each rule twice.

usage: measure.py SCRATCH TRIBUTARY ENTRIES ROUNDS

Wall and CPU time are those of the whole process with its children, as the kernel counts them. Anonymous memory is the
greatest sum over all processes seen at one moment, looked at every 5 ms; mapped journal files do not count, as the
kernel takes them back when it needs the room.

A daemon starts once and then runs for months, so its start is told apart: up to the first line in events.log, which is
when settings and rules were read. From there on its rate is the steady one, looked at every 5 ms too.
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
normalization: {rules}
log: {{level: warning}}
"""
RULES = os.path.realpath(f"{os.path.dirname(os.path.realpath(__file__))}/../packaging/rules")


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
    """One run of a command: wall seconds, CPU seconds, peak anonymous KiB, what it printed. Of one that writes a file
    also the seconds to the first byte of it, and the seconds and bytes of the rest."""

    def __init__(self, command, written=None):
        self.peak = 0
        self.written, self.first, self.first_bytes = written, None, 0
        self.start = start = time.monotonic()
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
            if self.written and self.first is None:
                try:
                    self.first_bytes = os.path.getsize(self.written)
                except OSError:
                    continue
                if self.first_bytes > 0:
                    self.first = time.monotonic() - self.start


def lines(path):
    with open(path, "rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))


def doubled(scratch):
    """A folder with every shipped rule under another name: with the shipped ones, each is there twice."""
    folder = f"{scratch}/rules"
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for name in os.listdir(RULES):
        shutil.copy(f"{RULES}/{name}", f"{folder}/copy-{name}")
    return folder


class Work:
    """The main job with some rules."""

    def __init__(self, scratch, tributary, entries, name, rules):
        self.name, self.tributary, self.entries = name, tributary, entries
        self.run, self.settings = f"{scratch}/run", f"{scratch}/{name.replace(' ', '-')}.yaml"
        self.runs, self.bytes = [], 0
        with open(self.settings, "w") as file:
            file.write(SETTINGS.format(run=self.run, journal=f"{scratch}/journal", rules=rules))

    def once(self, counts):
        shutil.rmtree(self.run, ignore_errors=True)
        log = f"{self.run}/logs/events.log"
        work = Run([self.tributary, "run", "--once", "--config", self.settings], log)
        found = lines(log)
        if found != self.entries:
            sys.exit(f"events.log has {found} lines for {self.entries} entries")
        self.bytes = os.path.getsize(log)
        # All lines are about as long as each other.
        work.steady = self.entries * (1 - work.first_bytes / self.bytes) / (work.wall - work.first)
        shutil.rmtree(self.run)
        # The disk's work for this round is not to fall into the next.
        os.sync()
        if counts:
            self.runs.append(work)


def ratio(ones, others, rate=lambda run: 1 / run.wall):
    """How many times as fast the first are, pair by pair."""
    ratios = sorted(rate(a) / rate(b) for a, b in zip(ones, others))
    return f"median {statistics.median(ratios):.2f}, least {ratios[0]:.2f}, most {ratios[-1]:.2f}"


def main():
    scratch, tributary, entries, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    shipped = Work(scratch, tributary, entries, "shipped rules", f"{{shipped-rules: {RULES}}}")
    without = Work(scratch, tributary, entries, "no rules", "{shipped-rules: false}")
    twice = Work(scratch, tributary, entries, "rules doubled",
                 f"{{rules: [{doubled(scratch)}], shipped-rules: {RULES}}}")
    works, walks = [shipped, without, twice], []
    for number in range(rounds + 1):
        walk = Run([f"{scratch}/walk", f"{scratch}/journal"])
        for work in works:
            work.once(number > 0)
        if number > 0:
            walks.append(walk)
    print(f"\n{platform.machine()}, {os.cpu_count()} cores, {platform.release()}, {entries} entries, "
          f"{shipped.bytes / entries:.0f} bytes a line ({without.bytes / entries:.0f} without rules), "
          f"{rounds} rounds in turn\n")
    print(f"{'':32}{'entries/s':>12}{'CPU µs/entry':>15}{'anonymous MiB':>16}{'first line s':>15}{'then entries/s':>17}")
    for name, runs in [("bare walk (C)", walks)] + [(f"journal→file, {w.name}", w.runs) for w in works]:
        rate = statistics.median(entries / r.wall for r in runs)
        cpu = statistics.median(r.cpu / entries * 1e6 for r in runs)
        peak = max(r.peak for r in runs) / 1024
        first = "" if runs is walks else f"{statistics.median(r.first for r in runs):>15.2f}"
        steady = "" if runs is walks else f"{statistics.median(r.steady for r in runs):>17,.0f}"
        print(f"{name:32}{rate:>12,.0f}{cpu:>15.2f}{peak:>16.1f}{first}{steady}")
    print(f"\nshare of the bare walk's entries/s, pair by pair: {ratio(shipped.runs, walks)} (bar: 0.50)")
    for name, runs in [("the shipped rules", shipped.runs), ("each rule twice", twice.runs)]:
        print(f"with {name}, of the entries/s without any: {ratio(runs, without.runs)} (bar: 0.90); "
              f"after the first line: {ratio(runs, without.runs, lambda run: run.steady)}; "
              f"by CPU time: {ratio(runs, without.runs, lambda run: 1 / run.cpu)}")
    print(f"anonymous memory of all processes: {max(r.peak for r in shipped.runs) / 1024:.1f} MiB (bar: 40)")


if __name__ == "__main__":
    main()
