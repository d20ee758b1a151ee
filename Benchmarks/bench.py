#!/usr/bin/env python3
"""Measures Tributary beside the least that could do its work, and beside others that do it.

usage: bench.py TRIBUTARY [--entries N] [--rounds N] [--growth N] [--segments N] [--parts PART...] [--update]

Prints tables, and leaves them with a chart in .build/bench: results.md, results.svg. With --update also in
Benchmarks/results and in README.md. All that it makes otherwise is in a temporary folder (TMPDIR), and removed.
"""
import argparse
import contextlib
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

import chart
import machine
import measure_maas
import measure_query
from contestants import HERE, Journal, Walk
from field import Field
from figures import accounts, peak
from growth import with_entries, with_rules, with_sinks
from idle import measure_idle
from make_journal import make
from processes import Failure
from report import Bar, bars_table, document
from rounds import say
from segments import SEGMENT_BYTES, with_segments

PARTS = ("field", "growth", "idle", "maas", "query")
SLOW = 200_000  # entries for those that are slow
GROWTH_ROUNDS = 3
BASE = 1_000  # entries that cost little beside the start
MAAS_EVENTS = 100_000
QUERY_ROUNDS = 3
QUERY_SAMPLE = 20_000  # entries of which the searched lines are made
# About what a journal and events.log take on the disk.
JOURNAL_BYTES, LINE_BYTES = 700, 900


def arguments():
    parser = argparse.ArgumentParser(description="Measures Tributary beside others.")
    parser.add_argument("tributary")
    parser.add_argument("--entries", type=int, default=500_000, help="of the main journal (default: 500000)")
    parser.add_argument("--rounds", type=int, default=5, help="in turn, after one that does not count (default: 5)")
    parser.add_argument("--growth", type=int, default=1_000_000, help="most entries of the growth (default: 1000000)")
    parser.add_argument("--segments", type=int, default=500, help="most segments of the spool (default: 500)")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="what is measured (default: all)")
    parser.add_argument("--update", action="store_true", help="also write Benchmarks/results and README.md")
    given = parser.parse_args()
    if given.update and "field" not in given.parts:
        parser.error("--update needs the part 'field'")
    return given


def disk_needed(given):
    """Bytes on the disk at the most crowded moment."""
    journals = (given.entries + SLOW) * JOURNAL_BYTES
    work = 4 * given.entries * LINE_BYTES
    if "growth" in given.parts:
        work = max(work, given.growth * (2 * JOURNAL_BYTES + LINE_BYTES) + min(4 << 30, given.growth * LINE_BYTES),
                   (given.segments + 50) * SEGMENT_BYTES)
    return journals + work + (1 << 30)


def made(scratch, entries):
    """The journal of so many entries, made when it is not there yet."""
    journal = Journal(f"{scratch}/journal-{entries}", entries)
    if not os.path.exists(journal.path):
        say(f"making a journal of {entries:,} entries")
        make(journal.path, entries)
        # systemd-journal-remote removes its oldest files when it thinks that there are too many.
        Walk(scratch, journal).once()
    return journal


def measure_field(given, scratch, tributary):
    field = Field(scratch, tributary, made(scratch, given.entries), made(scratch, min(given.entries, SLOW)))
    field.measure(given.rounds)
    return field


def measure_growth(given, scratch, tributary):
    """One study after the other."""
    counts = [10**power for power in range(4, 9) if 10**power < given.growth] + [given.growth]
    journals = [made(scratch, count) for count in counts]
    rounds = min(given.rounds, GROWTH_ROUNDS)
    yield with_entries(scratch, tributary, made(scratch, BASE), journals, rounds)
    for journal in journals:
        if journal.entries > max(given.entries, SLOW):
            shutil.rmtree(journal.path)
    yield with_rules(scratch, tributary, made(scratch, given.entries), given.rounds)
    small = made(scratch, min(given.entries, 100_000))
    yield with_sinks(scratch, tributary, small, rounds)
    counts = [count for count in (1, 10, 100) if count < given.segments] + [given.segments]
    yield with_segments(scratch, tributary, made(scratch, BASE), small, counts, rounds)


