"""Peers that read no other journal than the system's: each runs in mounts of its own, where the made one is that.

They do not end by themselves: their time goes to the last entry that they delivered.
"""
import functools
import glob
import os
import re
import subprocess

from accountant import Lines
from contestants import HERE, Contestant, filled, written
from processes import Run, line_counter
from receiver import Receiver

UNPACKED = os.path.realpath(f"{HERE}/../.build/syslog-ng")


@functools.cache
def no_namespace():
    """Why there can be no mounts of its own for a program; None when there can."""
    if os.geteuid() != 0:
        return "needs root, for mounts of its own"
    tried = subprocess.run(["unshare", "--mount", "mount", "--make-rprivate", "/"], capture_output=True, text=True)
    return None if tried.returncode == 0 else f"no mounts of its own here: {tried.stderr.strip()}"


class Peer(Contestant):
    """A daemon with a file of settings in `peers/`, for files and for a receiver."""

    is_optional = True
    environment = {}

    def __init__(self, title, settings, scratch, journal, to):
        super().__init__(f"{title} → {'file' if to == 'file' else 'TCP syslog'}", scratch, journal)
        self.template, self.to = f"{settings}-{to}.conf", to
        self.absent = no_namespace() or self.missing()

    def missing(self):
        """Why the program cannot be run; None when it can."""
        raise NotImplementedError

    def command(self, settings):
        raise NotImplementedError

    def values(self):
        """More of what stands in the settings."""
        return {}

    def start(self, delivered, port=0):
        settings = written(f"{self.run}/settings.conf", filled(
            self.template, run=self.run, output=self.output, port=port, **self.values()))
        command = ["unshare", "--mount", f"{HERE}/peers/namespace.sh", self.journal.path, *self.command(settings)]
        return Run(command, messages=f"{self.run}/messages", delivered=delivered, wanted=self.journal.entries,
                   environment=self.environment)

    def once(self):
        if self.to == "file":
            return self.of_file(self.start(line_counter(self.output)), Lines())
        with Receiver() as receiver:
            run = self.start(lambda: receiver.lines, receiver.port)
        return self.of_receiver(run, receiver)


class Rsyslog(Peer):
    PROGRAM = "/usr/sbin/rsyslogd"

    def __init__(self, scratch, journal, to):
        super().__init__("rsyslog", "rsyslog", scratch, journal, to)

    def missing(self):
        return None if os.access(self.PROGRAM, os.X_OK) else "is not installed"

    def command(self, settings):
        return [self.PROGRAM, "-n", "-f", settings, "-i", f"{self.run}/pid"]

    @classmethod
    def version(cls):
        printed = subprocess.run([cls.PROGRAM, "-v"], capture_output=True, text=True).stdout
        return printed.split()[1] if printed else "unknown"


class SyslogNg(Peer):
    """syslog-ng, installed or as `packaging/setup.sh` unpacks it; then it is told where its libraries are."""

    PROGRAM = next((path for path in ("/usr/sbin/syslog-ng", f"{UNPACKED}/usr/sbin/syslog-ng")
                    if os.access(path, os.X_OK)), None)
    IS_UNPACKED = PROGRAM is not None and PROGRAM.startswith(UNPACKED)
    MODULES = next(iter(glob.glob(f"{UNPACKED}/usr/lib/syslog-ng/[0-9]*")), "") if IS_UNPACKED else None
    environment = {"LD_LIBRARY_PATH": ":".join(
        [*glob.glob(f"{UNPACKED}/usr/lib/*"), *glob.glob(f"{UNPACKED}/lib/*")])} if IS_UNPACKED else {}

    def __init__(self, scratch, journal, to):
        super().__init__("syslog-ng", "syslog-ng", scratch, journal, to)

    def missing(self):
        if not self.PROGRAM:
            return "is not installed, and could not be unpacked"
        return None if self.version() != "unknown" else "cannot be run: a library is missing"

    def values(self):
        return {"version": ".".join(self.version().split(".")[:2])}

    def command(self, settings):
        modules = [f"--module-path={self.MODULES}"] if self.MODULES else []
        return [self.PROGRAM, "--foreground", "--stderr", "--no-caps", f"--cfgfile={settings}", *modules,
                *(f"--{name}={self.run}/{name}" for name in ("persist-file", "pidfile", "control"))]

    @classmethod
    @functools.cache
    def version(cls):
        modules = [f"--module-path={cls.MODULES}"] if cls.MODULES else []
        printed = subprocess.run([cls.PROGRAM, "--version", *modules], capture_output=True, text=True,
                                 env={**os.environ, **cls.environment}).stdout
        match = re.search(r"\(([0-9.]+)\)", printed)
        return match[1] if match else "unknown"
