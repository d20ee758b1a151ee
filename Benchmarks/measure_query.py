#!/usr/bin/env python3
"""Searches about a gibibyte of events.log in rotated files with Tributary and with zgrep in turn, and prints how fast
both are, their ratios and their memory.

usage: measure_query.py SCRATCH TRIBUTARY JOURNAL ROUNDS

The lines are those that Tributary itself writes of a made journal, again and again, with stamps that go on; each file
holds 100 MiB of them and is compressed with gzip. zgrep looks for the day's stamp and the two fields in one pattern.
Both must find the same lines.
"""
import datetime
import filecmp
import glob
import os
import platform
import shutil
import statistics
import subprocess
import sys

from contestants import Journal, TributaryFile, written
from processes import Run, line_counter

FILES, FILE_BYTES = 11, 100 << 20
BEGIN = datetime.datetime(2026, 1, 1)
SINCE = "2026-01-05"


def write_file(path, sample, first, step):
    """Writes lines of the sample with stamps from `first` on, `step` apart, and answers with the last stamp."""
    size, moment = 0, first
    with subprocess.Popen(["gzip", "-6"], stdin=subprocess.PIPE, stdout=open(path, "wb")) as gzip:
        while size < FILE_BYTES:
            part = []
            for rest in sample:
                part.append(moment.isoformat(timespec="microseconds").encode() + b"+00:00" + rest)
                moment += step
            block = b"".join(part)
            gzip.stdin.write(block)
            size += len(block)
    return size, moment


def main(scratch, tributary, journal, rounds):
    folder = f"{scratch}/query"
    os.makedirs(folder, exist_ok=True)
    sample = sample_lines(scratch, tributary, journal)
    step = datetime.timedelta(seconds=8 * 86400 * sum(map(len, sample)) / len(sample) / (FILES * FILE_BYTES))
    moment, size = BEGIN, 0
    for number in range(1, FILES + 1):
        path = f"{folder}/writing"
        more, moment = write_file(path, sample, moment, step)
        size += more
        os.rename(path, f"{folder}/events.log-{number:06}-{moment:%Y%m%dT%H%M%S}Z.gz")
    files = sorted(glob.glob(f"{folder}/events.log-*"))
    packed = sum(map(os.path.getsize, files))
    print(f"\n{platform.machine()}, {os.cpu_count()} cores, {size >> 20} MiB of events.log in {len(files)} files, "
          f"{packed >> 20} MiB with gzip, {sum(map(len, sample)) / len(sample) + 32:.0f} bytes a line, "
          f"{rounds} rounds in turn\n")
    active = f"{folder}/events.log"
    measure(scratch, "rare: since, severity and kind", rounds, size,
            [tributary, "query", active, "--since", SINCE, "--where", "severity=major",
             "--where", "kind=Security.*"],
            ["zgrep", "-h", "-E", '^2026-01-0[5-9].* severity="ERROR".* kind="Security\\.', *files])
    measure(scratch, "frequent: one kind in all files", rounds, size,
            [tributary, "query", active, "--where", "kind=Security.User.Login.*"],
            ["zgrep", "-h", ' kind="Security\\.User\\.Login\\.', *files])


def sample_lines(scratch, tributary, journal):
    """Some thousand lines of a made journal without their stamps."""
    work = TributaryFile("sample", scratch, Journal(journal, 0), tributary)
    os.makedirs(work.run)
    Run([tributary, "run", "--once", "--config", written(f"{work.run}/tributary.yaml", work.settings())])
    with open(f"{work.run}/logs/events.log", "rb") as file:
        rests = [line[line.index(b" "):] for _, line in zip(range(20000), file)]
    shutil.rmtree(work.run)
    return rests


def lines(path):
    return line_counter(path)()


def measure(scratch, name, rounds, size, query, grep):
    found, pairs = (f"{scratch}/query.found", f"{scratch}/zgrep.found"), []
    for _ in range(rounds + 1):
        pairs.append(tuple(Run(command, prints=output, environment={"LC_ALL": "C"})
                           for command, output in zip((query, grep), found)))
        if not filecmp.cmp(*found, shallow=False):
            sys.exit(f"{name}: tributary found {lines(found[0])} lines, zgrep {lines(found[1])}")
    pairs = pairs[1:]
    print(f"{name}: {lines(found[0])} lines")
    for label, runs in (("tributary query", [a for a, _ in pairs]), ("zgrep", [b for _, b in pairs])):
        wall = statistics.median(r.wall for r in runs)
        print(f"  {label:18}{(size >> 20) / wall:>8,.0f} MiB/s{statistics.median(r.cpu for r in runs):>8.2f} CPU s"
              f"{max(r.peak for r in runs) / 1024:>8.1f} MiB")
    ratios = sorted(b.wall / a.wall for a, b in pairs)
    print(f"  share of zgrep's speed, pair by pair: median {statistics.median(ratios):.2f}, least {ratios[0]:.2f}, "
          f"most {ratios[-1]:.2f} (bar: 0.50)\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
