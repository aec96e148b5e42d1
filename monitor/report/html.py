"""A report as one HTML file: style and plots inside, no script, nothing fetched; it opens offline.

Its own policy, in the file, lets no script run and nothing load even where an article's words slipped through.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import islice

from markupsafe import Markup

from db.records import ChangeRecord
from monitor.report import plots, summary
from monitor.report.about import About
from monitor.report.jinja import TEMPLATES, environment

MOST = 5000  # changes shown in full; all are counted
PARAGRAPHS = 12  # edited paragraphs shown of one change
OUTLETS = 20
SHEETS = ("style.css", "report.css")


@cache
def style() -> str:
    return "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in SHEETS)


@cache
def policy() -> str:
    """The Content-Security-Policy that the file carries: its own style sheet, known by digest, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def render(read: Callable[[], Iterable[ChangeRecord]], about: About) -> Iterator[bytes]:
    """The report in pieces, in UTF-8. `read` gives the changes, newest first; it is called twice: to count and to show."""
    counted = summary.of(read())
    shown = environment().get_template("report.html")
    over_time = summary.over_time(counted, about.zone)
    outlets, natures = counted.sources.most_common(OUTLETS), counted.natures.most_common()
    pieces = shown.generate(
        about=about,
        counted=counted,
        records=islice(read(), MOST),
        most=MOST,
        most_paragraphs=PARAGRAPHS,
        style=Markup(style()),  # noqa: S704 - our own files
        policy=policy(),
        over_time=over_time,
        time_plot=plots.columns(over_time, "Edits over time, as in the table below"),
        outlets=outlets,
        outlet_plot=plots.bars(outlets, name="Edits by outlet, as in the table below"),
        natures=natures,
        nature_plot=plots.bars(natures, name="Edits by nature, as in the table below"),
    )
    return (piece.encode("utf-8", "replace") for piece in pieces)
