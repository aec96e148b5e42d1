"""The `[[notify]]` tables: who is told of which changes, by what way, and when. Secrets stand in the environment, or here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from crawler.config_values import KindName, Level, NatureName, Table, Zone

WAYS = ("url", "webhook", "email", "terminal")
TERMINAL = "terminal"
SECRET_KEYS = frozenset({"url", "webhook", "secret", "smtp_password"})  # never repeated in a message
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_WHOLE = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")
_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-3]):([0-5]\d)")
_DAILY = re.compile(r"daily\s+([01]?\d|2[0-3]):([0-5]\d)")
_ADDRESS = re.compile(r"[^\s@<>,;:\"\x00-\x1f]+@[^\s@<>,;:\"\x00-\x1f]+")
_SERVER = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:]+\](:\d{1,5})?")


class MissingVariableError(ValueError):
    """A value names a variable that the environment does not have."""


def expand(value: str, environment: Mapping[str, str]) -> str:
    """A value with what it names of the environment put in: `env:NAME` whole, `${NAME}` anywhere.

    Raises `MissingVariableError`, which names the variable and never a value.
    """
    whole = _WHOLE.fullmatch(value.strip())
    return _variable(whole[1], environment) if whole else _VARIABLE.sub(lambda m: _variable(m[1], environment), value)


def _variable(name: str, environment: Mapping[str, str]) -> str:
    found = environment.get(name, "")
    if not found:
        raise MissingVariableError(f"the environment has no variable {name}")
    return found


def named(value: str) -> bool:
    """Whether a value, or a part of it, stands in the environment."""
    return bool(_WHOLE.fullmatch(value.strip()) or _VARIABLE.search(value))


def hours(value: str) -> tuple[time, time]:
    """`22:00-07:00` as two times of the day. Raises `ValueError`."""
    found = _HOURS.fullmatch(value.strip())
    if not found:
        raise ValueError("write quiet hours like 22:00-07:00")
    first, last = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    if first == last:
        raise ValueError("quiet hours that end when they begin are none; write them like 22:00-07:00")
    return first, last


def daily(value: str) -> time | None:
    """The time of the day of a daily digest, None for an hourly one. Raises `ValueError`."""
    if value.strip() == "hourly":
        return None
    found = _DAILY.fullmatch(value.strip())
    if not found:
        raise ValueError('write "hourly" or "daily 08:00"')
    return time(int(found[1]), int(found[2]))


def _hours(value: str) -> str:
    hours(value)
    return value


def _digest(value: str) -> str:
    daily(value)
    return value


def _mail(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError(f"not an e-mail address: {value!r}; write one like desk@example.org")
    return value


def _server(value: str) -> str:
    port = int(value.rpartition(":")[2]) if re.search(r":\d+$", value) else 25
    if not _SERVER.fullmatch(value) or not 0 < port < 65536:
        raise ValueError(f"not a mail server: {value!r}; write one like mail.example:587")
    return value


def _hook(value: str) -> str:
    if named(value):
        return value
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("a webhook's address begins with https:// and names a host")
    return value


def _service(value: str) -> str:
    if not named(value) and not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", value):
        raise ValueError(
            "write an Apprise address, such as slack://… or tgram://…, or env:NAME of the variable that holds it"
        )
    return value


def _word(value: str) -> str:
    if not value.strip():
        raise ValueError("an empty word is in every text")
    return value


Words = Annotated[tuple[Annotated[str, AfterValidator(_word)], ...], Field(strict=False)]
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[\w][\w .@+-]*$")]


class Rule(Table):
    """Which changes: each key narrows, a list is any of. `keywords` are whole words of the text before or after, or the headline;
    a `significance` that is not set is `substantive`, or whatever the table's rules say."""

    sources: Annotated[tuple[str, ...], Field(strict=False)] = ()
    kinds: Annotated[tuple[KindName, ...], Field(strict=False)] = ()
    natures: Annotated[tuple[NatureName, ...], Field(strict=False)] = ()
    significance: Level | None = None
    keywords: Words = ()
    exclude: Words = ()
    pinned: bool = False


class Notify(Rule):
    """A channel, its rule and its hours. `rule` tables beside the table's own keys: a change must fit those and one of these."""

    name: Name
    url: Annotated[str, AfterValidator(_service)] | None = None
    webhook: Annotated[str, AfterValidator(_hook)] | None = None
    secret: str | None = None
    allow_private: bool = False
    email: Annotated[tuple[Annotated[str, AfterValidator(_mail)], ...], Field(strict=False)] = ()
    sender: Annotated[str, AfterValidator(_mail)] | None = None
    smtp: Annotated[str, AfterValidator(_server)] | None = None
    smtp_security: Literal["tls", "starttls", "none"] | None = None
    smtp_user: str | None = None
    smtp_password: str | None = None
    terminal: bool = False
    enabled: bool = True
    events: bool = True
    quiet_hours: Annotated[str, AfterValidator(_hours)] | None = None
    digest: Annotated[str, AfterValidator(_digest)] | None = None
    most_per_hour: Annotated[int, Field(ge=1, le=10_000)] | None = None
    zone: Zone | None = None
    timeout_s: Annotated[float, Field(ge=1, le=120)] = 20.0
    rule: Annotated[tuple[Rule, ...], Field(strict=False)] = ()

    @property
    def way(self) -> str:
        """`url`, `webhook`, `email` or `terminal`."""
        return next(way for way in WAYS if getattr(self, way))

    @model_validator(mode="after")
    def _whole(self) -> Self:
        ways = [way for way in WAYS if getattr(self, way)]
        if len(ways) != 1:
            said = f"has {' and '.join(ways)}" if ways else "has none"
            raise ValueError(f"a channel needs one of {', '.join(WAYS)}; this one {said}")
        if self.name == TERMINAL and not self.terminal:
            raise ValueError(f"the name {TERMINAL!r} is the terminal's; choose another")
        self._whole_way(ways[0])
        return self

    def _whole_way(self, way: str) -> None:
        needs = {"webhook": ("secret",), "email": ("smtp", "sender")}.get(way, ())
        for key in needs:
            if not getattr(self, key):
                raise ValueError(f"a channel by {way} needs {key!r} as well")
        own = {"webhook": {"secret", "allow_private"}}.get(way, set())
        if way == "email":
            own = {"sender", "smtp", "smtp_security", "smtp_user", "smtp_password"}
        theirs = {"secret", "allow_private", "sender", "smtp", "smtp_security", "smtp_user", "smtp_password"} - own
        stray = next((key for key in sorted(theirs) if getattr(self, key)), None)
        if stray:
            raise ValueError(f"{stray!r} is no key of a channel by {way}")
        if self.smtp_security == "none" and self.smtp_password:
            raise ValueError("a password is not sent without encryption; set smtp_security to tls or starttls")
