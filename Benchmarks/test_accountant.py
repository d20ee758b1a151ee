"""The accountant finds what is missing and what is there twice, in every form that is read back."""
import unittest

from accountant import Account, Lines, account, export_records, json_records
from make_journal import SOURCE_LEAD, START, STEP

COUNT = 1500
# Forms of a record, of its time in microseconds since 1970; the entry's own or the source's, which goes before it.
FORMS = {
    "a line of events.log": (Lines, lambda time: short(stamp(time - SOURCE_LEAD)) + b'+00:00 severity="INFO"\n'),
    "a line in another zone": (Lines, lambda time: stamp(time + 7200 * 10**6) + b"+02:00 host sshd[1]: text\n"),
    "a zone with minutes": (Lines, lambda time: stamp(time - 12600 * 10**6) + b"-03:30 host sshd[1]: a\rb\n"),
    "a syslog message": (Lines, lambda time: b"<86>1 " + stamp(time) + b"Z host sshd 1 - - <1>1 text\n"),
    "journalctl's JSON": (lambda: json_records, lambda time: b'{"MESSAGE":"a","__REALTIME_TIMESTAMP":"%d"}\n' % time),
    "journalctl's export": (lambda: export_records, lambda time:
                            b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=%d\nMESSAGE=a\n\n" % time),
}


def stamp(time):
    """`2025-10-09T08:53:20.000000`, made without what the accountant reads it with."""
    minutes, microseconds = divmod(time, 60 * 10**6)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    # The made journal's first entries are of 9 October 2025, which is day 20,370; other zones stay on that day.
    assert days == 20370
    return b"2025-10-09T%02d:%02d:%09.6f" % (hour, minute, microseconds / 10**6)


def short(text):
    """A stamp as events.log has it: with three digits where the other three are zeros."""
    return text.removesuffix(b"000")


def output(form, numbers):
    return b"".join(form(START + number * STEP) for number in numbers)


class AccountantTests(unittest.TestCase):
    def check(self, numbers, expected, change=lambda text: text, size=777):
        for name, (read, form) in FORMS.items():
            with self.subTest(name):
                text = change(output(form, numbers))
                chunks = [text[begin:begin + size] for begin in range(0, len(text), size)]
                self.assertEqual(account(chunks, read(), COUNT), expected)

    def test_a_whole_output_is_in_order(self):
        self.check(range(COUNT), Account())

    def test_the_order_does_not_matter(self):
        self.check(range(COUNT - 1, -1, -1), Account())

    def test_pieces_may_end_anywhere(self):
        for size in (7, 1 << 20):
            self.check(range(COUNT), Account(), size=size)

    def test_what_is_missing_is_lost(self):
        self.check([n for n in range(COUNT) if n not in (0, 7, 8, COUNT - 1)], Account(lost=4))

    def test_nothing_is_all_lost(self):
        self.check([], Account(lost=COUNT))

    def test_what_is_there_again_is_repeated(self):
        self.check([*range(COUNT), 3, 3, COUNT - 1], Account(repeated=3))

    def test_a_repeat_does_not_make_up_for_a_loss(self):
        self.check([3 if n == 4 else n for n in range(COUNT)], Account(lost=1, repeated=1))

    def test_entries_that_were_not_asked_for_are_strange(self):
        self.check(range(COUNT + 2), Account(strange=2))

    def test_a_torn_last_line_is_no_record(self):
        for name in ("a line of events.log", "a syslog message", "journalctl's JSON"):
            read, form = FORMS[name]
            text = output(form, range(COUNT))[:-1]
            self.assertEqual(account([text], read(), COUNT), Account(lost=1, strange=1), name)

    def test_lines_without_a_stamp_of_an_entry_are_strange(self):
        read, form = FORMS["a line of events.log"]
        for line in (b"\n", b"<3>\n", b"text\n", stamp(START + 1) + b"+00:00 text\n", stamp(START)[:-7] + b"Z text\n"):
            self.assertEqual(account([output(form, range(COUNT)) + line], read(), COUNT), Account(strange=1), line)


if __name__ == "__main__":
    unittest.main()
