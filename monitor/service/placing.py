"""Where past sights of one article stand among the versions that are known, and what follows from it. One transaction.

A sight is decided on as on its own day: by `crawler.decide`, against the version that stood then. One that equals it only narrows
the window of the next; one that equals the next says that this came earlier; any other becomes a version between both, and
the changes are found anew. Nobody is told: these are old.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from crawler.decide import DEFAULT_RULES, Former, Read, Rules, decide
from crawler.digest import reading_digest
from crawler.reread import LOST
from crawler.store import instant_of
from db.queries import changes, checks, pages, past, replays, revisions
from db.records import ArchiveRef, PageRecord, RevisionRecord
from db.types import Article, Change, Outcome
from monitor import compare, replay
from monitor.compare import Pair, Telling
from monitor.replay import Reread

NOBODY = Telling(channels=())
_HELD = ("held_digest", "held_reason", "held_at")
_VERSION = frozenset({Outcome.NEW, Outcome.CHANGED, Outcome.REBASED})


@dataclass(frozen=True, slots=True)
class Sight:
    """A past sight that was archived and read. `given` says that another program read it."""

    at: datetime
    read: Read
    ref: ArchiveRef
    given: bool = False

    @property
    def reader(self) -> str | None:
        """The other program that read it."""
        return self.read.reader_version if self.given else None


@dataclass(frozen=True, slots=True)
class Means:
    """What placing needs beside the page. `given` tells other programs' readers by their version."""

    keep: Callable[[ArchiveRef, ArchiveRef | None], ArchiveRef]
    archive: Path
    given: Callable[[str], bool]
    table: Mapping[str, str] | None = None
    rules: Rules = DEFAULT_RULES


def place(
    session: Session,
    page: PageRecord,
    sights: list[Sight],
    reread: Mapping[tuple[int, str], Article],
    *,
    means: Means,
    now: datetime,
) -> Counter[str]:
    """Place sights of one page. `reread` holds known versions as today's reader reads them. Gives how many became what."""
    for (number, version), article in reread.items():
        revisions.add_reading(session, number, version, article)
    placing = _Placing(session, page, means, now)
    for sight in sorted(sights, key=lambda sight: sight.at):
        placing.one(sight)
    placing.finish()
    return placing.tally


