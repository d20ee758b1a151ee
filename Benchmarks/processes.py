"""Runs a command and watches it.

Wall and CPU time are those of the whole process with its children, from its start to its end, as the kernel counts
them. Anonymous memory is the greatest sum over all processes seen at one moment, looked at every 5 ms; mapped journal
files do not count, as the kernel takes them back when it needs the room.
"""
import contextlib
import os
import signal
import subprocess
import threading
import time

LOOK = 0.005  # seconds from one look at processes and files to the next
LINGER = 0.3  # seconds in which nothing more comes of one that has delivered all: a repeat would
STALL = 20  # seconds without anything new after which one is taken to be done
LIMIT = 3600  # seconds after which a run is ended


class Failure(Exception):
    """A command could not do its work; the text says why."""


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


def line_counter(path):
    """A function that counts the lines of a file that grows, each byte once."""
    count, file = 0, None

    def lines():
        nonlocal count, file
        if file is None:
            with contextlib.suppress(FileNotFoundError):
                file = open(path, "rb", buffering=0)
        while file and (chunk := file.read(1 << 20)):
            count += chunk.count(b"\n")
        return count

    return lines


class Run:
    """One run of a command.

    wall, cpu: seconds; peak: KiB; output: what it printed, unless that went to a file. Of one whose file was watched,
    seconds to the first and to the last byte of it (first, last), and how many bytes came first (first_bytes).
    """

    def __init__(self, command, *, prints=None, messages=None, watched=None, delivered=None, wanted=0,
                 environment=None, accepted=(0,)):
        """Runs a command to its end, or until it has delivered what is wanted.

        `prints` and `messages`: files for standard output and error. `delivered` counts what one has delivered that
        does not end by itself: its wall time is then the time to the last that came, and it is told to end.
        `accepted`: statuses that are no failure.
        """
        self.peak, self.output = 0, b""
        self.watched, self.first, self.first_bytes, self.last, self.bytes = watched, None, 0, None, 0
        with contextlib.ExitStack() as files:
            output = files.enter_context(open(prints, "wb")) if prints else subprocess.PIPE
            errors = files.enter_context(open(messages, "wb")) if messages else None
            self.start = time.monotonic()
            try:
                process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                                           env={**os.environ, **(environment or {})})
            except OSError as error:
                raise Failure(f"cannot be started: {command[0]}: {error.strerror}") from None
        ended = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(process.pid, ended))
        watcher.start()
        # Popen's own functions would take the status away from wait4.
        limit = threading.Timer(LIMIT, os.kill, (process.pid, signal.SIGKILL))
        limit.start()
        try:
            if delivered:
                self.wall = self._until_delivered(process, delivered, wanted)
                os.kill(process.pid, signal.SIGTERM)
                accepted = (*accepted, -signal.SIGTERM)
            if process.stdout:
                self.output = process.stdout.read()
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            limit.cancel()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if not delivered:
                self.wall = time.monotonic() - self.start
        finally:
            limit.cancel()
            ended.set()
            watcher.join()
            if process.returncode is None:
                process.kill()
                process.wait()
        self.cpu = usage.ru_utime + usage.ru_stime
        if process.returncode not in accepted:
            raise Failure(f"ended with status {process.returncode}{last_line(messages)}")

    def _until_delivered(self, process, delivered, wanted):
        """Waits until a process has delivered what is wanted, delivers nothing more, or ends; seconds to the last."""
        count, changed = 0, self.start
        while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            found, now = delivered(), time.monotonic()
            if found != count:
                count, changed = found, now
            if now - changed > (LINGER if count >= wanted else STALL):
                break
            time.sleep(LOOK)
        return changed - self.start

    def _watch(self, pid, ended):
        while not ended.wait(LOOK):
            self.peak = max(self.peak, anonymous(pid))
            if self.watched:
                self._look_at_file()
        if self.watched:
            self._look_at_file()

    def _look_at_file(self):
        with contextlib.suppress(OSError):
            size, now = os.path.getsize(self.watched), time.monotonic() - self.start
            if self.first is None and size > 0:
                self.first, self.first_bytes = now, size
            if size != self.bytes:
                self.bytes, self.last = size, now


def last_line(path):
    """What a program said last, to be put behind a sentence; empty when nothing is known."""
    if not path:
        return ""
    with open(path, errors="replace") as file:
        lines = file.read().split("\n")
    said = [line for line in lines if line.strip()]
    return f": {said[-1].strip()}" if said else ""
