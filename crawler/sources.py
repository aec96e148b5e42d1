"""`newswatch.toml`: sources and settings. An unknown key or a bad value is an error that names line and key."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

import tomlkit
from pydantic import AfterValidator, BaseModel, Field, ValidationError

from crawler.config_values import Level, NatureName, Network, Zone, network
from crawler.config_values import Table as _Table
from crawler.discover.address import AddressError, check
from crawler.notify_tables import SECRET_KEYS, Notify, Rule
from crawler.recrawl import PROMPTNESS
from crawler.render_table import Render
from crawler.web_table import Web
from db.archive.store import checked
from db.home import DATABASE_VARIABLE

FILE_NAME = "newswatch.toml"
ALLOW_VARIABLE = "NEWSWATCH_ALLOW_ADDRESSES"
LOG_VARIABLE = "NEWSWATCH_LOG"
MIB = 1 << 20


class ConfigError(ValueError):
    """The configuration cannot be used; the message names file, line and key."""


def _address(value: str) -> str:
    try:
        check(value)
    except AddressError as error:
        raise ValueError(str(error)) from error
    return value


def _proxy(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "http" or not parts.hostname or parts.path.strip("/") or parts.query or parts.port == 0:
        raise ValueError(f"not a proxy: {value!r}; write one like http://proxy.example:3128")
    if parts.username is not None:
        raise ValueError("a proxy that asks for a name and a password cannot be used; put one beside it that does not")
    return value.rstrip("/")


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {value!r} ({error})") from error
    return value


Address = Annotated[str, AfterValidator(_address)]
Proxy = Annotated[str, AfterValidator(_proxy)]
Pattern = Annotated[str, AfterValidator(_pattern)]
LogPlace = Literal["file", "stdout"]
Positive = Annotated[float, Field(gt=0, le=86400 * 366)]


class Source(_Table):
    """An outlet that is watched. `pace` is seconds between two requests to one host; `include` and `exclude` are regular
    expressions that an article's address must, or must not, contain; `max_age_days` is how old a listed article may be to be
    taken up; `feed_interval_s` is seconds between two looks at a feed; `proxy` is an HTTP proxy for all its visits; `render` has
    its articles rendered in a browser, `render_pages` those whose address one of these regular expressions fits; `websub` asks
    its feeds' hubs to tell of news."""

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
    home: Address | None = None
    feeds: Annotated[tuple[Address, ...], Field(strict=False)] = ()
    sitemaps: Annotated[tuple[Address, ...], Field(strict=False)] = ()
    sections: Annotated[tuple[Address, ...], Field(strict=False)] = ()
    zone: Zone | None = None
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]+)*$")] | None = None
    pace: Annotated[float, Field(ge=0, le=86400)] | None = None
    concurrency: Annotated[int, Field(ge=1, le=16)] | None = None
    include: Annotated[tuple[Pattern, ...], Field(strict=False)] = ()
    exclude: Annotated[tuple[Pattern, ...], Field(strict=False)] = ()
    max_age_days: Positive | None = None
    feed_interval_s: Positive | None = None
    proxy: Proxy | None = None
    render: bool = False
    render_pages: Annotated[tuple[Pattern, ...], Field(strict=False)] = ()
    websub: bool = False
    enabled: bool = True

    def lists(self) -> list[tuple[str, str]]:
        """Its lists of articles: `(address, kind)`."""
        by_kind = (("feed", self.feeds), ("sitemap", self.sitemaps), ("section", self.sections))
        return [(url, kind) for kind, urls in by_kind for url in urls]

    def table(self) -> dict[str, Any]:
        """What is set, as JSON: the source's declared settings in the database."""
        apart = {"name", "home", "feeds", "sitemaps", "sections", "feed_interval_s"}
        found = self.model_dump(exclude_defaults=True, exclude=apart)
        found = {key: list(value) if isinstance(value, tuple) else value for key, value in found.items()}
        return found if self.feed_interval_s is None else {**found, "feed_interval": self.feed_interval_s}


