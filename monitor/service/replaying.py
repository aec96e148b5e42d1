"""Reads archived versions again with today's reader, in reader processes, for a replay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from crawler.extract.reader import reader_version
from crawler.readers import RENDERED, Readers
from crawler.reread import page_bytes
from db.archive import segments
from db.engine import reading
from db.queries import changes, pages, replays, revisions
from db.records import ChangeRecord, PageRecord, RevisionRecord
from monitor import replay
from monitor.replay import Reread, Step


@dataclass(slots=True)
class Tally:
    """How a replay went: pairs of versions compared anew, and those whose archived answers are gone or unreadable."""

    compared: int = 0
    unreadable: int = 0
    pages: set[int] = field(default_factory=set)


class Replayer:
    """Goes through pairs of versions. `zone_of` gives a source's zone by its id; `table` is the significance table."""

    def __init__(
        self,
        engine: Engine,
        archive: Path,
        readers: Readers,
        *,
        zone_of: Callable[[int], str | None],
        table: Mapping[str, str] | None,
    ) -> None:
        self._engine, self._archive, self._readers = engine, archive, readers
        self._zone_of, self._table = zone_of, table
        self._last: tuple[int, Reread | None] = (0, None)
        self.tally = Tally()

    async def steps(self, pairs: Sequence[tuple[int, int, int]]) -> AsyncIterator[Step]:
        """Each pair of versions judged anew, in order; those that cannot be read are counted."""
        for page_id, before_id, after_id in pairs:
            with reading(self._engine) as session:
                page = pages.get(session, page_id)
                stored = changes.of_revision(session, after_id)
                flapping = replays.flapping_of(session, page_id)
            made = await self._pair(page, before_id, after_id, stored, flapping=flapping) if page else None
            if made is None:
                self.tally.unreadable += 1
                continue
            self.tally.compared += 1
            self.tally.pages.add(page_id)
            yield made

    async def _pair(
        self,
        page: PageRecord,
        before_id: int,
        after_id: int,
        stored: Sequence[ChangeRecord],
        *,
        flapping: Sequence[ChangeRecord],
    ) -> Step | None:
        before = self._last[1] if self._last[0] == before_id else await self._read(page, before_id)
        after = await self._read(page, after_id)
        self._last = after_id, after
        if before is None or after is None:
            return None
        return replay.step(before, after, stored, flapping, table=self._table)

    async def _read(self, page: PageRecord, revision_id: int) -> Reread | None:
        """A version by today's reader: as stored, or from the archive."""
        zone = self._zone_of(page.source_id)
        version = reader_version(page.url, zone)
        with reading(self._engine) as session:
            revision = revisions.get(session, revision_id)
            if revision is not None and revision.reader_version.endswith(RENDERED):
                version += RENDERED
            article = revisions.article(session, revision_id, version)
        if revision is not None and article is not None:
            return Reread(revision, article, version)
        return await self._from_archive(page, revision, zone) if revision else None

    async def _from_archive(self, page: PageRecord, revision: RevisionRecord, zone: str | None) -> Reread | None:
        if revision.ref is None:
            return None
        try:
            archived = await asyncio.to_thread(segments.read, self._archive, revision.ref)
        except (OSError, ValueError):
            return None
        given = page_bytes(archived, page.url, zone)
        made = await self._readers.page(given) if given else None
        if made is None or made.article is None:
            return None
        return Reread(revision, made.article, made.reader_version)
