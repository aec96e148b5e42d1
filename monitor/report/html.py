"""A report as one HTML file: style inside, no script, nothing fetched; it opens offline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup

from db.records import ChangeRecord
from monitor.report import diff_view, when

TEMPLATES = Path(__file__).parent / "templates"


def render(records: Sequence[ChangeRecord], *, since: datetime | None, until: datetime, zone: ZoneInfo) -> str:
    """The report on these changes, in the order given, grouped by source."""
    env = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(default=True), trim_blocks=True)
    env.globals |= {"paragraphs": diff_view.paragraphs}
    env.filters |= {"stamp": when.stamp, "window": when.window}
    by_source: dict[str, list[ChangeRecord]] = {}
    for record in records:
        by_source.setdefault(record.source, []).append(record)
    style = Markup((TEMPLATES / "style.css").read_text(encoding="utf-8"))  # noqa: S704 - our own file
    return env.get_template("report.html").render(
        by_source=dict(sorted(by_source.items())), count=len(records), since=since, until=until, zone=zone, style=style
    )
