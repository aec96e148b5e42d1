"""The outlets: who they are, how their addresses, datelines and time lines look, and what their servers do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from tests.newsroom.story import Story, Version

DatelineStyle = Callable[[Version, datetime], str]
TimeStyle = Callable[[datetime], str]


@dataclass(slots=True)
class Robots:
    """What robots.txt says. `status` other than 200 answers with that status; `text` replaces the whole file."""

    status: int = 200
    crawl_delay: float | None = None
    disallow: tuple[str, ...] = ("/wp-admin/", "/search")
    sitemaps: bool = True
    text: str | None = None


@dataclass(eq=False, slots=True)
class Outlet:
    """One outlet and its server's manners. `validators` is "none", "etag", "modified" or "both"."""

    key: str
    name: str
    language: str
    zone: str
    template: str
    path: str
    dateline: DatelineStyle
    time_line: TimeStyle
    feeds: tuple[str, ...]
    sections: tuple[str, ...]
    validators: str = "none"
    false_304: bool = False
    gzip: bool = True
    robots: Robots = field(default_factory=Robots)
    pad_kb: int = 0
    first_topic: int = 0
    stories: list[Story] = field(default_factory=list)
    host: str = ""
    netloc: str = ""
    fault: str = ""

    @property
    def base(self) -> str:
        """The outlet's address without a slash at its end; known once the newsroom is up."""
        return f"http://{self.netloc}"

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self.zone))

    def address_path(self, number: int, slug: str, section: str, published: datetime) -> str:
        return self.path.format(id=number, slug=slug, section=section, day=self.local(published))

    def dateline_text(self, version: Version) -> str:
        """The dateline as printed before the first paragraph, with its dash; empty where there is none."""
        if version.dateline is not None:
            return version.dateline
        return self.dateline(version, self.local(version.published)) if version.place else ""

    def time_text(self, version: Version) -> str:
        if version.time_line is not None:
            return version.time_line
        return self.time_line(self.local(version.published))


MONTHS_DE = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)
MONTHS_ES = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)


def _dash(version: Version, _: datetime) -> str:
    return f"{version.place} — "


def _wire(version: Version, day: datetime) -> str:
    agency = f" ({version.agency})" if version.agency else ""
    return f"{version.place}, {day:%B} {day.day}{agency} - "


def _colon(version: Version, _: datetime) -> str:
    return f"{version.place} ({version.agency}) — " if version.agency else f"{version.place}: "


def _german(version: Version, _: datetime) -> str:
    return f"{version.place} ({version.agency or 'dpa'}) - "


def _spanish(version: Version, day: datetime) -> str:
    return f"{version.place}, {day.day} {MONTHS_ES[day.month - 1][:3]} ({version.agency or 'EFE'}).- "


def _japanese(version: Version, _: datetime) -> str:
    author = f"＝{version.byline[0]}" if version.byline else ""
    return f"【{version.place}{author}】"


def _clock(moment: datetime) -> str:
    return f"{moment.hour % 12 or 12}:{moment:%M}"


def harbour_time(t: datetime) -> str:
    return f"/ {t:%I:%M %p} {t:%B} {t:%d}, {t.year}"


def meridian_time(t: datetime) -> str:
    return f"{t.day} {t:%b %Y} {t:%H:%M} {t.tzname()}"


def valley_time(t: datetime) -> str:
    return f"Posted {t:%A}, {t:%B} {t.day}, {t.year} {_clock(t)} {'a.m.' if t.hour < 12 else 'p.m.'}"


def elbe_time(t: datetime) -> str:
    return f"{t.day}. {MONTHS_DE[t.month - 1]} {t.year}, {t:%H:%M} Uhr"


def faro_time(t: datetime) -> str:
    return f"{t.day} de {MONTHS_ES[t.month - 1]} de {t.year} - {t:%H:%M}"


def minato_time(t: datetime) -> str:
    return f"{t.year}年{t.month}月{t.day}日 {t.hour}時{t:%M}分"


def make_outlets() -> list[Outlet]:
    """The six outlets, fresh and without stories."""
    return [
        Outlet(
            "harbour",
            "Harbour Post",
            "en",
            "Asia/Manila",
            "harbour.html",
            "/{id}/{slug}",
            _dash,
            harbour_time,
            ("/feed",),
            ("world", "nation", "business"),
        ),
        Outlet(
            "meridian",
            "The Meridian",
            "en",
            "Europe/London",
            "meridian.html",
            "/{section}/{day:%Y/%m/%d}/{slug}-{id}",
            _wire,
            meridian_time,
            ("/rss.xml", "/atom.xml"),
            ("world", "business", "health"),
            validators="both",
            first_topic=3,
        ),
        Outlet(
            "valley",
            "Valley Courier",
            "en",
            "America/Chicago",
            "valley.html",
            "/news/{section}/article_{id}.html",
            _colon,
            valley_time,
            ("/index.rss",),
            ("nation", "politics", "sport"),
            validators="modified",
            first_topic=6,
            gzip=False,
        ),
        Outlet(
            "elbe",
            "Elbe-Kurier",
            "de",
            "Europe/Berlin",
            "elbe.html",
            "/{section}/{slug}-{id}.html",
            _german,
            elbe_time,
            ("/rss/alle.xml", "/atom/alle.xml"),
            ("politik", "wirtschaft", "panorama"),
            validators="etag",
        ),
        Outlet(
            "faro",
            "El Faro del Sur",
            "es",
            "Europe/Madrid",
            "faro.html",
            "/{section}/{day:%Y-%m-%d}/{slug}-{id}.html",
            _spanish,
            faro_time,
            ("/rss/portada.xml",),
            ("sociedad", "economia", "internacional"),
        ),
        Outlet(
            "minato",
            "みなと新報",
            "ja",
            "Asia/Tokyo",
            "minato.html",
            "/articles/MS{id}.html",
            _japanese,
            minato_time,
            ("/rdf/index.rdf",),
            ("社会", "経済", "国際"),
        ),
    ]
