"""How the cost of an event grows with the segments that the spool keeps, for a sink that delivers nothing.

A spool is filled once, up to each number of segments; each run begins with a copy of it, whose full segments are links.
"""
import glob
import os
import shutil
import socket

from accountant import Lines, account, pieces
from contestants import NO_RULES, SHIPPED_RULES, Contestant, filled, written
from figures import cpu, cpu_beyond, median, peak, rate, ratio, spread
from growth import FLAT, study
from make_journal import make_ballast
from processes import Run
from report import Bar, Table
from rounds import measured, say

SEGMENT_BYTES = 16 << 20  # what the spool makes them
MESSAGE = b"x" * 1_000_000
PER_SEGMENT = SEGMENT_BYTES // len(MESSAGE)
AT_ONCE = 50  # segments that one journal of ballast fills


class Backlog(Contestant):
    """Tributary with so many segments in its spool. Its time goes to the last line of events.log.

    The file sink's place names the file by its identity: all runs have the same one, emptied.
    """

    def __init__(self, scratch, journal, program, segments):
        super().__init__(f"{segments} segments", scratch, journal)
        self.run, self.spool = f"{scratch}/stuck", f"{scratch}/stuck/spool"
        self.log, self.kept = f"{self.run}/logs/events.log", f"{scratch}/spools/{segments}"
        self.program, self.segments = program, segments
        # Bound and not listened on: nobody can connect, and nobody else gets the port.
        self.closed = socket.socket()
        self.closed.bind(("127.0.0.1", 0))

    def deliver(self, source, journal, rules):
        settings = written(f"{self.run}/tributary.yaml", filled(
            "tributary-stuck.yaml", run=self.run, source=source, journal=journal, rules=rules,
            port=self.closed.getsockname()[1]))
        # 75: a sink could not take everything.
        return Run([self.program, "run", "--once", "--config", settings], messages=f"{self.run}/messages",
                   watched=self.log, accepted=(75,))

    def fill(self, scratch):
        """Fills the spool of the one with fewer segments further, and keeps it."""
        os.makedirs(self.run, exist_ok=True)
        while (missing := self.segments - segments_of(self.spool)) > 0:
            say(f"growth with segments: filling the spool, {self.segments - missing} of {self.segments}")
            count = 1 if self.segments == 1 else min(missing, AT_ONCE) * PER_SEGMENT
            ballast = f"{scratch}/ballast-{count}"
            if not os.path.exists(ballast):
                make_ballast(ballast, count, MESSAGE)
            self.deliver(f"ballast-{self.segments}-{missing}", ballast, NO_RULES)
        copy_spool(self.spool, self.kept)

    def measure(self):
        shutil.rmtree(self.spool, ignore_errors=True)
        copy_spool(self.kept, self.spool)
        os.truncate(self.log, 0)
        os.sync()
        run = self.deliver("journal", self.journal.path, SHIPPED_RULES)
        run.wall = run.last
        return self.figures(run, run.bytes, account(pieces(self.log), Lines(), self.journal.entries))


def segments_of(spool):
    return len(glob.glob(f"{spool}/*.segment"))


def copy_spool(old, new):
    """Copies a spool. What was written is never changed, so all segments but the last two are links."""
    full = set(sorted(glob.glob(f"{old}/*.segment"))[:-2])
    shutil.copytree(old, new, copy_function=lambda path, copy: (os.link if path in full else shutil.copy2)(path, copy))


def with_segments(scratch, tributary, base, journal, counts, rounds):
    """`base` is a small journal: what its entries cost is mostly the start, in which the spool is recovered."""
    starts = [Backlog(scratch, base, tributary, count) for count in counts]
    each = [Backlog(scratch, journal, tributary, count) for count in counts]
    for contestant in starts:
        contestant.fill(scratch)
    found = [segments_of(contestant.kept) for contestant in starts]
    runs = measured([*starts, *each], rounds, "growth with segments")
    starts, each = [runs[one] for one in starts], [runs[one] for one in each]

    def beyond(index):
        return cpu_beyond(each[index], starts[index])

    rows = [[f"{count:,}", f"{median(some, rate):,.0f}", f"{median(some, cpu):.2f}",
             f"{median(start, lambda run: run.wall):.2f}", f"{median(start, lambda run: run.cpu):.2f}",
             spread(beyond(index)).text(), f"{peak(some):.1f}"]
            for index, (count, start, some) in enumerate(zip(found, starts, each))]
    growth = spread([last / first for first, last in zip(beyond(0), beyond(-1))])
    start = ratio(starts[-1], starts[0], lambda run: run.cpu)
    table = Table("Growth with the segments of the spool",
                  ["segments before", "entries/s", "CPU µs/entry", f"first {base.entries:,} s", "CPU s of it",
                   "CPU µs/entry beyond", "anonymous MiB"], rows,
                  f"journal → file beside a sink whose receiver cannot be reached, {journal.entries:,} entries, "
                  f"{rounds} rounds in turn, from the start of the daemon to the last line.",
                  [f"{found[-1]:,} segments beside {found[0]:,}: CPU time per entry beyond the start {growth.text()}, "
                   f"CPU time of the start {start.text()}."])
    return study(table, [Bar.at_most("CPU time per entry as the spool's segments grow", FLAT, growth)], runs.values())
