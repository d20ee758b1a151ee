"""Runs contestants in turn, round after round, so that whatever the machine does meanwhile falls on all of them."""
import sys

from processes import Failure


def measured(contestants, rounds, what):
    """Figures of all rounds by contestant, after one round that does not count.

    One that is optional and fails is left out from then on, with the reason; the failure of another ends all.
    """
    runs = {contestant: [] for contestant in contestants if not contestant.absent}
    for number in range(rounds + 1):
        for contestant in list(runs):
            say(f"{what}: {f'round {number} of {rounds}' if number else 'warming up'}: {contestant.name}")
            try:
                figures = contestant.measure()
            except Failure as failure:
                if not contestant.is_optional:
                    raise Failure(f"{contestant.name}: {failure}") from None
                contestant.absent = str(failure)
                del runs[contestant]
                continue
            if number:
                runs[contestant].append(figures)
    say("")
    return runs


def say(text):
    """Shows on a terminal what is being done, in one line."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
