"""The chart: entries per second and CPU time per entry of all that were measured, beside the bare walk's."""
from xml.sax.saxutils import escape

WIDTH, LABELS, PANEL, FIGURES, GAP = 960, 200, 300, 60, 24
TOP, ROW, BAR, BETWEEN = 84, 26, 16, 12
# Colors for a light page, and for a dark one.
STYLE = """
text { font: 13px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }
.title { font-size: 16px; font-weight: 600 }
.small { font-size: 12px; fill: #59636e }
.ours { font-weight: 600 }
rect { fill: #9aa4af }
rect.ours { fill: #0969da }
line { stroke: #d1d9e0 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .small { fill: #9198a1 }
  rect { fill: #656c76 }
  rect.ours { fill: #4493f8 }
  line { stroke: #3d444d }
}
"""


def text(x, y, said, kind="", anchor="start"):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" class="{kind}">{escape(said)}</text>'


def bar(x, y, value, most, kind):
    """A bar and its figure behind it."""
    length = max(value / most * PANEL, 1)
    return (f'<rect x="{x:.0f}" y="{y:.0f}" width="{length:.1f}" height="{BAR}" rx="2" class="{kind}"/>'
            + text(x + length + 6, y + BAR - 3, f"{value:.2f}" if value < 10 else f"{value:.1f}", kind))


def chart(groups, entries, facts):
    """The chart as SVG; `groups` as they come from the field, `facts` of the machine for the last lines."""
    left, right = LABELS, LABELS + PANEL + FIGURES + GAP
    most = [max(row[index] for group in groups for row in group) for index in (1, 2)]
    parts, y = [], TOP
    for group in groups:
        for name, share, times, is_ours in group:
            kind = "ours" if is_ours else ""
            parts += [text(LABELS - 10, y + BAR - 3, name, kind, "end"), bar(left, y, share, most[0], kind),
                      bar(right, y, times, most[1], kind)]
            y += ROW
        y += BETWEEN
    axes = [f'<line x1="{x}" y1="{TOP - 6}" x2="{x}" y2="{y - BETWEEN}"/>' for x in (left - 1, right - 1)]
    shown = [f"{name}: {value}" for name, value in facts]
    height = y + 18 * len(shown) + 8
    title = f"A journal of {entries:,} entries, beside a bare walk that reads all fields and writes nothing"
    heads = [text(12, 26, title, "title"),
             text(left, 56, "entries per second, share of the walk's"), text(left, 72, "longer is better", "small"),
             text(right, 56, "CPU time per entry, times the walk's"), text(right, 72, "shorter is better", "small")]
    feet = [text(12, y + 12 + 18 * index, line, "small") for index, line in enumerate(shown)]
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'role="img" aria-label="Entries per second and CPU time per entry of Tributary and others">',
        f"<style>{STYLE}</style>", *heads, *axes, *parts, *feet, "</svg>", ""])
