"""The one way in: a response's bytes to an `Article` or a `Failure`.

The same bytes, address, headers, time of fetch and zone always give the same reading: nothing is learnt at run time.
`reader_version` names the reader that made a reading, so that two readings by different readers are never compared.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree

from crawler import sites
from crawler.extract.page import ArticlePage, Context
from crawler.extract.parse import UnreadableError, parse
from db.types import Article, Failure, PageType, Reason

LIBRARIES = (
    "charset-normalizer",
    "hijridate",
    "jdatetime",
    "lxml",
    "rapidfuzz",
    "trafilatura",
    "tzdata",
    "w3lib",
    "web-poet",
)
"""The libraries whose version can change a reading."""

_CODE = Path(__file__).parent
_SITES = Path(sites.__file__).parent


def read(
    body: bytes,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    fetched_at: datetime | None = None,
    zone: str | None = None,
    status: int = 200,
) -> Article | Failure:
    """The reading of one response, `body` decompressed.

    A page that is no story (an index, an error, a challenge, a wall) is an `Article` whose `page_type` says so; bytes that hold
    no page at all are a `Failure`. `fetched_at` is aware and dates relative times; `zone` is the source's IANA time zone.
    """
    page = open_page(body, url, headers=headers, fetched_at=fetched_at, zone=zone, status=status)
    if isinstance(page, Failure):
        return page
    article = page.to_article()
    if article.headline is None and not article.body and article.page_type == PageType.ARTICLE:
        return Failure(url, Reason.EMPTY, "the markup holds no headline and no story; the page may need rendering")
    return article


def open_page(
    body: bytes,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    fetched_at: datetime | None = None,
    zone: str | None = None,
    status: int = 200,
) -> ArticlePage | Failure:
    """The page object of a response, the site's own where there is one; a `Failure` where the bytes hold no page."""
    try:
        urlsplit(url)
    except ValueError as error:
        return Failure(url, Reason.BAD_ADDRESS, str(error))
    try:
        document = parse(body, url, headers=headers, fetched_at=fetched_at, zone=zone, status=status)
    except UnreadableError as error:
        return Failure(url, error.reason, error.detail)
    return sites.page_for(document).of_document(document, Context(fetched_at, zone))


@cache
def reader_version(url: str, zone: str | None = None) -> str:
    """Sixteen hex digits that change when the reader of this address's site can give another reading.

    A digest of the extract code and its word lists, the site's own file, the reading libraries' versions, Python's Unicode
    version and the zone setting.
    """
    return _version(sites.module_name(urlsplit(url).hostname or ""), zone)


@cache
def _version(site: str | None, zone: str | None) -> str:
    digest = hashlib.sha256(_generic_digest())
    for name in sites.files(site) if site is not None else ():
        digest.update((_SITES / f"{name}.py").read_bytes())
    digest.update(f"zone={zone}".encode())
    return digest.hexdigest()[:16]


@cache
def _generic_digest() -> bytes:
    digest = hashlib.sha256()
    for path in code_files():
        digest.update(path.relative_to(_CODE).as_posix().encode() + b"\0" + path.read_bytes())
    for line in _versions():
        digest.update(line.encode())
    return digest.digest()


def code_files() -> list[Path]:
    """The files that decide a reading: code and word lists of the extract package, in a fixed order."""
    return sorted(path for path in _CODE.rglob("*") if path.suffix in {".py", ".toml", ".json", ".txt", ".gz"})


def _versions() -> Iterable[str]:
    yield f"unicode {unicodedata.unidata_version}"
    yield f"libxml2 {'.'.join(map(str, etree.LIBXML_VERSION))}"
    for name in LIBRARIES:
        yield f"{name} {metadata.version(name)}"
