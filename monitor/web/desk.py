"""What every page needs: the home's database and how its visitor wants times and colours."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from jinja2 import Environment, FileSystemLoader, select_autoescape
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse

from db.engine import reading, writing
from monitor.report import diff_view, when
from monitor.report.safe import shorten
from monitor.web import forms
from monitor.web.access.identity import identify
from monitor.web.access.shown import plain_address

HERE = Path(__file__).parent
ZONE_COOKIE, THEME_COOKIE = "zone", "theme"
THEMES = ("auto", "light", "dark")
NUMBER_MOST = 2**62  # the greatest id a database holds, and room to add to it
T = TypeVar("T")


def environment() -> Environment:
    """Templates of the pages and of the reports they share pieces with. Everything is escaped."""
    loader = FileSystemLoader([HERE / "templates", HERE.parent / "report" / "templates"])
    env = Environment(loader=loader, autoescape=select_autoescape(default=True), trim_blocks=True, lstrip_blocks=True)
    env.globals |= {"paragraphs": diff_view.paragraphs, "side": diff_view.side, "shorten": shorten}
    env.filters |= {
        "plain_address": plain_address,
        "stamp": when.stamp,
        "window": when.window,
        "ago": when.ago,
        "coming": when.coming,
    }
    return env


class Kept:
    """Answers that are dear to reckon, kept for a while. A process has one; two threads may reckon the same one twice."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[object, tuple[float, Any]] = {}

    def get(self, key: object, seconds: float, make: Callable[[], T]) -> T:
        """What `make` gave for the key, at most so many seconds ago."""
        found = self._kept.get(key)
        if found is None or found[0] <= self._clock():
            if len(self._kept) > 500:
                self._kept.clear()
            found = self._kept[key] = (self._clock() + seconds, make())
        value: T = found[1]
        return value


@dataclass(frozen=True)
class Desk:
    """The review desk of one home. `archive` is the folder of raw answers, None where this process has none."""

    engine: Engine
    templates: Environment
    display_zone: str | None = None
    title: str = "newswatch"
    archive: Path | None = None
    kept: Kept = field(default_factory=Kept)

    @contextmanager
    def session(self) -> Iterator[Session]:
        with reading(self.engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with writing(self.engine) as session:
            yield session

    def zone(self, request: Request) -> ZoneInfo:
        """The visitor's zone: chosen on the page, else the configuration's, else UTC."""
        chosen = request.cookies.get(ZONE_COOKIE) or self.display_zone or "UTC"
        return ZoneInfo(chosen) if chosen in zone_names() else ZoneInfo("UTC")

    def page(self, request: Request, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
        """A page rendered for this visitor."""
        theme = request.cookies.get(THEME_COOKIE, "auto")
        form_token = partial(forms.field, request)
        who = identify(request)
        html = self.templates.get_template(template).render(
            request=request,
            path=request.url.path,
            here=str(request.url.replace(scheme="", netloc="")),
            form_token=form_token,
            zone=self.zone(request),
            theme=theme if theme in THEMES else "auto",
            now=datetime.now(UTC),
            title=self.title,
            who=who,
            may=who.may,
            **values,
        )
        response = HTMLResponse(html, status_code=status)
        if who.via == "session":
            response.headers["Cache-Control"] = "no-store"  # nothing is left in a shared browser after signing out
        forms.give(request, response)
        return response


_names: frozenset[str] = frozenset()


def zone_names() -> frozenset[str]:
    """The zones a visitor may choose; looked up once."""
    global _names  # noqa: PLW0603 - the list does not change while a process lives
    _names = _names or frozenset(available_timezones())
    return _names


def person(request: Request) -> str | None:
    """Who is at the desk; None where nobody signs in."""
    return identify(request).name


def desk_of(request: Request) -> Desk:
    """The desk that the application was made for."""
    desk = request.app.state.desk
    assert isinstance(desk, Desk)
    return desk
