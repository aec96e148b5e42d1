"""Makes versions and changes again from what was archived, and tells where they come out otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from crawler.readers import PageReading, Readers
from crawler.reread import page_bytes
from db.archive import segments, store
from db.archive.record import payload_digest
from db.engine import reading
from db.evidence import audit, audit_files, audit_rows, key, keys
from db.evidence.audit import ERROR, NOTE, Finding, Scope
from db.evidence.note import NoteError
from db.home import Home
from db.jsonable import article_to_json
from db.queries import changes, pages, replays, revisions
from db.records import PageRecord, RevisionRecord
from db.types import Article
from monitor import replay
from monitor.changes.version import rules_version
from monitor.replay import Difference, Reread

AT_ONCE = 4  # pages under way a reader process


@dataclass(slots=True)
class Tally:
    """What was looked at. `other_reader` and `other_rules` could not be made again, for today's are others."""

    leaves: int = 0
    revisions: list[int] = field(default_factory=list)
    changes: int = 0
    bytes: int = 0
    reread: int = 0
    other_reader: int = 0
    rederived: int = 0
    other_rules: int = 0


class Verifier:
    """Verifies a home. `zone_of` gives a source's zone by its id, `table` is the table of significance."""

    def __init__(
        self,
        home: Home,
        engine: Engine,
        *,
        zone_of: Callable[[int], str | None],
        table: Mapping[str, str] | None,
        tell: Callable[[str, int], None] = lambda *_: None,
    ) -> None:
        self._home, self._engine, self._zone_of, self._table = home, engine, zone_of, table
        self._tell = tell
        self.tally = Tally()

    def stored(self, scope: Scope) -> Iterator[Finding]:
        """Everything against what was sealed: the log, signatures, rows, records; archive files where all is looked at. Raises
        `StoreError` where the archive has a store that does not answer."""
        if away := store.of(self._home.archive_dir):
            away.forget_reads()
            away.ask()
        with reading(self._engine) as session:
            yield from audit.log(session, self._home.path, self._leaves)
            yield from self._signatures(session)
            for found in audit_rows.revisions(session, self._home.archive_dir, scope):
                if isinstance(found, Finding):
                    yield found
                else:
                    self.tally.revisions.append(found)
                    self._tell("versions", len(self.tally.revisions))
            for found in audit_rows.changes(session, scope):
                if isinstance(found, Finding):
                    yield found
                else:
                    self.tally.changes += 1
            if scope == Scope():
                yield from audit_rows.missing(session)
                yield from self._files(audit_files.files(session, self._home.archive_dir))

    def _signatures(self, session: Session) -> Iterator[Finding]:
        try:
            pinned, known = keys.pinned(self._home.path), keys.known(session, self._home.path)
        except (OSError, NoteError) as error:
            yield Finding(ERROR, key.PUBLIC_FILE, f"it holds no public key ({error})")
            return
        yield from audit.signatures(session, known)
        for verifier in known[len(pinned) :]:
            what = f"the database alone vouches for it: compare it with what was published, then add it to {key.PUBLIC_FILE}"
            yield Finding(NOTE, f"key {verifier.name}", what)

    def _leaves(self, count: int) -> None:
        self.tally.leaves = count
        self._tell("leaves", count)

    def _files(self, found: Iterator[Finding | int]) -> Iterator[Finding]:
        for one in found:
            if isinstance(one, Finding):
                yield one
            else:
                self.tally.bytes += one

    async def derived(self, ids: Sequence[int], readers: Readers, count: int) -> AsyncIterator[Finding]:
        """These versions read again from the archive, and their changes found again, `count` reader processes at work."""
        window = AT_ONCE * count
        for begin in range(0, len(ids), window):
            batch = ids[begin : begin + window]
            for found in await asyncio.gather(*(self._one(number, readers) for number in batch)):
                for finding in found:
                    yield finding
            self._tell("read again", begin + len(batch))

    async def _one(self, number: int, readers: Readers) -> list[Finding]:
        with reading(self._engine) as session:
            revision = revisions.get(session, number, with_article=True)
            page = pages.get(session, revision.page_id) if revision else None
        if revision is None or page is None:
            return []
        return [
            *await self._read_again(page, revision, readers),
            *await asyncio.to_thread(self._compared_again, revision),
        ]

    async def _read_again(self, page: PageRecord, revision: RevisionRecord, readers: Readers) -> list[Finding]:
        where = f"revision {revision.id}"
        if revision.ref is None:
            return [Finding(NOTE, where, "its answer was not archived: it cannot be read again")]
        try:
            archived = segments.read(self._home.archive_dir, revision.ref)
        except FileNotFoundError:
            with reading(self._engine) as session:
                if audit.held_by(session, self._home.archive_dir, revision.ref.segment):
                    return []  # told where its records were looked for
            return [Finding(ERROR, where, "its archived answer is gone")]
        except (OSError, ValueError) as error:
            return [Finding(ERROR, where, f"its archived answer cannot be read ({error})")]
        found = []
        if payload_digest(archived.raw) != revision.ref.digest:
            found.append(Finding(ERROR, where, "the body in the archive has another SHA-256 than was noted"))
        given = page_bytes(archived, page.url, self._zone_of(page.source_id))
        made = await readers.page(given) if given else None
        if made is None:
            return [*found, Finding(ERROR, where, "the body in the archive cannot be unpacked")]
        return [*found, *self._same_reading(revision, made)]

    def _same_reading(self, revision: RevisionRecord, made: PageReading) -> list[Finding]:
        where = f"revision {revision.id}"
        if made.reader_version != revision.reader_version:
            self.tally.other_reader += 1
            return [] if made.article else [Finding(NOTE, where, "today's reader finds no article in its answer")]
        self.tally.reread += 1
        if made.article is None or made.digest != revision.reading_digest:
            return [Finding(ERROR, where, "the same reader reads its archived answer otherwise than is stored")]
        if revision.article is None or not _same(made.article, revision.article):
            return [
                Finding(ERROR, where, "the same reader reads a field otherwise that is stored beside the compared ones")
            ]
        return []

    def _compared_again(self, revision: RevisionRecord) -> list[Finding]:
        """The changes that a version brought, where the rules of today found them."""
        with reading(self._engine) as session:
            rules = changes.rules_of(session, revision.id)
            before = revisions.before(session, revision)
            if not rules or before is None:
                return []
            if rules != {rules_version(self._table)}:
                self.tally.other_rules += 1
                return []
            old = revisions.article(session, before.id, revision.reader_version)
            stored = changes.of_revision(session, revision.id)
            flapping = replays.flapping_of(session, revision.page_id)
        if old is None or revision.article is None:
            return [Finding(NOTE, f"revision {revision.id}", "no reading to compare it with is kept")]
        version = revision.reader_version
        made = replay.step(
            Reread(before, old, version),
            Reread(revision, revision.article, version),
            stored,
            flapping,
            table=self._table,
        )
        self.tally.rederived += 1
        return [_difference(revision, found) for found in (made.differences if made else ())]


def _same(made: Article, stored: Article) -> bool:
    return article_to_json(made) == article_to_json(stored)


def _difference(revision: RevisionRecord, found: Difference) -> Finding:
    if found.was is None:
        what = f"the same rules find a change of its {found.now.kind} that is not stored"
        return Finding(ERROR, f"revision {revision.id}", what)
    verb = "find none" if found.verdict == replay.VANISH else "say otherwise"
    return Finding(ERROR, f"change {found.was.id}", f"the same rules {verb} of the two readings")
