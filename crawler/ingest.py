"""The one way in: archive → read → decide → store with the next check, marked to compare, in one transaction.

A closure that stores runs on the writer's thread and resolves after its commit, so what a caller is told is stored is stored.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from crawler import faults
from crawler.decide import FAILURE_OF_TYPE, LEGAL_STATUS, Former, NotRead, Read, missing_status
from crawler.fetch.pace import host_of
from crawler.readers import PageBytes, PageReading, Readers
from crawler.reread import Rereader
from crawler.store import Facts, Store, Visit
from db.records import ArchiveRef, PageRecord
from db.types import Failure, Fetched, FetchFailed, Outcome, PageType, Reason
from db.writer import Writer, WriterClosedError

ZoneOf = Callable[[int], str | None]
WALL_STATUS = frozenset({401, 403, 503})
WALLS = frozenset({PageType.BLOCKED, PageType.CONSENT, PageType.LOGIN})

log = structlog.get_logger("newswatch")


class Archive(Protocol):
    """What ingest needs of `db.archive.writer.ArchiveWriter`."""

    def append(self, fetched: Fetched) -> Future[ArchiveRef]: ...


class Ingest:
    """Takes what a visit fetched. `zone_of` gives a source's time zone by its id. `stale` says, in the transaction that would
    store a visit, whether another process stored one of that page since the page was loaded: then this one is dropped."""

    def __init__(
        self,
        writer: Writer,
        archive: Archive,
        readers: Readers,
        *,
        store: Store,
        rereader: Rereader,
        zone_of: ZoneOf,
        stale: Callable[[Session, PageRecord], bool] = lambda *_: False,
    ) -> None:
        self._stale = stale
        self._writer, self._archive, self._readers = writer, archive, readers
        self._store, self._rereader, self._zone_of = store, rereader, zone_of
        self._versions: dict[tuple[str, str | None], str] = {}  # what readers said they are, by host and zone

    async def take(self, page: PageRecord, result: Fetched | FetchFailed) -> Visit:
        """Store what a visit to a page came to. Never raises for what the page, the disk or an error of ours did: that is the
        outcome."""
        try:
            if isinstance(result, FetchFailed):
                return await self._failed(page, result)
            faults.point("fetched")
            if result.status == 304:
                return await self._submit(
                    page, lambda session: self._store.not_modified(session, page, _facts(result, None))
                )
            return await self._fetched(page, result)
        except (SQLAlchemyError, WriterClosedError) as error:
            return _not_stored(page, result, Reason.DATABASE, f"the database did not take it: {error}")
        except OSError as error:
            return await self._disk_full(page, result, error)
        except Exception as error:
            log.exception("a visit ended in an error of ours", url=page.url)
            return await self._broken(page, result, in_a_line(error))

    async def read(self, fetched: Fetched, zone: str | None, known: tuple[str, str] | None = None) -> PageReading:
        """What a reader makes of an answer; nothing is stored. `known` is as in `PageBytes`."""
        url = fetched.final_url or fetched.url
        given = PageBytes(
            url, fetched.body, fetched.read_headers, fetched.at, fetched.status, zone, known, fetched.rendered
        )
        return await self._readers.page(given)

    async def refusal(self, result: FetchFailed, zone: str | None) -> tuple[str, str]:
        """Reason and detail of a failed visit. Where a refusal came with a page, that page says whether it is a wall."""
        asked_to_wait = result.reason == Reason.RATE_LIMITED
        if result.answer is None or not result.answer.body or result.status not in WALL_STATUS or asked_to_wait:
            return result.reason, result.detail
        kind = _kind(await self.read(result.answer, zone))
        return (str(FAILURE_OF_TYPE[kind]), result.detail) if kind in WALLS else (result.reason, result.detail)

    async def _failed(self, page: PageRecord, result: FetchFailed) -> Visit:
        """What was answered with an error is evidence too: archived, but an article only ever comes of an answer without."""
        ref = await self._archived(result.answer) if result.answer else None
        reason, detail = await self.refusal(result, self._zone_of(page.source_id))
        seen = NotRead(reason, missing=missing_status(result.status), legal=result.status == LEGAL_STATUS)
        facts = Facts(
            result.at,
            result.status,
            result.final_url or page.url,
            result.hops,
            ref=ref,
            retry_at=result.retry_at,
            detail=detail,
        )
        return await self._submit(page, lambda session: self._store.not_read(session, page.id, seen, facts))

    async def _archived(self, fetched: Fetched) -> ArchiveRef:
        return await asyncio.wrap_future(self._archive.append(fetched))

    async def _disk_full(self, page: PageRecord, result: Fetched | FetchFailed, error: OSError) -> Visit:
        """The archive did not take an answer, or not the copy that a version rests on: a check says so, where even that goes."""
        detail = f"the archive could not be written: {error.strerror or error}"
        facts = Facts(result.at, result.status, result.final_url or page.url, result.hops, detail=detail)
        seen = NotRead(Reason.DISK_FULL)
        try:
            return await self._submit(page, lambda session: self._store.not_read(session, page.id, seen, facts))
        except (SQLAlchemyError, WriterClosedError, OSError):
            return _not_stored(page, result, Reason.DISK_FULL, detail)

    async def _broken(self, page: PageRecord, result: Fetched | FetchFailed, detail: str) -> Visit:
        """A page that we stumble over is looked at later: still due, it would be fetched again at every tick."""
        facts = Facts(result.at, result.status, result.final_url or page.url, detail=detail)
        try:
            return await self._submit(page, lambda session: self._store.put_off(session, page.id, facts))
        except (SQLAlchemyError, WriterClosedError):
            return _not_stored(page, result, Reason.INTERNAL, detail)

    async def _fetched(self, page: PageRecord, fetched: Fetched) -> Visit:
        ref = await self._archived(fetched)
        faults.point("archived")
        facts = _facts(fetched, ref)
        encoded = fetched.raw is not fetched.body and not fetched.rendered
        body_digest = hashlib.sha256(fetched.body).hexdigest() if encoded else ref.digest
        zone = self._zone_of(page.source_id)
        if not fetched.rendered and self._read_before(page, body_digest, fetched, zone):
            return await self._submit(page, lambda session: self._store.same(session, page, facts, body_digest))
        made = await self.read(fetched, zone, _known(page, fetched))
        faults.point("read")
        if made.reader_version and not fetched.rendered:
            self._versions[host_of(fetched.final_url), zone] = made.reader_version
        if made.same:
            return await self._submit(page, lambda session: self._store.same(session, page, facts, body_digest))
        if made.article is None or made.digest is None:
            return await self._unreadable(page, made.failure, facts)
        seen_now = Read(made.article, made.digest, made.reader_version, body_digest)
        reread = await self._reread(page, made.reader_version, zone)
        return await self._submit(page, lambda session: self._store.read(session, page.id, seen_now, reread, facts))

    def _read_before(self, page: PageRecord, body_digest: str, fetched: Fetched, zone: str | None) -> bool:
        """Whether these very bytes were read last time, by the reader of today. What came through a redirect is read."""
        if page.body_digest != body_digest or fetched.hops or page.latest_revision_id is None or fetched.status >= 400:
            return False
        return page.reader_version == self._versions.get((host_of(fetched.final_url), zone))

    async def _reread(self, page: PageRecord, version: str, zone: str | None) -> Former | None:
        if page.latest_revision_id is None or page.reader_version == version:
            return None
        return await self._rereader.former(page, version, zone)

    async def _unreadable(self, page: PageRecord, failure: Failure | None, facts: Facts) -> Visit:
        seen = not_read(failure, facts.status)
        facts = Facts(
            facts.at, facts.status, facts.final_url, facts.hops, ref=facts.ref, detail=failure.detail if failure else ""
        )
        return await self._submit(page, lambda session: self._store.not_read(session, page.id, seen, facts))

    async def _submit(self, page: PageRecord, closure: Callable[[Session], Visit]) -> Visit:
        def guarded(session: Session) -> Visit:
            return _overtaken(page) if self._stale(session, page) else closure(session)

        visit = await asyncio.wrap_future(self._writer.submit(guarded))
        faults.point("stored")
        return visit


def in_a_line(error: BaseException) -> str:
    """An error as the detail of a visit."""
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"[:200]


def _not_stored(page: PageRecord, result: Fetched | FetchFailed, reason: Reason, detail: str) -> Visit:
    """Nothing was stored, so that the page is still due."""
    line = detail.splitlines()[0][:200]
    return Visit(page.id, page.url, Outcome.FAILED, result.status, reason, line, stored=False)


def _overtaken(page: PageRecord) -> Visit:
    detail = "another worker looked at it meanwhile"
    return Visit(page.id, page.url, Outcome.FAILED, None, Reason.DATABASE, detail, stored=False)


def _kind(made: PageReading) -> str | None:
    if made.article:
        return made.article.page_type
    return made.failure.page_type if made.failure else None


def _known(page: PageRecord, fetched: Fetched) -> tuple[str, str] | None:
    """The page's last reading, where nothing but "the same" would follow from finding it again."""
    plain = page.state in {"live", "paywalled"} and page.latest_revision_id is not None and not fetched.hops
    return (page.reader_version, page.reading_digest) if plain and page.reader_version and page.reading_digest else None


def not_read(failure: Failure | None, status: int | None) -> NotRead:
    """A reader's failure as evidence: a page that says it is removed is missing, whatever its status."""
    if failure is None:
        return NotRead(Reason.UNREADABLE)
    kind = failure.page_type
    missing = kind == PageType.REMOVED or missing_status(status)
    reason = FAILURE_OF_TYPE.get(kind, Reason.NOT_AN_ARTICLE) if kind else failure.reason
    return NotRead(str(reason), missing=missing, legal=status == LEGAL_STATUS)


def _facts(fetched: Fetched, ref: ArchiveRef | None, detail: str = "") -> Facts:
    # validators belong to the address that gave them; a redirect's are of no use for the address we ask
    own = not fetched.hops and not fetched.rendered
    return Facts(
        fetched.at,
        fetched.status,
        fetched.final_url,
        fetched.hops,
        etag=fetched.header("etag") if own else None,
        last_modified=fetched.header("last-modified") if own else None,
        ref=ref,
        detail=detail,
    )
