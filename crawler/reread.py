"""The former version through today's reader, so that two readings compared are always of one reader."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine

from crawler.decide import Former
from crawler.digest import reading_digest
from crawler.fetch.decode import decode, layers
from crawler.fetch.reasons import Refusal
from crawler.readers import PageBytes, Readers
from db.archive import segments
from db.archive.record import Archived
from db.engine import reading
from db.queries import revisions
from db.records import PageRecord

LOST = Former(None, None)
DECODED_MOST = 64 << 20  # bytes; what was accepted when fetched is smaller


class Rereader:
    """Reads archived answers again. `archive` is the home's archive folder."""

    def __init__(self, engine: Engine, archive: Path, readers: Readers) -> None:
        self._engine, self._archive, self._readers = engine, archive, readers

    async def former(self, page: PageRecord, reader_version: str, zone: str | None) -> Former:
        """A page's latest version as the reader of that version reads it; `LOST` where its raw answer is gone or unreadable."""
        if page.latest_revision_id is None:
            return LOST
        stored, archived = await asyncio.to_thread(self._load, page.latest_revision_id, reader_version)
        if stored or archived is None:
            return stored or LOST
        given = page_bytes(archived, page.url, zone)
        if given is None:
            return LOST
        made = await self._readers.page(given)
        if made.article is None or made.digest is None or made.reader_version != reader_version:
            return LOST
        return Former(made.digest, made.article)

    def _load(self, revision_id: int, reader_version: str) -> tuple[Former | None, Archived | None]:
        """The reading by that reader where one is kept, else the raw answer where it still lies in the archive."""
        with reading(self._engine) as session:
            article = revisions.article(session, revision_id, reader_version)
            if article:
                return Former(reading_digest(article), article), None
            revision = revisions.get(session, revision_id)
        if revision is None or revision.ref is None:
            return None, None
        try:
            return None, segments.read(self._archive, revision.ref)
        except (OSError, ValueError):
            return None, None


def page_bytes(archived: Archived, url: str, zone: str | None) -> PageBytes | None:
    """An archived answer as a reader takes it, its body decoded; None where that cannot be done."""
    encodings = layers(value for name, value in archived.headers if name.lower() == "content-encoding")
    try:
        body = decode(archived.raw, encodings, DECODED_MOST)
    except Refusal:
        return None
    given = PageBytes(archived.url or url, body, archived.headers, archived.at, archived.status, zone)
    return replace(given, rendered=archived.rendered)
