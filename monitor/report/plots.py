"""Plots as inline SVG, drawn here: no script, no style attribute, colours by class. Each stands beside its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

WIDTH = 640  # user units; the sheet lets a plot fill its column
ROW, LABEL, VALUE = 24, 170, 60
COLUMN_HEIGHT = 180


def _svg(width: float, height: float, parts: Sequence[str], name: str) -> Markup:
    body = "".join(parts)
    head = f'<svg class="plot" viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(name)}">'
    return Markup(head + body + "</svg>")  # noqa: S704 - numbers, and words escaped where they are put in


def _text(x: float, y: float, words: str, place: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{place}">{escape(words)}</text>'


def _figure(value: float, *, percent: bool) -> str:
    return f"{value:.0%}" if percent else f"{value:,.0f}"


def bars(rows: Sequence[tuple[str, float]], *, percent: bool = False, name: str = "The table below as bars") -> Markup:
    """Horizontal bars, a row each, longest label cut. Values are counts, or shares from 0 to 1 with `percent`."""
    most = max((value for _, value in rows), default=0) or 1
    room = WIDTH - LABEL - VALUE
    parts = []
    for number, (label, value) in enumerate(rows):
        y, length = number * ROW, room * value / most
        short = label if len(label) <= 24 else label[:23] + "…"
        parts += [
            _text(LABEL - 8, y + 16, short, "end"),
            f'<rect class="bar" x="{LABEL}" y="{y + 4}" width="{max(length, 1):.1f}" height="{ROW - 8}" rx="2"/>',
            _text(LABEL + length + 6, y + 16, _figure(value, percent=percent)),
        ]
    return _svg(WIDTH, max(len(rows), 1) * ROW, parts, name)


def columns(rows: Sequence[tuple[str, float]], name: str = "The table below as columns") -> Markup:
    """Vertical columns, their labels beneath."""
    most = max((value for _, value in rows), default=0) or 1
    step = WIDTH / max(len(rows), 1)
    parts = []
    for number, (label, value) in enumerate(rows):
        x, height = number * step, (COLUMN_HEIGHT - 40) * value / most
        top = COLUMN_HEIGHT - 20 - height
        parts += [
            f'<rect class="bar" x="{x + 4:.1f}" y="{top:.1f}" width="{step - 8:.1f}" height="{height:.1f}" rx="2"/>',
            _text(x + step / 2, top - 5, _figure(value, percent=False), "middle"),
            _text(x + step / 2, COLUMN_HEIGHT - 4, label, "middle"),
        ]
    return _svg(WIDTH, COLUMN_HEIGHT, parts, name)


def sparklines(series: Mapping[str, Sequence[float]], width: int = 120, height: int = 24) -> dict[str, Markup]:
    """A small line a name; values from 0 to 1."""
    return {name: _sparkline(name, values, width, height) for name, values in series.items()}


def _sparkline(name: str, values: Sequence[float], width: int, height: int) -> Markup:
    step = (width - 8) / max(len(values) - 1, 1)
    points = [(4 + number * step, 3 + (height - 6) * (1 - value)) for number, value in enumerate(values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dot = f'<circle class="dot" cx="{points[-1][0]:.1f}" cy="{points[-1][1]:.1f}" r="3"/>' if points else ""
    words = f"{name}: " + ", ".join(f"{value:.0%}" for value in values)
    head = f'<svg class="spark" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(words)}">'
    return Markup(f'{head}<polyline class="line" points="{line}"/>{dot}</svg>')  # noqa: S704 - numbers alone


def delay_labels(bounds: Sequence[int]) -> list[str]:
    """Names of bins whose upper bounds are hours: `< 1 h`, `1–2 h`, `7 d +`."""
    edges = [0, *bounds]
    found = [_span(low, high) for low, high in zip(edges, bounds, strict=False)]
    return [*found, f"{_hours(bounds[-1])} +"]


def _span(low: int, high: int) -> str:
    if low == 0:
        return f"< {_hours(high)}"
    return f"{low // 24}–{_hours(high)}" if low >= 24 else f"{low}–{high} h"


def _hours(hours: int) -> str:
    return f"{hours // 24} d" if hours >= 24 and hours % 24 == 0 else f"{hours} h"
