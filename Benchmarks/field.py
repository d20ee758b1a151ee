"""Tributary beside the field: the bare walk, rsyslog, syslog-ng and journalctl over one journal."""
from contestants import Journalctl, TributaryFile, TributarySyslog, Walk
from figures import accounts, cpu, median, peak, rate, ratio
from peers import Rsyslog, SyslogNg
from report import Bar, Table
from rounds import measured

HEADER = ["", "entries", "entries/s", "share of the walk's", "CPU µs/entry", "times the walk's", "anonymous MiB",
          "bytes/entry", "lost", "repeated"]


class Field:
    """All that are measured over the main journal, the slow ones over its first entries."""

    def __init__(self, scratch, tributary, journal, slow):
        self.journal, self.slow = journal, slow
        self.walk = Walk(scratch, journal)
        self.file = TributaryFile("Tributary → file", scratch, journal, tributary)
        self.syslog = TributarySyslog("Tributary → TCP syslog", scratch, journal, tributary)
        self.rsyslog = {to: Rsyslog(scratch, slow, to) for to in ("file", "syslog")}
        self.syslog_ng = {to: SyslogNg(scratch, slow, to) for to in ("file", "syslog")}
        self.journalctl = [Journalctl(scratch, slow, form) for form in ("export", "json")]
        self.all = [self.walk, self.file, self.syslog, *self.rsyslog.values(), *self.syslog_ng.values(),
                    *self.journalctl]
        self.runs = {}

    def measure(self, rounds):
        self.runs = measured(self.all, rounds, "the field")

    def tables(self):
        return [self.costs(), self.comparison()]

    def costs(self):
        rows, notes = [], []
        for contestant in self.all:
            runs = self.runs.get(contestant)
            if not runs:
                rows.append([contestant.name, f"not measured: {contestant.absent}"])
                continue
            found = accounts(runs)
            rows.append([
                contestant.name, f"{contestant.journal.entries:,}", f"{median(runs, rate):,.0f}",
                self.of_walk(runs, rate), f"{median(runs, cpu):.2f}", self.of_walk(runs, cpu), f"{peak(runs):.1f}",
                f"{runs[0].bytes / runs[0].entries:,.0f}" if found else "–",
                *([f"{found.lost:,}", f"{found.repeated:,}"] if found else ["–", "–"])])
            if found and found.strange:
                notes.append(f"{contestant.name}: {found.strange:,} lines are of no entry.")
        before = (f"{self.journal.entries:,} entries with 24 fields, {len(self.runs[self.walk])} rounds in turn. "
                  "Tributary applies all its rules, writes all fields that it keeps, and synchronizes each batch to "
                  "the disk before it is delivered; rsyslog and syslog-ng write time, host, tag and message, and "
                  "synchronize nothing. The walk reads every field and writes nothing.")
        if self.slow.entries < self.journal.entries:
            notes.append(f"Those with {self.slow.entries:,} entries are slow: they are given the first of the journal "
                         "only.")
        notes.append("Lost and repeated are counted in what was delivered in all rounds, by the entries' own times.")
        return Table("The field", HEADER, rows, before, notes)

    def of_walk(self, runs, of):
        return "1" if runs is self.runs[self.walk] else ratio(runs, self.runs[self.walk], of).text()

    def comparison(self):
        rows = []
        for ours, theirs in [(self.file, [self.rsyslog["file"], self.syslog_ng["file"], *self.journalctl]),
                             (self.syslog, [self.rsyslog["syslog"], self.syslog_ng["syslog"]])]:
            for other in theirs:
                if other in self.runs:
                    pair = self.runs[ours], self.runs[other]
                    rows.append([f"{ours.name}, beside {other.name}", ratio(*pair, rate).text(1),
                                 ratio(*pair, cpu).text()])
        return Table("Tributary beside each", ["", "times its entries/s", "times its CPU time/entry"], rows)

    def bars(self):
        walk, file, syslog = (self.runs[each] for each in (self.walk, self.file, self.syslog))
        bars = [Bar.at_least("→ file: share of the bare walk's entries/s", 0.5, ratio(file, walk, rate)),
                Bar.at_least("→ TCP syslog: share of the bare walk's entries/s", 0.4, ratio(syslog, walk, rate))]
        if rsyslog := self.runs.get(self.rsyslog["file"]):
            bars += [Bar.at_least("→ file: times rsyslog's entries/s", 6, ratio(file, rsyslog, rate)),
                     Bar.at_most("→ file: times rsyslog's CPU time per entry", 0.2, ratio(file, rsyslog, cpu))]
        if rsyslog := self.runs.get(self.rsyslog["syslog"]):
            bars.append(Bar.at_least("→ TCP syslog: times rsyslog's entries/s", 5, ratio(syslog, rsyslog, rate)))
        return bars

    def ours(self):
        """All runs of Tributary."""
        return self.runs[self.file] + self.runs[self.syslog]

    def chart(self):
        """Groups of what was measured; of each its name, its share of the walk's entries/s, its CPU time per entry as
        times the walk's, and whether it is Tributary."""
        walk = self.runs[self.walk]
        groups = [[self.walk], [self.file, self.syslog_ng["file"], self.rsyslog["file"]],
                  [self.syslog, self.syslog_ng["syslog"], self.rsyslog["syslog"]], self.journalctl]
        return [[(each.name, *(ratio(self.runs[each], walk, of).median for of in (rate, cpu)),
                  each in (self.file, self.syslog)) for each in group if each in self.runs] for group in groups]
