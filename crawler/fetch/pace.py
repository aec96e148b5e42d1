"""The pace of hosts: delays, concurrency and holds. Pure but for `now`, which callers hand in."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import ParseResult, SplitResult, urlsplit

from crawler.fetch.limits import FetchSettings, Pace

_HOSTS_KEPT = 20_000
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LONGEST_DEFAULT_HOLD = 3600.0


def host_of(url: str | SplitResult | ParseResult) -> str:
    """The name a host is paced by: lower case, with its port unless that is the scheme's own. Empty where there is none."""
    parts = urlsplit(url) if isinstance(url, str) else url
    try:
        port = parts.port
    except ValueError:
        port = None
    name = parts.hostname or ""
    return name if port in {None, _DEFAULT_PORTS.get(parts.scheme)} else f"{name}:{port}"


def retry_after(value: str | None, now: datetime, cap: float) -> datetime | None:
    """The instant that a Retry-After header names (RFC 9110, 10.2.3): seconds or a date.

    None for nonsense and for the past; never later than `cap` seconds from `now`.
    """
    seconds = _retry_seconds((value or "").strip(), now)
    return now + timedelta(seconds=min(seconds, cap)) if seconds is not None and seconds > 0 else None


def _retry_seconds(text: str, now: datetime) -> float | None:
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        moment = parsedate_to_datetime(text)
        return (moment.replace(tzinfo=now.tzinfo) if moment.tzinfo is None else moment).timestamp() - now.timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


@dataclass(slots=True)
class _Host:
    asked: Pace | None = None
    crawl_delay: float | None = None
    held_until: datetime | None = None
    refusals: int = 0


class PaceBook:
    """What is known of each host's pace; bounded, the host longest unused is forgotten first."""

    def __init__(self, settings: FetchSettings) -> None:
        self._settings = settings
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    def pace(self, host: str) -> Pace:
        """The slower of the source's pace and the host's Crawl-delay; a Crawl-delay means one request at a time."""
        known = self._hosts.get(host)
        base = (known.asked if known else None) or self._settings.pace
        if known is None or not known.crawl_delay:
            return base
        return Pace(max(base.delay, known.crawl_delay), 1)

    def ask(self, host: str, pace: Pace | None) -> None:
        """A source's own pace for its host; None leaves what stands."""
        if pace is not None:
            self._host(host).asked = pace

    def crawl_delay(self, host: str, seconds: float | None) -> None:
        """Keep what robots.txt asks, capped; None or nonsense takes it back."""
        usable = seconds is not None and seconds > 0
        if usable or host in self._hosts:
            self._host(host).crawl_delay = min(seconds or 0.0, self._settings.crawl_delay_cap) if usable else None

    def crawl_delay_of(self, host: str) -> float | None:
        known = self._hosts.get(host)
        return known.crawl_delay if known else None

    def hold(self, host: str, until: datetime) -> None:
        """Ask nothing of the host until then."""
        self._host(host).held_until = until

    def too_many(self, host: str, now: datetime) -> datetime:
        """A 429 without a usable Retry-After: hold for a default time that doubles while they go on, to an hour."""
        known = self._host(host)
        seconds = min(self._settings.default_hold * 2**known.refusals, _LONGEST_DEFAULT_HOLD)
        known.refusals = min(known.refusals + 1, 16)
        known.held_until = now + timedelta(seconds=seconds)
        return known.held_until

    def answered(self, host: str) -> None:
        """The host gave a usable answer: its refusals are forgiven."""
        known = self._hosts.get(host)
        if known is not None:
            known.refusals = 0

    def held_until(self, host: str, now: datetime) -> datetime | None:
        """When the host may be asked again, None if it may be asked now."""
        known = self._hosts.get(host)
        until = known.held_until if known else None
        # none is longer: the clock was set back since
        longest = timedelta(seconds=max(self._settings.retry_after_cap, _LONGEST_DEFAULT_HOLD))
        return until if until and now < until <= now + longest else None

    def _host(self, host: str) -> _Host:
        found = self._hosts.get(host)
        if found is None:
            found = self._hosts[host] = _Host()
            while len(self._hosts) > _HOSTS_KEPT:
                self._hosts.popitem(last=False)
        else:
            self._hosts.move_to_end(host)
        return found