class _Placing:
    def __init__(self, session: Session, page: PageRecord, means: Means, now: datetime) -> None:
        self.session, self.page, self.means, self.now = session, page, means, now
        self.order = revisions.of_page(session, page.id)
        self.visited = past.visited_at(session, page.id)
        self.telling = replace(NOBODY, table=means.table)
        self.altered: set[int] = set()
        self.seen_until = page.last_success_at
        self.tally: Counter[str] = Counter()
        self.added = 0

    # ------------------------------------------------------------------------------------- one sight

    def one(self, sight: Sight) -> None:
        if sight.at in self.visited:
            self.tally["known"] += 1
            return
        if sight.given and any(not self._given(v) and v.not_after <= sight.at for v in self.order):
            self.tally["covered"] += 1  # the pages themselves tell more
            return
        before, after = self._around(sight)
        former = self._former(before, sight) if before else None
        held = self._doubted(before, sight) if before else {}
        decision = decide(self._then(before, former, held), sight.read, former, sight.at, rules=self.means.rules)
        again = self._seen_again(sight, before, after) if before else None
        following = self._former(after, sight) if after else LOST
        came_earlier = following.digest == sight.read.digest and decision.outcome != Outcome.SAME
        if after and came_earlier and not again:
            self._earlier(after, sight, before)
        elif decision.outcome == Outcome.SAME:
            self._same(after, sight)
        elif decision.outcome in _VERSION:
            self._version(sight, decision.outcome, before, after, former=former, again=again)
        elif decision.outcome == Outcome.HELD:
            self._check(sight, Outcome.HELD)
        else:
            self.tally["unread"] += 1

    def _given(self, version: RevisionRecord) -> bool:
        return self.means.given(version.reader_version)

    def _around(self, sight: Sight) -> tuple[RevisionRecord | None, RevisionRecord | None]:
        """The versions that a sight stands between, of those read by the same sort of reader."""
        lane = [
            version
            for version in self.order
            if (version.reader_version == sight.read.reader_version if sight.given else not self._given(version))
        ]
        at = bisect_right([version.not_after for version in lane], sight.at)
        return lane[at - 1] if at else None, lane[at] if at < len(lane) else None

    def _former(self, version: RevisionRecord, sight: Sight) -> Former:
        article = revisions.article(self.session, version.id, sight.read.reader_version)
        if article is None:
            return LOST
        mine = version.reader_version == sight.read.reader_version
        return Former(version.reading_digest if mine else reading_digest(article), article)

    def _seen_again(self, sight: Sight, before: RevisionRecord, after: RevisionRecord | None) -> datetime | None:
        """When the version that stood was seen again. Old looks are dropped in time; of the last one the page's row knows."""
        found = past.seen_again(self.session, self.page.id, sight.at, after.not_after if after else None, sight.reader)
        last = self.seen_until if after is None and not sight.given else None
        return found or (last if last and last > sight.at and before.id == self.page.latest_revision_id else None)

    def _doubted(self, before: RevisionRecord, sight: Sight) -> dict[str, Any]:
        """What earlier past sights were not believed, as the page's columns say it."""
        since = self._last_sight(before, sight.at, sight.reader)
        found = past.doubted(self.session, self.page.id, since, sight.at)
        return {"held_at": found[0], "held_digest": found[1]} if found else {}

    def _then(self, before: RevisionRecord | None, former: Former | None, held: Mapping[str, Any]) -> PageRecord:
        """The page as it stood at the time of the sight."""
        state = "live" if before else "unseen"
        latest, digest = before.id if before else None, former.digest if former else None
        known = {**dict.fromkeys(_HELD), **held}
        return replace(self.page, state=state, latest_revision_id=latest, reading_digest=digest, gone_count=0, **known)

    def _check(self, sight: Sight, outcome: str, revision_id: int | None = None) -> None:
        row = checks.row(self.page.id, sight.at, outcome, status=200, reason=sight.reader, revision_id=revision_id)
        if outcome == Outcome.HELD:
            row["digest"] = sight.read.digest  # by which another sight confirms it
        checks.add(self.session, [row])
        self.visited.add(sight.at)
        self.tally[str(outcome)] += 1

    def _same(self, after: RevisionRecord | None, sight: Sight) -> None:
        self._check(sight, Outcome.SAME)
        self._window(after, not_before=sight.at)
        if after is None and not sight.given and (self.seen_until is None or self.seen_until < sight.at):
            self.seen_until = sight.at
            pages.record(self.session, self.page.id, last_success_at=sight.at)

    def _earlier(self, after: RevisionRecord, sight: Sight, before: RevisionRecord | None) -> None:
        self._check(sight, Outcome.SAME)
        first = self._last_sight(before, sight.at, sight.reader) if before else None
        self._window(after, not_before=first, not_after=sight.at)

    def _window(
        self, version: RevisionRecord | None, *, not_before: datetime | None = None, not_after: datetime | None = None
    ) -> None:
        if version is None:
            return
        if not_before and version.not_before and version.not_before >= not_before:
            not_before = None
        if not_before is None and not_after is None:
            return
        past.narrow(self.session, version.id, not_before=not_before, not_after=not_after)
        self.altered.add(version.id)
        self._reload(version)

    def _reload(self, version: RevisionRecord) -> None:
        found = revisions.get(self.session, version.id)
        assert found
        self.order[next(i for i, known in enumerate(self.order) if known.id == version.id)] = found

    # ------------------------------------------------------------------------------------- a version between

    def _version(
        self,
        sight: Sight,
        outcome: str,
        before: RevisionRecord | None,
        after: RevisionRecord | None,
        *,
        former: Former | None,
        again: datetime | None,
    ) -> None:
        made = self._add(sight.read, sight.at, self._kept(sight.ref), rebased=outcome == Outcome.REBASED, since=before)
        self._check(sight, outcome, made.id)
        stored = changes.of_revision(self.session, after.id) if after else []
        if before and former and former.article:
            self._changes(made, before, former.article, sight.read.article, stored=[] if again else stored)
        else:
            revisions.mark_compared(self.session, made.id)
        if before and former and former.article and again:
            self._returned(before, former, made, sight, again=again, after=after)
        elif after:
            self._next(made, sight, after)

    def _kept(self, ref: ArchiveRef) -> ArchiveRef:
        return self.means.keep(ref, revisions.with_payload(self.session, self.page.id, ref.digest))

    def _add(
        self, read: Read, at: datetime, ref: ArchiveRef | None, *, rebased: bool, since: RevisionRecord | None
    ) -> RevisionRecord:
        reader = read.reader_version if self.means.given(read.reader_version) else None
        not_before = self._last_sight(since, at, reader) if since else None
        made = revisions.add(
            self.session,
            self.page.id,
            read.article,
            reading_digest=read.digest,
            reader_version=read.reader_version,
            not_before=not_before,
            not_after=at,
            ref=ref,
            rebased=rebased,
        )
        self.order.insert(bisect_right([version.not_after for version in self.order], at), made)
        self.added += 1
        return made

    def _last_sight(self, version: RevisionRecord, until: datetime, reader: str | None) -> datetime:
        found = past.last_sight(self.session, self.page.id, version.not_after, until, reader)
        return found or version.not_after

    def _changes(
        self,
        made: RevisionRecord,
        before: RevisionRecord,
        old: Article,
        new: Article,
        *,
        stored: list[Any],
    ) -> None:
        """What a new version changed. A change that stands with the next one already, word for word, came with this one."""
        found = compare.judge((old, new, self.means.table))
        known = {_said(record.change): record.id for record in stored if record.change.suppressed_by is None}
        window = made.not_before, made.not_after
        for change in found:
            if _said(change) in known:
                past.give(self.session, known[_said(change)], made.id, before=before.id, window=window)
                self.tally["changes"] += 1
        left = [change for change in found if _said(change) not in known]
        self._write(Pair(made, before.id, old, new), left)

    def _write(self, pair: Pair, found: list[Change]) -> None:
        past.uncompared(self.session, pair.revision.id)
        self.session.expire_all()
        done = compare.write(self.session, pair, found, self.telling, self.now, past=True)
        self.tally["changes"] += len(done)

    def _returned(
        self,
        before: RevisionRecord,
        former: Former,
        made: RevisionRecord,
        sight: Sight,
        *,
        again: datetime,
        after: RevisionRecord | None,
    ) -> None:
        """The version that stood before was seen again later: it came back."""
        assert former.article
        assert former.digest
        read = Read(former.article, former.digest, sight.read.reader_version, "")
        back = self._add(read, again, before.ref, rebased=False, since=made)
        self._changes(back, made, sight.read.article, former.article, stored=[])
        if after:
            past.follows(self.session, after.id, back.id)

    def _next(self, made: RevisionRecord, sight: Sight, after: RevisionRecord) -> None:
        """The version that follows is compared with the new one instead."""
        following = self._former(after, sight)
        stored = changes.of_revision(self.session, after.id)
        if following.article and not stored:
            self._write(
                Pair(after, made.id, sight.read.article, following.article),
                list(compare.judge((sight.read.article, following.article, self.means.table))),
            )
        elif following.article:
            version = sight.read.reader_version
            old, new = Reread(made, sight.read.article, version), Reread(after, following.article, version)
            flapping = replays.flapping_of(self.session, self.page.id)
            step = replay.step(old, new, stored, flapping, table=self.means.table)
            if step:
                batch = f"past-{after.id}-{made.id}"[:32]
                self.tally["changes"] += replay.apply(self.session, step, batch=batch, at=self.now)
            past.follows(self.session, after.id, made.id)
        self._window(after, not_before=sight.at)

    # ------------------------------------------------------------------------------------- the page

    def finish(self) -> None:
        """Number the versions anew, say where the page stands now, seal again what was sealed and is said otherwise."""
        if self.added:
            self.altered |= past.put_in_order(self.session, [version.id for version in self.order])
            self._stand()
        past.seal_again(self.session, self.altered, self.now, self.means.archive)

    def _stand(self) -> None:
        last = next((version for version in reversed(self.order) if not self._given(version)), self.order[-1])
        first = self.order[0].not_after
        values: dict[str, Any] = {"first_seen_at": min(self.page.first_seen_at, first)}
        if last.id != self.page.latest_revision_id:
            values |= {"latest_revision_id": last.id, "reading_digest": last.reading_digest, "etag": None}
            values |= {"reader_version": last.reader_version, "body_digest": None, "last_modified": None}
            values["last_success_at"] = max(self.seen_until or last.not_after, last.not_after)
        if self.page.state == "unseen":
            values |= {"state": "live", "state_since": first}
        article = revisions.article(self.session, last.id)
        if self.page.published_at is None and article:
            values["published_at"] = instant_of(article.published)
        pages.record(self.session, self.page.id, **values)


def _said(change: Change) -> tuple[str, str | None, str | None, str | None]:
    return str(change.kind), change.surface, change.before, change.after
