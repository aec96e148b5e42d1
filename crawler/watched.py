"""What the engine asks of a source, from its row: the declared table with what was changed beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Engine

from crawler.fetch.limits import Pace as HostPace
from db.engine import reading
from db.queries import sources
from db.records import PageRecord, SourceRecord

MAX_AGE = timedelta(days=3)


@dataclass(frozen=True)
class Watched:
    """One source. `settings` is its effective table."""

    name: str
    home: str | None
    settings: Mapping[str, Any]
    interval_s: float | None = None

    @property
    def zone(self) -> str | None:
        return self.settings.get("zone")

    @property
    def host_pace(self) -> HostPace | None:
        delay = self.settings.get("pace")
        if delay is None:
            return None
        return HostPace(float(delay), int(self.settings.get("concurrency") or 1))

    @property
    def proxy(self) -> str | None:
        return self.settings.get("proxy")

    @property
    def max_age(self) -> timedelta:
        days = self.settings.get("max_age_days")
        return timedelta(days=float(days)) if days else MAX_AGE

    @property
    def has_include(self) -> bool:
        return bool(self.settings.get("include"))

    @property
    def websub(self) -> bool:
        return bool(self.settings.get("websub"))

    @property
    def feed_interval_s(self) -> float | None:
        return self.settings.get("feed_interval") or self.interval_s

    def renders(self, url: str) -> bool:
        """Whether an address is rendered: all are, or those that a pattern of `render_pages` fits."""
        return bool(self.settings.get("render")) or any(p(url) for p in self._render_pages)

    @cached_property
    def _render_pages(self) -> list[Any]:
        return _compiled(self.settings.get("render_pages"))

    @cached_property
    def _patterns(self) -> tuple[Any, Any]:
        return _compiled(self.settings.get("include")), _compiled(self.settings.get("exclude"))

    def accepts(self, url: str) -> bool:
        """Whether an address passes the include and exclude patterns."""
        include, exclude = self._patterns
        return (not include or any(p(url) for p in include)) and not any(p(url) for p in exclude)


def _compiled(patterns: Iterable[str] | None) -> list[Any]:
    import re  # noqa: PLC0415

    return [re.compile(pattern).search for pattern in patterns or ()]


def watched(record: SourceRecord, interval_s: float | None = None) -> Watched:
    """A source's rules by its row."""
    return Watched(record.name, record.home, record.effective, interval_s)


class Sources:
    """The sources by id, read from the database when they may have changed."""

    def __init__(self, engine: Engine, interval_s: float | None = None) -> None:
        self._engine, self._interval_s = engine, interval_s
        self._known: dict[int, Watched] = {}

    def reload(self) -> None:
        """Read the table again."""
        with reading(self._engine) as session:
            self._known = {record.id: watched(record, self._interval_s) for record in sources.every(session)}

    def rules(self, source_id: int) -> Watched:
        """A source's rules; those of no source at all where it is not known."""
        if source_id not in self._known:
            self.reload()
        return self._known.get(source_id) or Watched("", None, {}, self._interval_s)

    def zone(self, source_id: int) -> str | None:
        return self.rules(source_id).zone

    def pace(self, source_id: int) -> HostPace | None:
        return self.rules(source_id).host_pace

    def proxy(self, source_id: int) -> str | None:
        return self.rules(source_id).proxy

    def renders(self, page: PageRecord) -> bool:
        """Whether a page is rendered: as was said of it alone, else as its source says."""
        return self.rules(page.source_id).renders(page.url) if page.render is None else page.render
