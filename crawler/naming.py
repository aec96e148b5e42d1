"""Which address a page goes by: one article is one page, whatever AMP, mobile, print or tracking addresses lead to it.

A page's first version is read at the address it goes by. Where the first answer names another one (`rel=canonical`), that is
visited before anything is stored; only if the same headline stands there is it the page's own, else the page goes back to
where it was found. A known page is joined only where both readings are of one story. Other addresses are kept as aliases.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from crawler.decide import NotRead, Read
from crawler.discover.address import canonical, resolve
from crawler.fetch.pace import host_of
from crawler.settle import Landing, same_document, same_story
from db.queries import pages, revisions
from db.records import PageRecord
from db.types import Article, Reason

NAMED: Final = "canonical"
"""Stands in `held_reason` of a page that was never read, while the address its first answer named is tried."""
ADDRESSES_TRIED: Final = 2
# what may pass: the address is asked again. Anything else says that no story can be had there.
_PASSING: Final = frozenset(
    {
        Reason.DNS, Reason.TIMEOUT, Reason.TLS, Reason.CONNECTION, Reason.REFUSED, Reason.HTTP_SERVER, Reason.RATE_LIMITED,
        Reason.TRUNCATED, Reason.READER_TIMEOUT, Reason.READER_CRASH, Reason.RENDER, Reason.DISK_FULL, Reason.DATABASE,
        Reason.INTERNAL,
    }
)  # fmt: skip
Moved = Callable[[Session, PageRecord, str], None]


@dataclass(frozen=True, slots=True)
class Settled:
    """`page` is the page whose article was read; `stored_here` is false where it is to be visited at its address first."""

    page: PageRecord
    stored_here: bool = True


def settle(
    session: Session, page: PageRecord, seen: Read, *, landed: Landing, final: str, at: datetime, moved: Moved
) -> Settled:
    """Give a page that was read the address it goes by, or find the known page it belongs to. `moved` tells of a move."""
    final = canonical(final)
    named = resolve(final, seen.article.canonical)
    here = canonical(landed.address) if landed.kind == "moved" or page.latest_revision_id is None else page.url
    address = here
    if page.latest_revision_id is None and named and named != here:
        address = named if _believed(session, page, named, seen) else here
    other = pages.find(session, [address]) if address != page.url else None
    if other and other.id != page.id:
        return Settled(_join(session, page, other, landed=landed, at=at, moved=moved), stored_here=False)
    elsewhere = page.latest_revision_id is None and not same_document(final, address)
    if address != page.url:
        page = _rename(session, page, address)
        if landed.kind == "moved":
            moved(session, page, address)
    for alias in {final, here, named if address == named or page.latest_revision_id else None} - {None, page.url}:
        pages.add_alias(session, page.id, str(alias))
    if elsewhere:
        pages.record(session, page.id, held_reason=NAMED, held_digest=_print(seen.article), next_check_at=at)
    return Settled(page, stored_here=not elsewhere)


def borne_out(page: PageRecord, read: Article) -> bool:
    """Whether what stands at the address that a first answer named is that answer's story: it has its headline."""
    tried = page.latest_revision_id is None and page.held_reason == NAMED
    return not tried or page.held_digest == _print(read)


def _print(article: Article) -> str:
    words = "".join(char for char in (article.headline or "").casefold() if char.isalnum())
    return hashlib.sha256(words.encode()).hexdigest()


def back(session: Session, page: PageRecord, seen: NotRead, at: datetime) -> PageRecord | None:
    """The page at the address it was found by, where the one that its first answer named holds no story; else None."""
    tried = page.latest_revision_id is None and page.held_reason == NAMED
    if not tried or (seen.reason in _PASSING and not seen.missing):
        return None
    found = next(iter(pages.aliases(session, page.id)), None)
    if found is None:
        return None
    page = _rename(session, page, found)
    pages.record(session, page.id, held_reason=None, held_digest=None, failures=0, gone_count=0, next_check_at=at)
    return page


def _believed(session: Session, page: PageRecord, named: str, seen: Read) -> bool:
    """Whether the address that a first answer names may be tried, or is that of a page with the same story."""
    other = pages.find(session, [named])
    if other is None:
        return len(pages.aliases(session, page.id)) < ADDRESSES_TRIED
    if other.id == page.id:
        return page.url == named  # an alias was tried before, and held no story
    if other.latest_revision_id is None:
        return other.failures == 0 and other.gone_count == 0
    known = revisions.article(session, other.latest_revision_id, seen.reader_version)
    return known is None or same_story(known, seen.article)


def _rename(session: Session, page: PageRecord, address: str) -> PageRecord:
    pages.drop_alias(session, address)
    pages.record(session, page.id, url=address, host=host_of(address))
    pages.add_alias(session, page.id, page.url)
    return replace(page, url=address, host=host_of(address))


def _join(
    session: Session, page: PageRecord, other: PageRecord, *, landed: Landing, at: datetime, moved: Moved
) -> PageRecord:
    """The address belongs to a known page: one article is one page."""
    if page.latest_revision_id is None:
        pages.remove(session, page.id)
        pages.add_alias(session, other.id, page.url)
    else:
        pages.record(session, page.id, active=False, state="moved", state_since=at, last_check_at=at)
        if landed.kind == "moved":
            moved(session, page, other.url)
    pages.bring_forward(session, [other.id], at)
    return other


def known_otherwise(session: Session, page: PageRecord, url: str) -> PageRecord | None:
    """The page under another of its addresses, for a list that names it there while nothing stands at its own any more."""
    return _rename(session, page, url) if page.state == "removed" and url != page.url else None
