"""Tells from what was delivered which entries of a made journal are missing and which are there more than once.

Each entry of a made journal has a time of its own, and every program writes it, or the source's time that goes before
it by a fixed span. So the times in an output say which entries are in it, whoever wrote it, whatever else it says.
"""
import calendar
import re
from typing import NamedTuple

from make_journal import SOURCE_LEAD, START, STEP


JSON_TIME = re.compile(rb'"__REALTIME_TIMESTAMP" ?: ?"(\d+)"')
EXPORT_TIME = re.compile(rb"^__REALTIME_TIMESTAMP=(.*)$", re.MULTILINE)


class Account(NamedTuple):
    """What is wrong with an output."""

    lost: int = 0  # entries that are not in it
    repeated: int = 0  # records beyond the first of an entry
    strange: int = 0  # records that are of no entry, a torn last line among them

    def __add__(self, other):
        return Account(*map(sum, zip(self, other)))


def account(chunks, read, entries):
    """Accounts for the first `entries` entries of a made journal in an output that comes in pieces of any size.

    `read` gives the times of all records in a piece of whole lines, in microseconds, and None for a record without.
    """
    seen, repeated, strange, torn = bytearray(entries), 0, 0, b""
    for chunk in chunks:
        end = chunk.rfind(b"\n") + 1
        block, torn = (torn + chunk[:end], chunk[end:]) if end else (b"", torn + chunk)
        for time in read(block):
            number, rest = divmod(time + SOURCE_LEAD - START, STEP) if time is not None else (-1, 0)
            if rest not in (0, SOURCE_LEAD) or not 0 <= number < entries:
                strange += 1
            elif seen[number]:
                repeated += 1
            else:
                seen[number] = 1
    return Account(seen.count(0), repeated, strange + (torn != b""))


def pieces(path):
    """A file in pieces."""
    with open(path, "rb") as file:
        while chunk := file.read(4 << 20):
            yield chunk


class Lines:
    """Reads lines that begin with an RFC 3339 stamp with a fraction, also behind the `<PRI>1 ` of a syslog message."""

    STAMP = re.compile(rb"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{1,6})(?:Z|([+-])(\d\d):(\d\d)) ")

    def __init__(self):
        self.minutes = {}

    def __call__(self, block):
        for line in block.split(b"\n")[:-1]:
            begin = line.find(b" ") + 1 if line[:1] == b"<" else 0
            # With six digits all lines of one minute and zone have these bytes in common.
            common = line[begin:begin + 17] + line[begin + 26:begin + 33]
            minute = self.minutes.get(common)
            digits = line[begin + 17:begin + 19] + line[begin + 20:begin + 26]
            if minute is not None and digits.isdigit():
                yield minute + int(digits)
            elif match := self.STAMP.match(line, begin):
                minute = self.minute(match)
                if len(match[7]) == 6:
                    self.minutes[common] = minute
                yield minute + int(match[6]) * 1_000_000 + int(match[7].ljust(6, b"0"))
            else:
                yield None

    @staticmethod
    def minute(match):
        """Microseconds since 1970 up to the stamp's minute."""
        seconds = calendar.timegm((*(int(match[index]) for index in range(1, 6)), 0))
        if match[8]:
            seconds -= (int(match[9]) * 3600 + int(match[10]) * 60) * (1 if match[8] == b"+" else -1)
        return seconds * 1_000_000


def json_records(block):
    """Reads what `journalctl --output=json` prints: an object a line."""
    times = JSON_TIME.findall(block)
    yield from map(int, times)
    for _ in range(block.count(b"\n") - len(times)):
        yield None


def export_records(block):
    """Reads what `journalctl --output=export` prints: a field a line."""
    for digits in EXPORT_TIME.findall(block):
        yield int(digits) if digits.isdigit() else None
