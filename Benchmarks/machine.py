"""The machine and the versions that figures are of."""
import datetime
import os
import platform
import subprocess

from peers import Rsyslog, SyslogNg


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.split("\n")[0].strip()
    except OSError:
        return ""


def value_in(path, key, separator):
    """What a line of a file says of a key; empty when there is none."""
    try:
        with open(path) as file:
            for line in file:
                name, _, value = line.partition(separator)
                if name.strip() == key:
                    return value.strip().strip('"')
    except OSError:
        pass
    return ""


def facts(tributary, scratch):
    """Names and values, in the order in which they are shown."""
    memory = int(value_in("/proc/meminfo", "MemTotal", ":").split()[0]) / (1 << 20)
    disk = first_line("findmnt", "--noheadings", "--output=FSTYPE", f"--target={scratch}")
    system = value_in("/etc/os-release", "PRETTY_NAME", "=")
    versions = [("Tributary", first_line(tributary, "--version").removeprefix("tributary ")),
                ("rsyslog", Rsyslog.version() if os.access(Rsyslog.PROGRAM, os.X_OK) else ""),
                ("syslog-ng", SyslogNg.version() if SyslogNg.PROGRAM else ""),
                ("systemd (libsystemd, journalctl)", first_line("journalctl", "--version").removeprefix("systemd "))]
    return [
        ("Machine", f"{value_in('/proc/cpuinfo', 'model name', ':') or platform.machine()}, {os.cpu_count()} cores, "
                    f"{memory:.0f} GiB of memory, files on {disk}"),
        ("System", f"{system}, Linux {platform.release()}, {platform.machine()}"),
        ("Versions", ", ".join(f"{name} {version or 'not there'}" for name, version in versions)),
        ("Begun", f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC, when the machine's load was "
                  f"{os.getloadavg()[0]:.1f}"),
    ]
