#!/usr/bin/env python3
"""Reads the events of a MAAS region, in turn: curl and a JSON parser alone, and Tributary down to events.log, without
rules and with those that come with it; reading these takes a good part of so short a run.

usage: measure_maas.py SCRATCH TRIBUTARY EVENTS ROUNDS

The server (`maas_server.py`) has all answers ready, so that its share is the same small one on both sides. curl fetches
all pages over one connection; Python's parser, which is written in C, then makes values of each page, and counts them.
"""
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time

from contestants import NO_RULES, SHIPPED_RULES, written

PAGE = 1000
SETTINGS = """
spool: {{directory: {run}/spool}}
sources:
  maas:
    {{type: maas, url: "http://127.0.0.1:{port}/MAAS", api-key: {{file: {scratch}/maas.key}}, start: beginning,
     page-size: {page}}}
sinks:
  events-log: {{type: file, path: {run}/logs/events.log, rotate: never}}
normalization: {rules}
log: {{level: warning}}
"""
PARSE = """
import json, sys
count = 0
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        count += len(json.load(file)["events"])
print(count)
"""


def bare(scratch, port, count):
    """Seconds to fetch the pages with curl and to parse them."""
    pages = f"{scratch}/pages"
    shutil.rmtree(pages, ignore_errors=True)
    os.mkdir(pages)
    with open(f"{scratch}/curl", "w") as file:
        for first in range(0, count, PAGE):
            file.write(f'url = "http://127.0.0.1:{port}/MAAS/api/2.0/events/?op=query&limit={PAGE}&after={first}"\n'
                       f'output = "{pages}/{first:08d}"\n')
    start = time.monotonic()
    subprocess.run(["curl", "--silent", "--config", f"{scratch}/curl"], check=True)
    names = sorted(os.path.join(pages, name) for name in os.listdir(pages))
    result = subprocess.run([sys.executable, "-I", "-c", PARSE, *names], check=True, capture_output=True)
    seconds = time.monotonic() - start
    if int(result.stdout) != count:
        sys.exit(f"curl fetched {int(result.stdout)} events of {count}")
    return seconds


def whole(scratch, tributary, settings, count):
    """Seconds from the start of the daemon to its end, with all events in the file."""
    run = f"{scratch}/run"
    shutil.rmtree(run, ignore_errors=True)
    start = time.monotonic()
    subprocess.run([tributary, "run", "--once", "--config", settings], check=True)
    seconds = time.monotonic() - start
    with open(f"{run}/logs/events.log", "rb") as file:
        found = sum(1 for _ in file)
    if found != count:
        sys.exit(f"events.log has {found} lines for {count} events")
    return seconds


def main(scratch, tributary, count, rounds):
    here = os.path.dirname(os.path.abspath(__file__))
    server = subprocess.Popen([sys.executable, f"{here}/maas_server.py", str(count)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE)
    try:
        port = int(server.stdout.readline())
        with open(os.open(f"{scratch}/maas.key", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write("consumer:token:secret")
        several = [written(f"{scratch}/{name}.yaml", SETTINGS.format(
            run=f"{scratch}/run", port=port, scratch=scratch, page=PAGE, rules=rules))
            for name, rules in (("without", NO_RULES), ("shipped", SHIPPED_RULES))]
        found = []
        for number in range(rounds + 1):
            seconds = [bare(scratch, port, count)]
            for settings in several:
                seconds.append(whole(scratch, tributary, settings, count))
                os.sync()
            if number > 0:
                found.append(seconds)
    finally:
        server.stdin.close()
        server.wait()
    shutil.rmtree(f"{scratch}/run")
    print(f"\n{platform.machine()}, {os.cpu_count()} cores, {count} MAAS events in pages of {PAGE}, "
          f"{rounds} rounds in turn\n")
    curl, without, shipped = zip(*found)
    for name, seconds in (("curl and a JSON parser", curl), ("tributary, MAAS→file, no rules", without),
                          ("tributary, MAAS→file, shipped rules", shipped)):
        print(f"{name:36}{count / statistics.median(seconds):>12,.0f} events/s")
    for name, seconds in (("without rules", without), ("with the shipped rules", shipped)):
        ratios = sorted(a / b for a, b in zip(curl, seconds))
        print(f"\nshare of curl's and the parser's events/s, {name}, round by round: "
              f"median {statistics.median(ratios):.2f}, least {ratios[0]:.2f}, most {ratios[-1]:.2f}"
              f"{' (bar: 0.70)' if seconds is without else ''}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
