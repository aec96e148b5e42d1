"""The templates of reports and feeds. Everything is escaped."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape

from db.types import Change
from monitor.report import diff_view, when
from monitor.report.safe import markup_safe, shorten, web_link

TEMPLATES = Path(__file__).parent / "templates"


def clean_paragraphs(change: Change) -> list[diff_view.Paragraph]:
    """A change's edited paragraphs, their control characters shown, not obeyed."""
    shown = diff_view.paragraphs(change)
    return [tuple(diff_view.Run(run.tag, markup_safe(run.text)) for run in part) for part in shown]


@cache
def environment() -> Environment:
    """Made once a process."""
    loader = FileSystemLoader(TEMPLATES)
    env = Environment(loader=loader, autoescape=select_autoescape(default=True), trim_blocks=True, lstrip_blocks=True)
    env.globals |= {"paragraphs": clean_paragraphs, "shorten": shorten}
    env.filters |= {"stamp": when.stamp, "window": when.window, "safe_text": markup_safe, "web_link": web_link}
    return env
