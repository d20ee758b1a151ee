"""What a run of a contestant cost, and what runs have in common."""
import statistics
from dataclasses import dataclass
from typing import NamedTuple

from accountant import Account


@dataclass
class Figures:
    """One run: how many entries it was given, seconds of wall and CPU time, KiB of anonymous memory, bytes that it
    delivered. The account is None of one that delivers nothing. Of some also the seconds to the first line."""

    entries: int
    wall: float
    cpu: float
    peak: int
    bytes: int = 0
    account: Account | None = None
    first: float | None = None
    steady: float | None = None  # entries per second after the first line

    @property
    def rate(self):
        return self.entries / self.wall

    @property
    def cpu_per_entry(self):
        """Microseconds."""
        return self.cpu / self.entries * 1e6


class Spread(NamedTuple):
    """What came out in several rounds."""

    median: float
    least: float
    most: float

    def text(self, digits=2):
        return f"{self.median:,.{digits}f} ({self.least:,.{digits}f} to {self.most:,.{digits}f})"


def spread(values):
    values = sorted(values)
    return Spread(statistics.median(values), values[0], values[-1])


def ratio(ones, others, of):
    """How many times the others' figure the ones' is, round by round."""
    return spread([of(one) / of(other) for one, other in zip(ones, others)])


def cpu_beyond(runs, starts):
    """Microseconds of CPU time per entry behind the first ones, which those of `starts` had alone; round by round."""
    return [(run.cpu - start.cpu) / (run.entries - start.entries) * 1e6 for run, start in zip(runs, starts)]


def median(runs, of):
    return statistics.median(of(run) for run in runs)


def accounts(runs):
    """What is wrong with the outputs of all rounds together; None of those that deliver nothing."""
    return None if runs[0].account is None else sum((run.account for run in runs), Account())


def peak(runs):
    """MiB."""
    return max(run.peak for run in runs) / 1024


def rate(run):
    return run.rate


def cpu(run):
    return run.cpu_per_entry


def steady(run):
    return run.steady