class General(_Table):
    """The `[newswatch]` table. Seconds and bytes."""

    contact: str | None = None
    database: str | None = None
    queue: bool = False
    stall_s: Annotated[float, Field(ge=3, le=600)] = 30.0
    display_zone: Zone | None = None
    allow_addresses: Annotated[tuple[Network, ...], Field(strict=False)] = ()
    readers: Annotated[int, Field(ge=1, le=64)] = 2
    web_host: str = "127.0.0.1"
    web_port: Annotated[int, Field(ge=1, le=65535)] = 8765
    timeout_s: Annotated[float, Field(gt=0, le=600)] = 30.0
    max_body_bytes: Annotated[int, Field(ge=1024, le=1024 * MIB)] = 10 * MIB
    max_text_bytes: Annotated[int, Field(ge=1024, le=1024 * MIB)] = 40 * MIB
    concurrency: Annotated[int, Field(ge=1, le=512)] = 64
    per_host_concurrency: Annotated[int, Field(ge=1, le=16)] = 1
    pace: Annotated[float, Field(ge=0, le=86400)] = 1.0
    recheck_speed: Annotated[float, Field(gt=0, le=1_000_000)] = 1.0
    recheck_min_s: Annotated[float, Field(ge=1, le=86400)] = 60.0
    fetches_a_day: Annotated[float, Field(ge=1, le=1_000_000_000)] = 20_000.0
    promptness: Annotated[float, Field(ge=0, le=1)] = PROMPTNESS
    fresh_weight: Annotated[float, Field(ge=0, le=100)] = 0.0
    feed_interval_s: Positive | None = None
    archive_store: Annotated[str, AfterValidator(checked)] | None = None
    archive_days: Annotated[int, Field(ge=1, le=36500)] = 30
    archive_most_gb: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    check_days: Annotated[int, Field(ge=1, le=36500)] = 365
    log: LogPlace = "file"
    timestamp_url: Address | None = None
    websub_callback: Address | None = None


class Settings(General):
    """A whole configuration: its tables (`significance` maps nature to significance), sources and channels in order.

    `lines` has the line on which each channel's table begins, for errors that show later.
    """

    web: Web = Web()
    render: Render = Render()
    significance: Mapping[NatureName, Level] = Field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    notify: tuple[Notify, ...] = ()
    lines: Mapping[str, int] = Field(default_factory=dict)


class _File(_Table):
    newswatch: General = General()
    web: Web = Web()
    render: Render = Render()
    significance: dict[NatureName, Level] = Field(default_factory=dict)
    source: list[Source] = Field(default_factory=list)
    notify: list[Notify] = Field(default_factory=list)


def load(path: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Read a configuration. Raises `ConfigError` for one that cannot be used, `OSError` where the file cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path.name}: not UTF-8 text ({error.reason} at byte {error.start})") from error
    return parse(text, path.name, os.environ if environment is None else environment)


