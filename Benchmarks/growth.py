"""How the cost of an event grows with the number of entries, of rules and of sinks.

Flat is what costs at most a tenth more at the end of the range than at its beginning.
"""
import os
import shutil
from typing import NamedTuple

from contestants import NO_RULES, RULES, SHIPPED_RULES, TributaryFile
from figures import cpu, cpu_beyond, median, peak, rate, ratio, spread, steady
from report import Bar, Table
from rounds import measured

FLAT = 1.1


class Study(NamedTuple):
    """What was found out about one kind of growth, and the runs of it that are like those of the field."""

    table: Table
    bars: list
    runs: list


def study(table, bars, runs):
    return Study(table, bars, [run for each in runs for run in each])


def with_entries(scratch, tributary, base, journals, rounds):
    """`base` is a small journal: what the first entries cost is mostly the start."""
    each = [TributaryFile(f"{journal.entries:,} entries", scratch, journal, tributary) for journal in (base, *journals)]
    start, *runs = measured(each, rounds, "growth with entries").values()

    def beyond(index):
        return cpu_beyond(runs[index], start)

    rows = [[f"{journal.entries:,}", f"{median(some, rate):,.0f}", f"{median(some, cpu):.2f}",
             spread(beyond(index)).text(), f"{peak(some):.1f}"]
            for index, (journal, some) in enumerate(zip(journals, runs))]
    growth = spread([last / first for first, last in zip(beyond(0), beyond(-1))])
    table = Table("Growth with the number of entries",
                  ["entries", "entries/s", "CPU µs/entry", f"beyond the first {base.entries:,}", "anonymous MiB"], rows,
                  f"journal → file, {rounds} rounds in turn. A start with {base.entries:,} entries takes "
                  f"{median(start, lambda run: run.wall):.2f} s, {median(start, lambda run: run.cpu):.2f} s of it CPU "
                  "time.",
                  [f"CPU time per entry beyond the start, the last beside the first: {growth.text()}."])
    return study(table, [Bar.at_most("CPU time per entry as entries grow, beyond the start", FLAT, growth)],
                 [start, *runs])


def copied_rules(scratch, copies):
    """A folder with every shipped rule under so many other names."""
    folder = f"{scratch}/rules-{copies}"
    os.makedirs(folder)
    for name in os.listdir(RULES):
        for number in range(copies):
            shutil.copy(f"{RULES}/{name}", f"{folder}/copy-{number}-{name}")
    return folder


def with_rules(scratch, tributary, journal, rounds):
    """A daemon starts once and then runs for months, so its start is told apart: up to the first line in events.log,
    which is when settings and rules were read. From there on its rate is the steady one."""
    several = [(number, f"{{rules: [{copied_rules(scratch, number - 1)}], shipped-rules: {RULES}}}")
               for number in (2, 4)]
    each = [TributaryFile(name, scratch, journal, tributary, rules) for name, rules in [
        ("no rules", NO_RULES), ("the shipped rules", SHIPPED_RULES),
        *((f"each rule {number} times", rules) for number, rules in several)]]
    runs = measured(each, rounds, "growth with rules")
    none, shipped, twice, most = runs.values()
    rows = [[contestant.name, f"{median(some, rate):,.0f}", f"{median(some, cpu):.2f}",
             f"{median(some, lambda run: run.first):.2f}", f"{median(some, steady):,.0f}", f"{peak(some):.1f}",
             *([ratio(some, none, of).text() for of in (rate, steady)] if some is not none else ["1", "1"]),
             ratio(none, some, cpu).text() if some is not none else "1"]
            for contestant, some in runs.items()]
    growth, with_none = ratio(shipped, most, steady), ratio(none, most, steady)
    table = Table("Growth with the number of rules",
                  ["", "entries/s", "CPU µs/entry", "first line s", "then entries/s", "anonymous MiB",
                   "entries/s of none's", "after the first line", "by CPU time"],
                  rows, f"journal → file, {journal.entries:,} entries, {rounds} rounds in turn.",
                  [f"Time per entry after the first line, each rule 4 times beside the shipped rules: {growth.text()}, "
                   f"beside none: {with_none.text()}."])
    bars = [Bar.at_least("entries/s with the shipped rules, of those without any", 0.9, ratio(shipped, none, rate)),
            Bar.at_least("entries/s with each rule twice, of those without any", 0.9, ratio(twice, none, rate)),
            Bar.at_most("time per entry as rules grow fourfold, after the first line", FLAT, growth)]
    return study(table, bars, [none, shipped])


def with_sinks(scratch, tributary, journal, rounds):
    counts = (1, 2, 4, 8)
    each = [TributaryFile(f"{count} sinks", scratch, journal, tributary, sinks=count) for count in counts]
    runs = list(measured(each, rounds, "growth with sinks").values())

    def further(index):
        """Microseconds of CPU time per line of each sink beyond the first, round by round."""
        return [(run.cpu_per_entry - first.cpu_per_entry) / (counts[index] - 1)
                for run, first in zip(runs[index], runs[0])]

    rows = [[str(count), f"{median(some, rate):,.0f}", f"{median(some, rate) * count:,.0f}", f"{median(some, cpu):.2f}",
             spread(further(index)).text() if index else "–", f"{peak(some):.1f}"]
            for index, (count, some) in enumerate(zip(counts, runs))]
    # One further sink alone costs too little to be told from what the machine does meanwhile.
    growth = spread([last / first for first, last in zip(further(2), further(3))])
    table = Table("Growth with the number of sinks",
                  ["file sinks", "entries/s", "lines/s", "CPU µs/entry", "of it each further sink", "anonymous MiB"],
                  rows, f"journal → files with all events each, {journal.entries:,} entries, {rounds} rounds in turn.",
                  [f"CPU time of each further sink, of {counts[3]} sinks beside {counts[2]}: {growth.text()}."])
    return study(table, [Bar.at_most("CPU time of each further file sink as they grow", FLAT, growth)], runs)
