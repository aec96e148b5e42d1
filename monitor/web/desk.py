"""What every page needs: the home's database and how its visitor wants times and colours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from jinja2 import Environment, FileSystemLoader, select_autoescape
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse

from db.engine import reading
from monitor.report import diff_view, when
from monitor.report.safe import shorten

HERE = Path(__file__).parent
ZONE_COOKIE, THEME_COOKIE = "zone", "theme"
THEMES = ("auto", "light", "dark")


def environment() -> Environment:
    """Templates of the pages and of the reports they share pieces with. Everything is escaped."""
    loader = FileSystemLoader([HERE / "templates", HERE.parent / "report" / "templates"])
    env = Environment(loader=loader, autoescape=select_autoescape(default=True), trim_blocks=True, lstrip_blocks=True)
    env.globals |= {"paragraphs": diff_view.paragraphs, "side": diff_view.side, "shorten": shorten}
    env.filters |= {"stamp": when.stamp, "window": when.window}
    return env


@dataclass(frozen=True)
class Desk:
    """The review desk of one home."""

    engine: Engine
    templates: Environment
    display_zone: str | None = None
    title: str = "newswatch"

    @contextmanager
    def session(self) -> Iterator[Session]:
        with reading(self.engine) as session:
            yield session

    def zone(self, request: Request) -> ZoneInfo:
        """The visitor's zone: chosen on the page, else the configuration's, else UTC."""
        chosen = request.cookies.get(ZONE_COOKIE) or self.display_zone or "UTC"
        return ZoneInfo(chosen) if chosen in zone_names() else ZoneInfo("UTC")

    def page(self, request: Request, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
        """A page rendered for this visitor."""
        theme = request.cookies.get(THEME_COOKIE, "auto")
        html = self.templates.get_template(template).render(
            request=request,
            path=request.url.path,
            zone=self.zone(request),
            zones=sorted(zone_names()),
            theme=theme if theme in THEMES else "auto",
            themes=THEMES,
            now=datetime.now(UTC),
            title=self.title,
            **values,
        )
        return HTMLResponse(html, status_code=status)


_names: frozenset[str] = frozenset()


def zone_names() -> frozenset[str]:
    """The zones a visitor may choose; looked up once."""
    global _names  # noqa: PLW0603 - the list does not change while a process lives
    _names = _names or frozenset(available_timezones())
    return _names


def desk_of(request: Request) -> Desk:
    """The desk that the application was made for."""
    desk = request.app.state.desk
    assert isinstance(desk, Desk)
    return desk
