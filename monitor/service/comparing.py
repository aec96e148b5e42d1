"""Comparing stored revisions in the engine's process: the comparison in a reader, the writing in the writer."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from crawler import faults
from crawler.readers import Readers
from crawler.store import StateChange
from db.engine import reading
from db.queries import revisions
from db.types import Article, Change, Nature, Significance
from db.writer import Writer
from monitor import compare
from monitor.compare import Pair, Telling

LEFTOVERS = 100


class Comparing:
    """Compares revisions that are marked to be compared, each at most once at a time."""

    def __init__(self, engine: Engine, writer: Writer, readers: Readers, telling: Telling) -> None:
        self._engine, self._writer, self._readers, self._telling = engine, writer, readers, telling
        self._running: set[int] = set()

    async def revision(self, revision_id: int) -> list[int]:
        """Compare one revision with the one before it. Gives the ids of the changes stored; `[]` where it is being compared."""
        if revision_id in self._running:
            return []
        self._running.add(revision_id)
        try:
            return await self._compare(revision_id)
        finally:
            self._running.discard(revision_id)

    async def leftovers(self) -> int:
        """Compare what a process that died left behind. Gives how many revisions were compared."""
        left = await asyncio.to_thread(self._left)
        for revision_id in left:
            await self.revision(revision_id)
        return len(left)

    def state(self, session: Session, change: StateChange) -> None:
        """Store a change of page state, in the transaction of the check that confirmed it."""
        compare.write_state(
            session,
            change.page,
            change.state,
            before=change.before,
            after=change.after,
            not_before=change.not_before,
            not_after=change.not_after,
            telling=self._telling,
            now=datetime.now(UTC),
        )

    def _left(self) -> list[int]:
        with reading(self._engine) as session:
            return revisions.to_compare(session, LEFTOVERS)

    async def _compare(self, revision_id: int) -> list[int]:
        try:
            pair = await asyncio.to_thread(self._load, revision_id)
        except compare.ReaderMismatchError:
            pair = None
        if pair is None:
            await self._submit_mark(revision_id)
            return []
        given = (pair.before, pair.after, self._telling.table)
        found = await self._readers.run(compare.judge, given, lambda reason, _: plain_changes(pair, reason))
        now = datetime.now(UTC)

        def closure(session: Session) -> list[int]:
            stored = compare.write(session, pair, found, self._telling, now)
            faults.point("compared_uncommitted")
            return stored

        stored = await asyncio.wrap_future(self._writer.submit(closure))
        faults.point("compared")
        return stored

    def _load(self, revision_id: int) -> Pair | None:
        with reading(self._engine) as session:
            return compare.load(session, revision_id)

    async def _submit_mark(self, revision_id: int) -> None:
        await asyncio.wrap_future(self._writer.submit(lambda session: revisions.mark_compared(session, revision_id)))


def plain_changes(pair: Pair, reason: str) -> tuple[Change, ...]:
    """Where the comparison itself failed (a reader that hung or died): what differs, told plainly, so that no edit is lost."""
    fields = (("headline", _headline), ("byline", _byline), ("body", _body))
    found = []
    for kind, read in fields:
        before, after = read(pair.before), read(pair.after)
        if before != after:
            facts = (f"compared plainly: the comparison ended with {reason}",)
            found.append(Change(kind, (Nature.REWORDED,), Significance.SUBSTANTIVE, before, after, facts=facts))
    return tuple(found)


def _headline(article: Article) -> str | None:
    return article.headline


def _byline(article: Article) -> str | None:
    return article.byline


def _body(article: Article) -> str | None:
    return "\n".join(block.text for block in article.body) or None
