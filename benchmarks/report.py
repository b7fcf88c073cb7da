"""docs/performance.md: ratios in a table, two pictures, and what they were taken on."""

import math
from datetime import UTC, datetime
from html import escape

from benchmarks import submit
from tests.live import ROOT

PAGE = ROOT / "docs" / "performance.md"
PICTURES = ROOT / "docs" / "performance"
PLAIN = "Plain Django article"
OF_FORMS = {submit.OURS, submit.PLAIN, submit.WAGTAILS}
STYLE = (
    "text{font:14px system-ui,sans-serif;fill:#1d3140}.soft{fill:#5b6b76}"
    "rect,circle{fill:#1f6f78}path{fill:none;stroke:#1f6f78;stroke-width:2}line{stroke:#c9d2d6}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf0}.soft{fill:#a5b4bc}"
    "rect,circle{fill:#6cc3cb}path{stroke:#6cc3cb}line{stroke:#41525c}}"
)
BEGIN = """# How fast it is

Written by `script/bench` on {day}, in one run on one machine; run it on yours. Every server, the database and the load
(wrk, 16 connections that stay open) share the machine, so the figures are a floor, and **the ratios are what counts**:
they come from the same minutes. {rounds} rounds of {seconds} s, the targets in turn, medians.

{articles:,} articles, {requests:,} requests for a consultation. {machine}

*Kept*: from the cache of pages. *Built anew*: past it. The article is read from the database for each request; the parts that
the worker made for that very row, in this version of the content, are used again (decisions/0034). The first page after a
change has none of them: its line stands under "As it grows". A *form* is compared with plain Django's form of the same
questions; each was sent by another person from another address, and is counted in its table. Ours is the table with the
requests above; the others' begin empty. `script/bench submit` lets all begin with next to none.

"""


def write(figures, growth, about, chosen):
    text = BEGIN.format(
        day=datetime.now(UTC).date(),
        rounds=chosen.rounds,
        seconds=chosen.seconds,
        articles=chosen.articles,
        requests=chosen.requests,
        machine=" ".join(f"{name}: {value}." for name, value in about.items()),
    )
    text += table(figures) + "\n\n![Requests a second](performance/rates.svg)\n\n" + grown(growth)
    print(table(figures))
    if chosen.dry_run:
        return
    PICTURES.mkdir(exist_ok=True)
    PAGE.write_text(text, "utf-8")
    (PICTURES / "rates.svg").write_text(bars(figures), "utf-8")
    (PICTURES / "growth.svg").write_text(lines(growth), "utf-8")


def table(figures):
    rows = ["| | × plain Django | requests a second | half within, ms | 99 of 100 within, ms |"]
    rows.append("|---|---:|---:|---:|---:|")
    for name, (rate, half, most) in figures.items():
        plain, *_ = figures[submit.PLAIN if name in OF_FORMS else PLAIN]
        rows.append(f"| {name} | {rate / plain:.2f} | {rate:,.0f} | {half:.2f} | {most:.1f} |")
    return "\n".join(rows)


def grown(growth):
    text = "## As it grows\n\nOne visitor, pages built anew, median of 15, in milliseconds.\n\n"
    for name, points in growth.items():
        text += f"- {name}: " + ", ".join(f"{ms:.1f} at {rows:,}" for rows, ms in points) + "\n"
    return text + "\n![Milliseconds as the tables grow](performance/growth.svg)\n"


def bars(figures):
    """Rates beside each other, on a scale of powers of ten."""
    most, marks = max(rate for rate, *_ in figures.values()), []
    for number, (name, (rate, *_)) in enumerate(figures.items()):
        y, width = 20 + number * 34, 420 * math.log10(max(rate, 1)) / math.log10(most)
        marks.append(f'<text x="12" y="{y + 16}">{escape(name)}</text>')
        marks.append(f'<rect x="240" y="{y}" width="{width:.0f}" height="22" rx="3"/>')
        marks.append(f'<text class="soft" x="{248 + width:.0f}" y="{y + 16}">{rate:,.0f}</text>')
    return picture("Requests a second (powers of ten)", 760, 34 * len(figures) + 40, marks)


def lines(growth):
    """Milliseconds over rows, both on a scale of powers of ten: a flat line does not care how much there is."""
    points = [point for line in growth.values() for point in line]
    last = max(math.log10(rows) for rows, _ in points)
    top = math.log10(max(10, *(ms for _, ms in points)) * 1.3)

    def place(rows, ms):
        x = 60 + 430 * (math.log10(rows) - 2) / max(1, last - 2)
        return x, 280 - 240 * math.log10(max(ms, 1)) / top

    marks = []
    for power in range(2, int(last) + 1):
        x, _ = place(10**power, 1)
        marks.append(f'<line x1="{x:.0f}" y1="30" x2="{x:.0f}" y2="280"/>')
        marks.append(f'<text class="soft" x="{x - 14:.0f}" y="300">{10**power:,}</text>')
    ends = {}
    for name, line in growth.items():
        placed = [place(*point) for point in line]
        marks.append(f'<path d="M{" L".join(f"{x:.0f} {y:.0f}" for x, y in placed)}"/>')
        marks += [f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4"/>' for x, y in placed]
        ends[f"{name}, {line[-1][1]:.0f} ms"] = placed[-1]
    below = 0
    for words, (x, y) in sorted(ends.items(), key=lambda end: end[1][1]):
        below = max(below + 17, y + 5)  # no two names on one another
        marks.append(f'<line x1="{x + 6:.0f}" y1="{y:.0f}" x2="502" y2="{below - 5:.0f}"/>')
        marks.append(f'<text x="506" y="{below:.0f}">{escape(words)}</text>')
    return picture("Milliseconds as the tables grow", 760, 320, marks)


def picture(title, width, height, marks):
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{title}">'
        f"<title>{title}</title><style>{STYLE}</style>\n" + "\n".join(marks) + "\n</svg>\n"
    )