def parse(text: str, name: str = FILE_NAME, environment: Mapping[str, str] | None = None) -> Settings:
    """The configuration in a text; `environment` adds networks (`NEWSWATCH_ALLOW_ADDRESSES`) and a database."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: {error}") from error
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(_first_error(error, text, name)) from error
    _refuse_twins("source", [source.name for source in file.source], text, name)
    _refuse_twins("notify", [channel.name for channel in file.notify], text, name)
    _refuse_deaf(file, text, name)
    general = dict(file.newswatch)
    general["allow_addresses"] = (*file.newswatch.allow_addresses, *_allowed(environment or {}))
    general["database"] = (environment or {}).get(DATABASE_VARIABLE) or file.newswatch.database
    general["log"] = _log_place(environment or {}) or file.newswatch.log
    lines = {channel.name: line_of(text, ("notify", number)) for number, channel in enumerate(file.notify)}
    parts: dict[str, Any] = {
        "web": file.web,
        "render": file.render,
        "sources": tuple(file.source),
        "notify": tuple(file.notify),
        "lines": lines,
    }
    return Settings.model_construct(**general, significance=file.significance, **parts)


def _allowed(environment: Mapping[str, str]) -> tuple[str, ...]:
    value = environment.get(ALLOW_VARIABLE, "")
    try:
        return tuple(network(part) for part in value.split(",") if part.strip())
    except ValueError as error:
        raise ConfigError(f"{ALLOW_VARIABLE}: {error}") from error


def _log_place(environment: Mapping[str, str]) -> str | None:
    value = environment.get(LOG_VARIABLE) or None
    if value not in {None, *get_args(LogPlace)}:
        raise ConfigError(
            f"{LOG_VARIABLE}: {value!r} is no place for the log; choose of {', '.join(get_args(LogPlace))}"
        )
    return value


def _refuse_deaf(file: _File, text: str, name: str) -> None:
    """A hub must know where to push to."""
    index = next((number for number, source in enumerate(file.source) if source.websub), None)
    if index is not None and file.newswatch.websub_callback is None:
        line = line_of(text, ("source", index, "websub"))
        what = "'websub': set websub_callback in [newswatch], the public address by which hubs reach the review page's server"
        raise ConfigError(f"{name}, line {line}: {what}")


_CALLED = {"source": "source", "notify": "channel"}


def _refuse_twins(table: str, found: Sequence[str], text: str, name: str) -> None:
    for index, called in enumerate(found):
        if called in found[:index]:
            line, what = line_of(text, (table, index, "name")), _CALLED[table]
            raise ConfigError(f"{name}, line {line}: a second {what} is named {called!r}; names tell {what}s apart")


def _first_error(error: ValidationError, text: str, name: str) -> str:
    first = error.errors(include_url=False)[0]
    where = tuple(first["loc"])
    line = line_of(text, where)
    key = next((str(part) for part in reversed(where) if isinstance(part, str) and part != "[key]"), "")
    if first["type"] == "extra_forbidden":
        message = f"unknown key {key!r}{_known_keys(where)}"
    elif first["type"] == "missing":
        message = f"{key!r} is missing"
    elif first["type"] == "value_error":
        message = f"{key!r}: {str(first['msg']).removeprefix('Value error, ')}"
    else:
        given = "" if key in SECRET_KEYS else f", not {first['input']!r}"
        message = f"{key!r}: {first['msg'].replace('a valid tuple', 'a list')}{given}"
    return f"{name}, line {line}: {message}"


def _known_keys(where: tuple[Any, ...]) -> str:
    models: dict[tuple[Any, ...], type[BaseModel]] = {
        (): _File,
        ("newswatch",): General,
        ("web",): Web,
        ("render",): Render,
        ("source",): Source,
        ("notify",): Notify,
        ("notify", "rule"): Rule,
    }
    model = models.get(tuple(part for part in where[:-1] if isinstance(part, str)))
    return f"; the keys here are {', '.join(model.model_fields)}" if model else ""


_HEADER = re.compile(r"^\s*(\[\[?)\s*([\w.\"'-]+)\s*\]\]?")
_KEY = re.compile(r"^\s*[\"']?([\w-]+)[\"']?\s*=")


def line_of(text: str, where: Sequence[Any]) -> int:
    """The line, from 1, on which a key stands; where the key is not there, its table's; else 1.

    `where` is a path as pydantic gives it: names of tables and keys, and the number of a table of its name.
    """
    here: tuple[Any, ...] = ()
    counts: dict[tuple[Any, ...], int] = {}
    best, reach = 1, 0
    for number, line in enumerate(text.splitlines(), 1):
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            here = place = _table_at(header[2], counts, many=header[1] == "[[")
        elif key:
            place = (*here, key[1])
        else:
            continue
        if len(place) > reach and tuple(where[: len(place)]) == place:
            best, reach = number, len(place)
    return best


def _table_at(dotted: str, counts: dict[tuple[Any, ...], int], *, many: bool) -> tuple[Any, ...]:
    """The path of the table that a header opens; `counts` has how many of each list of tables were opened before."""
    path: tuple[Any, ...] = ()
    names = [part.strip("\"' ") for part in dotted.split(".")]
    for depth, name in enumerate(names, 1):
        path = (*path, name)
        if many and depth == len(names):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def as_toml(source: Source) -> str:
    """The source as a `[[source]]` table; what is as by default is left out."""
    table = tomlkit.table()
    for key, value in source.model_dump(exclude_defaults=True).items():
        table.add(key, list(value) if isinstance(value, tuple) else value)
    return f"[[source]]\n{table.as_string()}"


def with_source(text: str, source: Source) -> str:
    """A configuration's text with one more source at its end, all else as it was. Raises `ConfigError` where that is wrong."""
    grown = f"{text.rstrip()}\n\n{as_toml(source)}".lstrip()
    parse(grown)
    return grown


def default_text() -> str:
    """The commented sample configuration."""
    return (resources.files("crawler") / "sample.toml").read_text(encoding="utf-8")


def write_default(home: Path) -> Path:
    """Write the sample configuration into a home that has none. Gives its path."""
    path = home / FILE_NAME
    with path.open("x", encoding="utf-8") as file:
        file.write(default_text())
    return path
