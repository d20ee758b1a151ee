"""What Tributary does when there is nothing to do: how often each of its threads wakes up.

A thread that sleeps and wakes up is switched away from once, of its own will; the kernel counts that (proc(5), status).
"""
import os
import shutil
import signal
import subprocess
import time
from collections import Counter

from contestants import SHIPPED_RULES, filled, written
from processes import Failure, line_counter
from receiver import Receiver
from report import Bar, Table
from rounds import say

PATIENCE = 30  # seconds until all is delivered
SETTLING = 5  # seconds after that, before the watch begins
WATCHED = 60  # seconds
# The thread that serves libdispatch's timers: once its pool has a thread, one of them looks at it once a second as long as
# the process lives. The program's own tasks have a pool of their own, so that there is none.
DISPATCH = "libdispatch's look at its threads"
READER = "journal source and reader, each asks whether the other lives"


def family(pid):
    """A process and its children."""
    found = [pid]
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children") as children:
            for child in children.read().split():
                found += family(int(child))
    return found


def counts(pid):
    """How often each thread of a process and its children went to sleep, and CPU seconds of all."""
    sleeps, cpu = {}, 0
    for process in family(pid):
        with open(f"/proc/{process}/stat") as stat:
            # After the name, which is in parentheses and may hold anything, utime and stime are the 12th and 13th.
            user, system = stat.read().rpartition(")")[2].split()[11:13]
        cpu += int(user) + int(system)
        for task in os.listdir(f"/proc/{process}/task"):
            folder = f"/proc/{process}/task/{task}"
            with open(f"{folder}/comm") as name, open(f"{folder}/status") as status:
                line = next(line for line in status if line.startswith("voluntary_ctxt_switches:"))
                sleeps[process, task] = who(name.read().strip(), process == pid), int(line.split()[1])
    return sleeps, cpu / os.sysconf("SC_CLK_TCK")


def who(thread, is_daemon):
    if "overcommit" in thread:
        return DISPATCH
    return READER if thread == "journal" or not is_daemon else "others"


def measure_idle(scratch, tributary, journal):
    """A table, and the bar of the design's section 10."""
    run = f"{scratch}/idle"
    os.makedirs(run)
    with Receiver() as receiver:
        settings = written(f"{run}/tributary.yaml", filled(
            "tributary-idle.yaml", run=run, journal=journal.path, rules=SHIPPED_RULES, port=receiver.port))
        with open(f"{run}/messages", "wb") as messages:
            daemon = subprocess.Popen([tributary, "run", "--config", settings], stdin=subprocess.DEVNULL,
                                      stdout=messages, stderr=messages)
        try:
            delivered(daemon, line_counter(f"{run}/logs/events.log"), receiver, journal.entries)
            say(f"idle: watching for {WATCHED} seconds")
            before, cpu = counts(daemon.pid)
            time.sleep(WATCHED)
            after, cpu_after = counts(daemon.pid)
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(30)
    shutil.rmtree(run)
    say("")
    wakes = Counter({DISPATCH: 0, READER: 0, "others": 0})
    for thread, (name, count) in after.items():
        wakes[name] += count - before.get(thread, (name, 0))[1]
    return findings(wakes, cpu_after - cpu)


def delivered(daemon, lines, receiver, entries):
    """Waits until nothing is left to do."""
    end = time.monotonic() + PATIENCE
    while min(lines(), receiver.lines) < entries:
        if time.monotonic() > end or daemon.poll() is not None:
            raise Failure("the daemon that was to be idle did not deliver what there is")
        time.sleep(0.1)
    time.sleep(SETTLING)


def findings(wakes, cpu):
    total = sum(wakes.values())
    spare = total - wakes[READER]
    table = Table("Idle", ["", "wake-ups a minute"], [[name, str(count)] for name, count in wakes.items()],
                  f"All is delivered, nothing comes: journal, file, TCP syslog, local API, for {WATCHED} s without a "
                  "service manager, whose watchdog would add its own.",
                  [f"CPU time of daemon and reader in that time: {cpu:.2f} s."])
    return table, Bar("wake-ups a minute when idle, beside the watchdog of the journal's reader", "0",
                      f"{spare} (the reader's {wakes[READER]})", spare == 0)
