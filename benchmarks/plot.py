"""Figures as an SVG, drawn by hand: a bar to each median, a dot for each sample."""

from collections.abc import Sequence
from html import escape

from benchmarks.figures import Comparison, Figure

WIDTH, LABEL, ROW, HEAD = 860, 300, 26, 34
# Room right of the bars for the median as text.
VALUE = 90
FONT = 'font-family="sans-serif" font-size="12"'


def bars(title: str, figures: Sequence[Figure]) -> str:
    """One panel for each unit, each with an axis of its own from 0."""
    units = list(dict.fromkeys(figure.unit for figure in figures))
    drawn: list[str] = []
    at = HEAD
    for unit in units:
        panel = [figure for figure in figures if figure.unit == unit]
        most = max(max(figure.samples) for figure in panel)
        drawn.append(_text(8, at + 16, unit, color="#666"))
        at += 22
        for figure in panel:
            drawn += _bar(figure, at, most)
            at += ROW
        at += 10
    return _page(title, at, drawn)


def ratios(title: str, comparisons: Sequence[tuple[str, Comparison]]) -> str:
    """Each ratio as a bar, and its goal as a line across it; the thin line at 1 is where both sides are equal."""
    named = [(label, Figure(one.name, "", one.ratios), one.goal) for label, one in comparisons]
    most = max(1.1, *(max(*figure.samples, goal.value if goal else 0) for _, figure, goal in named))
    drawn: list[str] = []
    at = HEAD
    for label, figure, goal in named:
        met = goal is None or goal.met(figure.spread.median)
        drawn += _bar(Figure(label, "", figure.samples), at, most, "#4c78a8" if met else "#e45756")
        if goal:
            x = _x(goal.value, most)
            drawn.append(f'<path d="M{x:.1f} {at}v{ROW - 4}" stroke="#222" stroke-width="2.5"/>')
        at += ROW
    one = _x(1, most)
    drawn.append(f'<path d="M{one:.1f} {HEAD - 4}V{at}" stroke="#999" stroke-dasharray="3 3"/>')
    drawn.append(_text(LABEL, at + 16, "thick: the goal · dashed: both sides equal · red: missed", color="#666"))
    return _page(title, at + 24, drawn)


def _bar(figure: Figure, at: float, most: float, color: str = "#4c78a8") -> list[str]:
    spread, middle = figure.spread, at + ROW / 2 - 2
    width = max(0.0, _x(spread.median, most) - LABEL)
    return [
        _text(LABEL - 8, middle + 4, figure.name, anchor="end"),
        f'<rect x="{LABEL}" y="{at + 3}" width="{width:.1f}" height="{ROW - 10}" fill="{color}" fill-opacity="0.55"/>',
        *(
            f'<circle cx="{_x(max(sample, 0), most):.1f}" cy="{middle:.1f}" r="2.5" fill="#222" fill-opacity="0.6"/>'
            for sample in figure.samples
        ),
        _text(WIDTH - VALUE + 10, middle + 4, f"{spread.median:.4g}"),
    ]


def _x(value: float, most: float) -> float:
    return LABEL + (WIDTH - LABEL - VALUE) * (value / most if most > 0 else 0)


def _text(x: float, y: float, words: str, *, anchor: str = "start", color: str = "#222") -> str:
    return f'<text x="{x}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}" {FONT}>{escape(words)}</text>'


def _page(title: str, height: float, drawn: Sequence[str]) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height + 8:.0f}" width="{WIDTH}">',
            f"<title>{escape(title)}</title>",
            # A page may be dark; the drawing is not.
            '<rect width="100%" height="100%" fill="#fff"/>',
            f'<text x="8" y="20" {FONT} font-weight="bold" fill="#222">{escape(title)}</text>',
            *drawn,
            "</svg>",
            "",
        ]
    )
