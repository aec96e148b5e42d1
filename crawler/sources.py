"""`newswatch.toml`: sources and settings. An unknown key or a bad value is an error that names line and key."""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import tomlkit
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from crawler.discover.address import AddressError, check
from db.types import Nature

FILE_NAME = "newswatch.toml"
ALLOW_VARIABLE = "NEWSWATCH_ALLOW_ADDRESSES"
DATABASE_VARIABLE = "NEWSWATCH_DATABASE"
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


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, LookupError):
        raise ValueError(f"no such time zone: {value!r}; write one like Europe/Berlin") from None
    return value


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {value!r} ({error})") from error
    return value


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value.strip(), strict=False))
    except ValueError:
        raise ValueError(f"not a network: {value!r}; write one like 10.0.0.0/8") from None


def _nature(value: str) -> str:
    if value not in set(Nature):
        raise ValueError(f"no such nature: {value!r}")
    return value


Address = Annotated[str, AfterValidator(_address)]
Proxy = Annotated[str, AfterValidator(_proxy)]
Zone = Annotated[str, AfterValidator(_zone)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Network = Annotated[str, AfterValidator(_network)]
Positive = Annotated[float, Field(gt=0, le=86400 * 366)]
Level = Literal["cosmetic", "minor", "substantive"]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Source(_Table):
    """An outlet that is watched. `pace` is seconds between two requests to one host; `include` and `exclude` are regular
    expressions that an article's address must, or must not, contain; `max_age_days` is how old a listed article may be to be
    taken up; `feed_interval_s` is seconds between two looks at a feed; `proxy` is an HTTP proxy for all its visits."""

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
    home: Address | None = None
    feeds: Annotated[tuple[Address, ...], Field(strict=False)] = ()
    sitemaps: Annotated[tuple[Address, ...], Field(strict=False)] = ()
    zone: Zone | None = None
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]+)*$")] | None = None
    pace: Annotated[float, Field(ge=0, le=86400)] | None = None
    concurrency: Annotated[int, Field(ge=1, le=16)] | None = None
    include: Annotated[tuple[Pattern, ...], Field(strict=False)] = ()
    exclude: Annotated[tuple[Pattern, ...], Field(strict=False)] = ()
    max_age_days: Positive | None = None
    feed_interval_s: Positive | None = None
    proxy: Proxy | None = None
    enabled: bool = True

    def table(self) -> dict[str, Any]:
        """What is set, as JSON: the source's declared settings in the database."""
        found = self.model_dump(exclude_defaults=True, exclude={"name", "home", "feeds", "sitemaps", "feed_interval_s"})
        found = {key: list(value) if isinstance(value, tuple) else value for key, value in found.items()}
        return found if self.feed_interval_s is None else {**found, "feed_interval": self.feed_interval_s}


class General(_Table):
    """The `[newswatch]` table. Seconds and bytes."""

    contact: str | None = None
    database: str | None = None
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
    promptness: Annotated[float, Field(ge=0, le=1)] = 0.0
    fresh_weight: Annotated[float, Field(ge=0, le=100)] = 0.0
    feed_interval_s: Positive | None = None
    archive_days: Annotated[int, Field(ge=1, le=36500)] = 30


class Settings(General):
    """A whole configuration: `[newswatch]`, `[significance]` (nature → significance) and the sources in the file's order."""

    significance: Mapping[Annotated[str, AfterValidator(_nature)], Level] = Field(default_factory=dict)
    sources: tuple[Source, ...] = ()


class _File(_Table):
    newswatch: General = General()
    significance: dict[Annotated[str, AfterValidator(_nature)], Level] = Field(default_factory=dict)
    source: list[Source] = Field(default_factory=list)


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
    _refuse_twins(file.source, text, name)
    general = dict(file.newswatch)
    general["allow_addresses"] = (*file.newswatch.allow_addresses, *_allowed(environment or {}))
    general["database"] = (environment or {}).get(DATABASE_VARIABLE) or file.newswatch.database
    return Settings.model_construct(**general, significance=file.significance, sources=tuple(file.source))


def _allowed(environment: Mapping[str, str]) -> tuple[str, ...]:
    value = environment.get(ALLOW_VARIABLE, "")
    try:
        return tuple(_network(part) for part in value.split(",") if part.strip())
    except ValueError as error:
        raise ConfigError(f"{ALLOW_VARIABLE}: {error}") from error


def _refuse_twins(found: Sequence[Source], text: str, name: str) -> None:
    names: dict[str, int] = {}
    for index, source in enumerate(found):
        if source.name in names:
            line = line_of(text, ("source", index, "name"))
            raise ConfigError(
                f"{name}, line {line}: a second source is named {source.name!r}; names tell sources apart"
            )
        names[source.name] = index


def _first_error(error: ValidationError, text: str, name: str) -> str:
    first = error.errors(include_url=False)[0]
    where = tuple(first["loc"])
    line = line_of(text, where)
    key = next((str(part) for part in reversed(where) if isinstance(part, str) and part != "[key]"), "")
    if first["type"] == "extra_forbidden":
        message = f"unknown key {key!r}{_known_keys(where)}"
    elif first["type"] == "missing":
        message = f"{key!r} is missing"
    else:
        message = f"{key!r}: {first['msg'].replace('a valid tuple', 'a list')}, not {first['input']!r}"
        if first["type"] == "value_error":
            message = f"{key!r}: {str(first['msg']).removeprefix('Value error, ')}"
    return f"{name}, line {line}: {message}"


def _known_keys(where: tuple[Any, ...]) -> str:
    models: dict[Any, type[BaseModel]] = {"newswatch": General, "source": Source}
    model = models.get(where[0]) if len(where) > 1 else _File
    return f"; the keys here are {', '.join(model.model_fields)}" if model else ""


_HEADER = re.compile(r"^\s*(\[\[?)\s*([\w.\"'-]+)\s*\]\]?")


def line_of(text: str, where: Sequence[Any]) -> int:
    """The line, from 1, on which a key stands; where the key is not there, its table's; else 1."""
    table, keys = where[0] if where else "", [part for part in where[1:] if isinstance(part, str)]
    wanted = next((part for part in where[1:] if isinstance(part, int)), None) if table == "source" else None
    key = keys[0] if keys else table
    key_line = re.compile(rf"^\s*[\"']?{re.escape(str(key))}[\"']?\s*=")
    inside, seen, best = not keys, -1, 1
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header:
            here = header[2].strip("\"'") == table
            seen += here
            inside = here and (wanted is None or seen == wanted)
            best = number if inside else best
        elif inside and key_line.match(line):
            return number
    return best


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