def measure_others(given, scratch, tributary):
    """Runs what prints its own figures; titles and what was printed."""
    others = [("maas", "A remote API, beside curl and a JSON parser",
               lambda: measure_maas.main(scratch, tributary, MAAS_EVENTS, given.rounds)),
              ("query", "A search, beside zgrep",
               lambda: measure_query.main(scratch, tributary, made(scratch, QUERY_SAMPLE).path, QUERY_ROUNDS))]
    for part, title, measure in others:
        if part in given.parts:
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                measure()
            print(printed.getvalue(), end="", flush=True)
            yield title, printed.getvalue()


def own_bars(runs):
    """What holds for all runs of Tributary with the shipped rules or without any."""
    found, memory = accounts(runs), peak(runs)
    return [Bar("anonymous memory of daemon and reader, the most of all runs, MiB", "≤ 40", f"{memory:.1f}",
                memory <= 40),
            Bar(f"entries lost or repeated by Tributary in {len(runs)} runs", "0",
                f"{found.lost:,} lost, {found.repeated:,} repeated", found.lost + found.repeated == 0)]


def save(folder, text, picture):
    os.makedirs(folder, exist_ok=True)
    for name, content in (("results.md", text), ("results.svg", picture)):
        if content:
            with open(f"{folder}/{name}", "w") as file:
                file.write(content)


def update_readme(tables):
    """Puts tables in the place of those in README.md."""
    path = f"{HERE}/../README.md"
    with open(path) as file:
        text = file.read()
    inner = "\n".join(table.markdown().replace("## ", "#### ", 1) for table in tables)
    text, count = re.subn(r"(<!-- results:[^>]*-->\n).*(<!-- end of results -->)",
                          lambda match: f"{match[1]}\n{inner}\n{match[2]}", text, flags=re.DOTALL)
    if count != 1:
        sys.exit("README.md has no place for the results")
    with open(path, "w") as file:
        file.write(text)


def main():
    given = arguments()
    subprocess.run([sys.executable, "-m", "unittest", "--quiet", "test_accountant"], cwd=HERE, check=True)
    tributary = os.path.realpath(given.tributary)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    tables, bars, runs, picture = [], [], [], ""
    with tempfile.TemporaryDirectory(prefix="tributary-bench.") as scratch:
        needed, free = disk_needed(given), shutil.disk_usage(scratch).free
        if needed > free:
            sys.exit(f"This takes {needed / 2**30:.0f} GiB of disk, and {tempfile.gettempdir()} has "
                     f"{free / 2**30:.0f} GiB: name another folder with TMPDIR=, or take fewer with GROWTH=, SEGMENTS= "
                     "or ENTRIES=.")
        facts = machine.facts(tributary, scratch)
        Walk.compile(scratch)
        if "field" in given.parts:
            field = measure_field(given, scratch, tributary)
            for table in field.tables():
                print(table.text(), flush=True)
            tables, bars, runs = field.tables(), field.bars(), field.ours()
            picture = chart.chart(field.chart(), given.entries, facts)
        if "growth" in given.parts:
            for study in measure_growth(given, scratch, tributary):
                print(study.table.text(), flush=True)
                tables.append(study.table)
                bars += study.bars
                runs += study.runs
        if "idle" in given.parts:
            table, bar = measure_idle(scratch, tributary, made(scratch, BASE))
            print(table.text(), flush=True)
            tables.append(table)
            bars.append(bar)
        others = list(measure_others(given, scratch, tributary))
    if runs:
        bars += own_bars(runs)
    if bars:
        bars_found = bars_table(bars)
        print(bars_found.text())
        tables.insert(0, bars_found)
    text = document(facts, tables, others, has_chart=picture != "")
    save(f"{HERE}/../.build/bench", text, picture)
    if given.update:
        save(f"{HERE}/results", text, picture)
        update_readme(field.tables())
    print("\n" + "\n".join(f"{name}: {value}" for name, value in facts))


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"Cannot measure: {failure}")
