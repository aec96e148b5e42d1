"""What the fetching obeys: its settings, a host's pace and one visit's order. Values only, no Scrapy."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

from crawler.render.values import RenderSettings

MIB = 1 << 20
ROBOTS_AGENT = "newswatch"
PROJECT_NOTE = "news change monitor; obeys robots.txt"


def program_version() -> str:
    """The installed version, `0` when run from a folder that was never installed."""
    try:
        return version("newswatch")
    except PackageNotFoundError:
        return "0"


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast one host is asked. `delay` is seconds between two starts, `concurrency` the requests open at once."""

    delay: float = 1.0
    concurrency: int = 1


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """Limits of the engine. Seconds and bytes.

    `contact` is an address or a page of whoever runs this, sent in the user agent. `allow_addresses` are networks
    (`127.0.0.0/8`) that the address guard lets through. `max_body_bytes` counts as received, `max_decoded_bytes` after
    decompression. `max_wait` is the longest hold (Retry-After) that a waiting visit sits out; beyond, it fails at once
    with the time to come back.
    """

    contact: str = ""
    pace: Pace = Pace()
    concurrency: int = 64
    timeout: float = 30.0
    max_body_bytes: int = 10 * MIB
    max_decoded_bytes: int = 40 * MIB
    max_redirects: int = 8
    retries: int = 1
    retry_backoff: float = 2.0
    allow_addresses: tuple[str, ...] = ()
    obey_robots: bool = True
    robots_ttl: float = 12 * 3600.0
    robots_error_ttl: float = 600.0
    crawl_delay_cap: float = 60.0
    retry_after_cap: float = 86400.0
    default_hold: float = 60.0
    max_wait: float = 10.0
    accept: str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    render: RenderSettings = field(default_factory=RenderSettings)

    @property
    def user_agent(self) -> str:
        """The honest name sent with each request: program, version and whom to ask."""
        return f"newswatch/{program_version()} (+{self.contact or PROJECT_NOTE})"


@dataclass(frozen=True, slots=True)
class FetchJob:
    """One visit to make.

    `etag` and `last_modified` are the validators of the last full answer, and `validated_url` the address that gave it
    (None: `url`); they are sent to no other address, for a redirect's new target knows nothing of them. `force_full`
    leaves them out. Higher `priority` goes first within a host. `pace` overrides the default for the page's host. `render` has
    the answer rendered in a browser whose clock is in `zone`; nothing conditional is asked then, for what a page loads by itself
    may change while its document does not. `form` is sent by POST, as a browser sends a form.
    """

    url: str
    etag: str | None = None
    last_modified: str | None = None
    validated_url: str | None = None
    priority: int = 0
    accept: str | None = None
    force_full: bool = False
    pace: Pace | None = None
    proxy: str | None = None
    render: bool = False
    zone: str | None = None
    form: bytes | None = None
