"""Who is measured: each knows how it is started, when it is done, and how its output is read back."""
import os
import shutil
import subprocess
from typing import NamedTuple

from accountant import Account, Lines, account, export_records, json_records, pieces
from figures import Figures
from processes import Failure, Run
from receiver import Receiver

HERE = os.path.dirname(os.path.realpath(__file__))
RULES = os.path.realpath(f"{HERE}/../packaging/rules")
SHIPPED_RULES = f"{{shipped-rules: {RULES}}}"
NO_RULES = "{shipped-rules: false}"


class Journal(NamedTuple):
    """A made journal."""

    path: str
    entries: int


def filled(name, **values):
    """A file of `peers/`, with what stands there as @name@."""
    with open(f"{HERE}/peers/{name}") as file:
        text = file.read()
    for key, value in values.items():
        text = text.replace(f"@{key}@", str(value))
    return text


def written(path, text):
    with open(path, "w") as file:
        file.write(text)
    return path


class Contestant:
    """One that is measured, over one journal, in a folder of its own that each run finds empty."""

    absent = None  # why it cannot be run
    is_optional = False  # whether figures are worth something without it

    def __init__(self, name, scratch, journal):
        self.name, self.journal = name, journal
        self.run = f"{scratch}/run"
        self.output = f"{self.run}/output"

    def measure(self):
        shutil.rmtree(self.run, ignore_errors=True)
        os.makedirs(self.run)
        figures = self.once()
        shutil.rmtree(self.run)
        # The disk's work for this run is not to fall into the next.
        os.sync()
        return figures

    def once(self):
        """Runs it once.

        - Raises Failure when it did not do its work.
        """
        raise NotImplementedError

    def figures(self, run, size, found):
        return Figures(self.journal.entries, run.wall, run.cpu, run.peak, size, found)

    def of_file(self, run, read):
        """Figures of a run whose output is the file."""
        if not os.path.exists(self.output):
            raise Failure("wrote nothing")
        return self.figures(run, os.path.getsize(self.output), account(pieces(self.output), read, self.journal.entries))

    def of_receiver(self, run, receiver):
        """Figures of a run whose output went to a receiver."""
        return self.figures(run, receiver.bytes, account(receiver.chunks(), Lines(), self.journal.entries))


class Walk(Contestant):
    """The yardstick: reads every field, and writes nothing."""

    def __init__(self, scratch, journal):
        super().__init__("bare walk in C", scratch, journal)
        self.program = f"{scratch}/walk"

    @staticmethod
    def compile(scratch):
        """Makes the program, before there is any of them."""
        subprocess.run(["gcc", "-O2", "-Wall", "-o", f"{scratch}/walk", f"{HERE}/walk.c", "-lsystemd"], check=True)

    def once(self):
        run = Run([self.program, self.journal.path])
        if int(run.output.split()[0]) != self.journal.entries:
            raise Failure(f"{run.output.decode().strip()} are in the journal of {self.journal.entries} entries")
        return self.figures(run, 0, None)


class Journalctl(Contestant):
    """journalctl, to a file."""

    is_optional = True

    def __init__(self, scratch, journal, form):
        super().__init__(f"journalctl -o {form}", scratch, journal)
        self.form, self.read = form, {"json": json_records, "export": export_records}[form]

    def once(self):
        command = ["journalctl", f"--directory={self.journal.path}", f"--output={self.form}", "--all", "--quiet",
                   "--no-pager"]
        return self.of_file(Run(command, prints=self.output), self.read)


class TributaryFile(Contestant):
    """Tributary to one file or several. It ends when all is delivered, so that all of its work is in the figures."""

    def __init__(self, name, scratch, journal, program, rules=SHIPPED_RULES, sinks=1):
        super().__init__(name, scratch, journal)
        self.program, self.rules, self.sinks = program, rules, sinks

    def settings(self):
        text = filled("tributary-file.yaml", run=self.run, journal=self.journal.path, rules=self.rules)
        line = next(line for line in text.splitlines(keepends=True) if "events-log:" in line)
        more = (line.replace("events-log", f"events-log-{number}").replace("events.log", f"events-{number}.log")
                for number in range(2, self.sinks + 1))
        return text.replace(line, line + "".join(more))

    def once(self):
        settings = written(f"{self.run}/tributary.yaml", self.settings())
        log = f"{self.run}/logs/events.log"
        run = Run([self.program, "run", "--once", "--config", settings], watched=log)
        found, size = Account(), 0
        for number in range(1, self.sinks + 1):
            path = log if number == 1 else f"{self.run}/logs/events-{number}.log"
            found += account(pieces(path), Lines(), self.journal.entries)
            size += os.path.getsize(path)
        figures = self.figures(run, size, found)
        figures.first = run.first
        # All lines are about as long as each other.
        figures.steady = self.journal.entries * (1 - run.first_bytes / run.bytes) / (run.wall - run.first)
        return figures


class TributarySyslog(Contestant):
    """Tributary to a receiver. It ends when the receiver's kernel has all, and that is recorded."""

    def __init__(self, name, scratch, journal, program):
        super().__init__(name, scratch, journal)
        self.program = program

    def once(self):
        with Receiver() as receiver:
            settings = written(f"{self.run}/tributary.yaml", filled(
                "tributary-syslog.yaml", run=self.run, journal=self.journal.path, rules=SHIPPED_RULES,
                port=receiver.port))
            run = Run([self.program, "run", "--once", "--config", settings])
            receiver.wait(self.journal.entries)
        return self.of_receiver(run, receiver)
