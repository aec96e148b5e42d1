"""Past versions taken in: archived, read by today's reader, placed among those that are known. Runs beside a service."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from crawler.backfill.capture import Capture
from crawler.decide import Read, missing_status
from crawler.digest import reading_digest
from crawler.discover.address import same_site
from crawler.fetch.engine import host_of
from crawler.readers import PageBytes, Readers
from crawler.reread import Rereader
from db.archive import segments
from db.archive.writer import ArchiveWriter
from db.engine import reading
from db.home import Home
from db.queries import forgotten, pages, past, revisions, sources
from db.records import ArchiveRef, PageRecord, RevisionRecord, SourceRecord
from db.types import Article, Fetched
from db.writer import Writer
from monitor.service.absences import Absence, note, tell
from monitor.service.placing import Means, Sight, place

PROCESS = "import"
GIVEN = ("feed/1", "newsdiffs/1", "diffengine/1")
BATCH = 64  # sights of one article in a transaction


@dataclass(frozen=True, slots=True)
class Where:
    """Under which source an unknown article goes: the one of its site, else `source`, else, with `anyone`, `adhoc`."""

    source: str | None = None
    anyone: bool = False
    watch: bool = False


class Importer:
    """Takes captures in. `table` is the significance table; `said` is told of each article that was done."""

    def __init__(
        self,
        home: Home,
        engine: Engine,
        readers: Readers,
        where: Where,
        *,
        table: Mapping[str, str] | None = None,
        said: Callable[[str, Counter[str]], None] = lambda *_: None,
    ) -> None:
        self._engine, self._readers, self._where, self._said = engine, readers, where, said
        if home.archive_dir.exists():
            segments.recover(home.archive_dir, PROCESS)
        self._archive = ArchiveWriter(home.archive_dir, PROCESS)
        self._writer = Writer(engine, before_commit=self._archive.sync_kept)
        self._rereader = Rereader(engine, home.archive_dir, readers)
        self._means = Means(self._archive.keep, home.archive_dir, GIVEN.__contains__, table)
        with reading(engine) as session:
            self._sources = sources.every(session)
        self.tally: Counter[str] = Counter()

    def close(self) -> None:
        self._writer.close()
        self._archive.close()

    def wanted(self, url: str) -> bool:
        """Whether an article of that address would be taken."""
        return self._where.anyone or self._where.source is not None or self._source_of(url) is not None

    async def take(self, captures: Iterable[Capture]) -> Counter[str]:
        """Take in captures, those of one article together. Gives how many became what."""
        for url, some in _by_page(captures):
            done = await self._page(url, some)
            self.tally.update(done)
            self._said(url, done)
        return self.tally

    async def _page(self, url: str, captures: list[Capture]) -> Counter[str]:
        if not self.wanted(url):
            return Counter({"elsewhere": len(captures)})
        page, known = await asyncio.to_thread(self._known, url)
        if page is None and await asyncio.to_thread(self._forgotten, url):
            return Counter({"forgotten": len(captures)})
        new = [capture for capture in captures if capture.at not in known]
        done = Counter({"known": len(captures) - len(new)})
        for start in range(0, len(new), BATCH):
            done += await self._batch(url, new[start : start + BATCH])
        return done

    async def _batch(self, url: str, captures: list[Capture]) -> Counter[str]:
        zone = self._zone(url)
        gone = [capture for capture in captures if missing_status(capture.fetched.status)]
        absences = [Absence(one.at, one.fetched.status, await self._archived(one.fetched)) for one in gone]
        captures = [capture for capture in captures if not missing_status(capture.fetched.status)]
        made = await asyncio.gather(*(self._sight(capture, zone) for capture in captures))
        sights = [sight for sight in made if sight is not None]
        done = Counter({"unread": len(made) - len(sights)})
        if not sights and not absences:
            return done
        reread = await self._reread(url, {sight.read.reader_version for sight in sights if not sight.given}, zone)
        now = datetime.now(UTC)

        def closure(session: Session) -> Counter[str]:
            page = pages.find(session, [url])
            if page is None and not sights:
                return Counter({"unread": len(absences)})  # what was never seen cannot have been removed
            page = page or self._make(session, url, min(sight.at for sight in sights), now)
            placed = place(session, page, sights, reread, means=self._means, now=now) if sights else Counter[str]()
            placed["gone"] += note(session, page, absences)
            placed["changes"] += tell(session, page.id, self._means.rules, now, table=self._means.table)
            return placed

        return done + await asyncio.wrap_future(self._writer.submit(closure))

    async def _archived(self, fetched: Fetched) -> ArchiveRef:
        return await asyncio.wrap_future(self._archive.append(fetched))

    async def _sight(self, capture: Capture, zone: str | None) -> Sight | None:
        """A capture archived, then read; None where it reads as no article."""
        fetched = capture.fetched
        ref = await self._archived(fetched)
        if capture.article is not None and capture.reader is not None:
            digest = reading_digest(capture.article)
            return Sight(capture.at, Read(capture.article, digest, capture.reader, ref.digest), ref, given=True)
        given = PageBytes(capture.url, fetched.body, fetched.headers, fetched.at, fetched.status, zone)
        made = await self._readers.page(given)
        if made.article is None or made.digest is None:
            return None
        body_digest = hashlib.sha256(fetched.body).hexdigest()
        return Sight(capture.at, Read(made.article, made.digest, made.reader_version, body_digest), ref)

    async def _reread(self, url: str, versions: set[str], zone: str | None) -> dict[tuple[int, str], Article]:
        """The known versions of a page by the readers of the new sights, where they were read by others."""
        found: dict[tuple[int, str], Article] = {}
        page, stored = await asyncio.to_thread(self._stored, url)
        for revision in stored:
            for version in versions - {revision.reader_version}:
                if page is None or revision.reader_version in GIVEN:
                    continue
                former = await self._rereader.former(replace(page, latest_revision_id=revision.id), version, zone)
                if former.article:
                    found[revision.id, version] = former.article
        return found

    def _stored(self, url: str) -> tuple[PageRecord | None, list[RevisionRecord]]:
        with reading(self._engine) as session:
            page = pages.find(session, [url])
            return page, revisions.of_page(session, page.id) if page else []

    def _known(self, url: str) -> tuple[PageRecord | None, set[datetime]]:
        with reading(self._engine) as session:
            page = pages.find(session, [url])
            return page, past.visited_at(session, page.id) if page else set()

    def _forgotten(self, url: str) -> bool:
        with reading(self._engine) as session:
            return bool(forgotten.among(session, [url]))

    def _source_of(self, url: str) -> SourceRecord | None:
        return next((source for source in self._sources if source.home and same_site(url, source.home)), None)

    def _zone(self, url: str) -> str | None:
        named = next((source for source in self._sources if source.name == self._where.source), None)
        source = self._source_of(url) or named
        zone = source.effective.get("zone") if source else None
        return str(zone) if zone else None

    def _make(self, session: Session, url: str, first: datetime, now: datetime) -> PageRecord:
        source = self._source_of(url) or sources.ensure(session, self._where.source or sources.ADHOC, now)
        watch = self._where.watch
        return pages.add(session, source.id, url, host_of(url), first, active=watch, next_check_at=now)


def _by_page(captures: Iterable[Capture]) -> Iterator[tuple[str, list[Capture]]]:
    """Captures by article. What comes in one piece stays so: a source that gives them by article needs no memory for more."""
    for url, some in groupby(captures, key=lambda capture: capture.url):
        yield url, sorted(some, key=lambda capture: capture.at)
