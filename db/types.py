"""The values that cross borders: frozen, free of any import of ours, the same on every database.

Instants in values read off a page (`Article.published`, `modified`) are ISO 8601 strings, `YYYY-MM-DD` where the page gives
a date alone. Instants of our own doing (`Check.at`, `Change.not_after` …) are aware `datetime` values in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class PageType(StrEnum):
    """What a fetched page is. Only `ARTICLE_TYPES` can become revisions."""

    ARTICLE = "article"
    LIVE = "live"
    GALLERY = "gallery"
    VIDEO = "video"
    INDEX = "index"
    ERROR = "error"
    BLOCKED = "blocked"
    CONSENT = "consent"
    LOGIN = "login"
    REMOVED = "removed"


ARTICLE_TYPES = frozenset({PageType.ARTICLE, PageType.LIVE, PageType.GALLERY, PageType.VIDEO})


class Role(StrEnum):
    """What a block of the body is."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    QUOTE = "quote"
    LIST = "list"
    CAPTION = "caption"


class Kind(StrEnum):
    """What changed (DESIGN, Words)."""

    HEADLINE = "headline"
    DECK = "deck"
    BYLINE = "byline"
    DATELINE = "dateline"
    PUBLISHED = "published"
    MODIFIED = "modified"
    BODY = "body"
    CAPTION = "caption"
    NOTICE = "notice"
    SECTION = "section"
    TAGS = "tags"
    ADDRESS = "address"
    AVAILABILITY = "availability"


class Nature(StrEnum):
    """How it changed; several may hold."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    TYPO = "typo"
    PUNCTUATION = "punctuation"
    STYLE = "style"
    REWORDED = "reworded"
    NUMBER = "number"
    NAME = "name"
    PLACE = "place"
    DATE = "date"
    TIME = "time"
    NEGATION = "negation"
    HEDGE = "hedge"
    QUOTE = "quote"
    CORRECTION = "correction"
    CLARIFICATION = "clarification"
    UPDATE = "update"
    EDITOR_NOTE = "editor_note"
    RETRACTION = "retraction"
    STEALTH = "stealth"
    FRESHENED = "freshened"
    BACKDATED = "backdated"
    FLAPPING = "flapping"
    REVERTED = "reverted"


class Significance(StrEnum):
    """How much a change matters, from the table of natures."""

    COSMETIC = "cosmetic"
    MINOR = "minor"
    SUBSTANTIVE = "substantive"


SIGNIFICANCE_ORDER: Mapping[str, int] = {Significance.COSMETIC: 0, Significance.MINOR: 1, Significance.SUBSTANTIVE: 2}


@dataclass(frozen=True, slots=True)
class Block:
    """One block of the body, in reading order. `at` is a live entry's own time as displayed or ISO, else None."""

    role: str
    text: str
    at: str | None = None


