"""Tables and bars, on the terminal and in Markdown."""
import textwrap
from dataclasses import dataclass, field
from typing import NamedTuple


class Bar(NamedTuple):
    """What a figure has to be."""

    what: str
    bar: str
    found: str
    met: bool

    @staticmethod
    def at_least(what, bound, spread):
        return Bar(what, f"≥ {bound:.2f}", spread.text(), spread.median >= bound)

    @staticmethod
    def at_most(what, bound, spread):
        # Costs are differences of two runs in part; of small ones nothing is left but what the machine did meanwhile.
        if spread.least <= 0:
            return Bar(what, f"≤ {bound:.2f}", "cannot be told, too few entries", False)
        return Bar(what, f"≤ {bound:.2f}", spread.text(), spread.median <= bound)


@dataclass
class Table:
    """A table with what is said before and after it. The first column is of names, the others are of figures."""

    title: str
    header: list
    rows: list
    before: str = ""
    notes: list = field(default_factory=list)

    def text(self):
        # A row that says why there are no figures has two cells, of which the second takes the room of all.
        whole = [row for row in [self.header, *self.rows] if len(row) == len(self.header)]
        widths = [max(len(row[index]) for row in whole) for index in range(len(self.header))]
        widths[0] = max(len(row[0]) for row in [self.header, *self.rows])
        lines = []
        for row in [self.header, *self.rows]:
            cells = [cell.ljust(width) if index == 0 else cell.rjust(width) if len(row) == len(widths) else cell
                     for index, (cell, width) in enumerate(zip(row, widths))]
            lines.append("  ".join(cells).rstrip())
        lines.insert(1, "─" * (sum(widths) + 2 * len(widths) - 2))
        return "\n".join([f"\n{self.title}\n", *wrapped(self.before), *lines,
                          *([""] if self.notes else []), *self.notes])

    def markdown(self):
        def line(cells):
            return "| " + " | ".join([*cells, *[""] * (len(self.header) - len(cells))]) + " |"

        rule = "| --- |" + " ---: |" * (len(self.header) - 1)
        return "\n".join([f"## {self.title}", "", *wrapped(self.before), line(self.header), rule, *map(line, self.rows),
                          *([""] if self.notes else []), *(f"- {note}" for note in self.notes), ""])


def wrapped(text):
    """A paragraph and an empty line; nothing of an empty text."""
    return [*textwrap.wrap(text, 120), ""] if text else []


def bars_table(bars, notes=()):
    rows = [[bar.what, bar.bar, bar.found, "met" if bar.met else "not met"] for bar in bars]
    return Table("What it has to be", ["", "bar", "found", ""], rows, notes=list(notes))


def document(facts, tables, said, has_chart):
    """The whole in Markdown. `said` is what other measurements printed, by their titles."""
    parts = ["# Results of `make bench`", "",
             *wrapped("Figures are medians of rounds in turn, with the least and the most of the rounds in brackets. "
                      "Ratios are made round by round: figures of another machine differ, ratios less so."),
             *(["![Entries per second and CPU time per entry](results.svg)", ""] if has_chart else []),
             *(f"- {name}: {value}" for name, value in facts), ""]
    parts += [table.markdown() for table in tables]
    for title, text in said:
        parts += [f"## {title}", "", "```", text.strip(), "```", ""]
    return "\n".join(parts)
