"""From the `[[notify]]` tables to channels that can send: secrets taken from the environment, addresses judged."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import time
from functools import partial
from zoneinfo import ZoneInfo

from crawler.fetch.policy import networks, refusal
from crawler.notify_tables import MissingVariableError, Notify, Rule, daily, expand, hours
from crawler.sources import FILE_NAME, ConfigError, Settings
from db.records import ChangeRecord
from db.types import Significance
from monitor.notify import rules
from monitor.notify.channel import TERMINAL, Channel, Route
from monitor.notify.mail import Mail, server_of
from monitor.notify.rules import Choice
from monitor.notify.timing import Timing
from monitor.notify.webhook import Webhook, key_of

# what `allow_private` opens: not link-local, where clouds keep their metadata
PRIVATE = networks(
    ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1/128", "fc00::/7")
)
TERMINAL_ROUTE = Route(TERMINAL, TERMINAL, "the service's terminal")


class Chooser:
    """Which channels want a change."""

    def __init__(self, choices: Mapping[str, Choice]) -> None:
        self._choices = choices

    def __call__(self, record: ChangeRecord, *, pinned: bool) -> list[str]:
        return [name for name, choice in self._choices.items() if choice.wants(record, pinned=pinned)]


def enabled(settings: Settings) -> list[Notify]:
    return [channel for channel in settings.notify if channel.enabled]


def chooser(settings: Settings) -> Chooser:
    """Whom the configuration wants told. The terminal is, from substantive on, unless a table says otherwise."""
    choices = {channel.name: choice_of(channel) for channel in enabled(settings)}
    if not any(channel.terminal for channel in settings.notify):
        choices = {TERMINAL: Choice(), **choices}
    return Chooser(choices)


def choice_of(channel: Notify) -> Choice:
    """A channel's own keys and its `rule` tables. Where it has those, they say how much a change must matter."""
    lowest = Significance.COSMETIC if channel.rule else Significance.SUBSTANTIVE
    return Choice(_rule(channel, lowest), tuple(_rule(rule, Significance.SUBSTANTIVE) for rule in channel.rule))


def _rule(table: Rule, unset: str) -> rules.Rule:
    return rules.Rule(
        sources=table.sources,
        kinds=table.kinds,
        natures=table.natures,
        significance=table.significance or unset,
        keywords=table.keywords,
        exclude=table.exclude,
        pinned=table.pinned,
    )


def timing_of(channel: Notify, display_zone: str | None) -> Timing:
    at = daily(channel.digest) if channel.digest else None
    return Timing(
        zone=ZoneInfo(channel.zone or display_zone or "UTC"),
        quiet=hours(channel.quiet_hours) if channel.quiet_hours else None,
        digest=None if channel.digest is None else "daily" if at else "hourly",
        daily_at=at or time(8),
        most_per_hour=channel.most_per_hour,
        events=channel.events,
    )


def routes(settings: Settings, environment: Mapping[str, str] | None = None) -> tuple[Route, ...]:
    """The channels that are switched on.

    Raises `ConfigError` where one cannot be used: a variable is missing, or no service knows an address. It names the line and no
    secret.
    """
    given = os.environ if environment is None else environment
    found = [route_of(channel, settings, given) for channel in enabled(settings)]
    return tuple(found if any(channel.terminal for channel in settings.notify) else [TERMINAL_ROUTE, *found])


def route_of(channel: Notify, settings: Settings, environment: Mapping[str, str]) -> Route:
    """One channel, ready to send. Raises `ConfigError`."""
    timing = timing_of(channel, settings.display_zone)
    try:
        kind, target, sender = _MAKERS[channel.way](channel, timing, environment)
    except (MissingVariableError, ValueError) as error:
        line = settings.lines.get(channel.name, 1)
        raise ConfigError(f"{FILE_NAME}, line {line}: channel {channel.name!r}: {error}") from None
    return Route(channel.name, kind, target, sender, choice_of(channel), timing, channel.timeout_s)


Made = tuple[str, str, Channel | None]


def _terminal(channel: Notify, timing: Timing, environment: Mapping[str, str]) -> Made:
    del channel, timing, environment
    return TERMINAL, TERMINAL_ROUTE.target, None


def _webhook(channel: Notify, timing: Timing, environment: Mapping[str, str]) -> Made:
    del timing
    key = key_of(expand(channel.secret or "", environment))
    url = expand(channel.webhook or "", environment)
    allow = PRIVATE if channel.allow_private else ()
    made = Webhook(channel.name, url, key, judge=partial(refusal, allow=allow), timeout_s=channel.timeout_s)
    return "webhook", made.target, made


def _email(channel: Notify, timing: Timing, environment: Mapping[str, str]) -> Made:
    user = expand(channel.smtp_user, environment) if channel.smtp_user else None
    password = expand(channel.smtp_password, environment) if channel.smtp_password else None
    server = server_of(channel.smtp or "", channel.smtp_security, user, password)
    made = Mail(
        channel.name, channel.email, channel.sender or "", server, zone=timing.zone, timeout_s=channel.timeout_s
    )
    return "email", made.target, made


def _service(channel: Notify, timing: Timing, environment: Mapping[str, str]) -> Made:
    from monitor.notify.services import Service  # Apprise takes a while to import

    made = Service(expand(channel.url or "", environment), zone=timing.zone, timeout_s=channel.timeout_s)
    return "service", made.target, made


_MAKERS = {"terminal": _terminal, "webhook": _webhook, "email": _email, "url": _service}


def named(settings: Settings, name: str) -> Notify | None:
    """The table of that name, switched on or not."""
    found: Iterable[Notify] = (channel for channel in settings.notify if channel.name == name)
    return next(iter(found), None)