@dataclass(frozen=True, slots=True)
class Dateline:
    """The place line that opens a story. `text` is as written, with its dash; the rest are its parts."""

    text: str
    place: str | None = None
    date: str | None = None
    agency: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A correction, clarification, update, editor's note or retraction that stands on the page."""

    nature: str
    text: str


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of the story: its address and its caption, if any."""

    url: str
    caption: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """What a reader made of one page: the normalised reading (DESIGN, Contracts). Text is NFC with single spaces.

    `headlines` maps each surface (`h1`, `title`, `og`, `twitter`, `json_ld`, `feed` …) to its words; `headline` is the one a
    reader of the page sees. `displayed_time` is the time line as shown; `displayed_relative` says it is relative ("2 hours
    ago") and so never makes a change. `provenance` maps a field to where it was read.
    """

    url: str
    headline: str | None = None
    headlines: Mapping[str, str] = field(default_factory=dict)
    deck: str | None = None
    byline: str | None = None
    authors: tuple[str, ...] = ()
    dateline: Dateline | None = None
    published: str | None = None
    modified: str | None = None
    displayed_time: str | None = None
    displayed_relative: bool = False
    section: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    publisher: str | None = None
    notices: tuple[Notice, ...] = ()
    body: tuple[Block, ...] = ()
    body_complete: bool = True
    images: tuple[Image, ...] = ()
    page_type: str = PageType.ARTICLE
    canonical: str | None = None
    provenance: Mapping[str, str] = field(default_factory=dict)


class Reason(StrEnum):
    """Why a visit gave no article. A named reason stands on every failed check."""

    BAD_ADDRESS = "bad_address"
    DNS = "dns"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    TLS = "tls"
    CONNECTION = "connection"
    REDIRECT_LOOP = "redirect_loop"
    HTTP_CLIENT = "http_4xx"
    HTTP_SERVER = "http_5xx"
    RATE_LIMITED = "rate_limited"
    GONE = "gone"
    ROBOTS = "robots"
    GUARD = "address_guard"
    TOO_LARGE = "too_large"
    BOMB = "decompression_bomb"
    TRUNCATED = "truncated"
    EMPTY = "empty"
    BINARY = "binary"
    UNREADABLE = "unreadable"
    READER_TIMEOUT = "reader_timeout"
    READER_CRASH = "reader_crash"
    NOT_A_FEED = "not_a_feed"
    NOT_AN_ARTICLE = "not_an_article"
    BLOCKED = "blocked"
    CONSENT = "consent"
    LOGIN = "login"
    ERROR_PAGE = "error_page"
    RENDER = "not_rendered"
    DISK_FULL = "disk_full"
    DATABASE = "database"
    INTERNAL = "internal_error"


@dataclass(frozen=True, slots=True)
class Failure:
    """A page that could not be read, and why. `detail` is one line for a person."""

    url: str
    reason: str
    detail: str = ""
    page_type: str | None = None


class Outcome(StrEnum):
    """What a visit came to. `NEW` and `CHANGED` store a revision; the others are a check row alone."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    NOT_MODIFIED = "not_modified"
    HELD = "held"
    REBASED = "rebased"
    GONE = "gone"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Change:
    """A difference between two revisions in one field, or a confirmed difference of page state.

    `ops` are word operations `(tag, before words, after words)` with tag `equal | insert | delete | replace | move`; in a
    body's, a blank line stands between paragraphs and a move is two operations (`monitor.changes.diff`).
    `facts` are short sentences a person can check ("number 12 → 20"). `suppressed_by` names the noise rule that hid it, if any.
    """

    kind: str
    natures: tuple[str, ...]
    significance: str
    before: str | None
    after: str | None
    surface: str | None = None
    ops: tuple[tuple[str, str, str], ...] = ()
    facts: tuple[str, ...] = ()
    suppressed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Wire:
    """An exchange as it went over the wire. `asked` and `answered` are the heads as sent and as received: request or status line
    and header lines, in latin-1, without the empty line that ends them. `tls` is the protocol ("TLSv1.3"), `certificate` the
    SHA-256 of the server's certificate (DER), in hex; both None where nothing was encrypted."""

    asked: str = ""
    answered: str = ""
    tls: str | None = None
    cipher: str | None = None
    certificate: str | None = None


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect that was followed: where it stood, its status and where it pointed; and the exchange, for the archive."""

    url: str
    status: int
    location: str
    at: datetime | None = field(default=None, compare=False)
    ip: str | None = field(default=None, compare=False)
    raw: bytes = field(default=b"", compare=False, repr=False)
    wire: Wire | None = field(default=None, compare=False, repr=False)


RENDERED_HEADERS = (("Content-Type", "text/html; charset=utf-8"),)


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer to one visit, as received. `raw` is the body before decompression (what is archived), `body` after it.

    `url` is the address asked, `final_url` the one that answered. `headers` are `(name, value)` as received, in order.
    `rendered` says that `body` is the document as a browser made it of `raw`, in UTF-8.
    `started_at` and `at` are the instants the request began and the answer was whole.
    """

    url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    raw: bytes
    body: bytes
    started_at: datetime
    at: datetime
    hops: tuple[Hop, ...] = ()
    request_headers: tuple[tuple[str, str], ...] = ()
    ip: str | None = None
    rendered: bool = False
    wire: Wire | None = field(default=None, compare=False, repr=False)

    def header(self, name: str) -> str | None:
        """The first header of that name, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def read_headers(self) -> tuple[tuple[str, str], ...]:
        """The headers that `body` is read with: a rendered document has none of its own but its type."""
        return RENDERED_HEADERS if self.rendered else self.headers


@dataclass(frozen=True, slots=True)
class FetchFailed:
    """A visit that gave no usable answer, and why (`Reason`). `retry_at` is when the server asked us to come back;
    `answer` is what it sent with an error status, for the archive and for telling a block from a fault."""

    url: str
    reason: str
    detail: str
    at: datetime
    status: int | None = None
    final_url: str | None = None
    retry_at: datetime | None = None
    hops: tuple[Hop, ...] = ()
    answer: Fetched | None = None
