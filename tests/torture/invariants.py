"""What must hold of a home after any fault, judged by the newsroom's book and the receiver's mail. The one place that says so.

`at_rest` looks at a home that nobody works on and that may be in the midst of anything; `settled` at one that has had its time to
finish. Each gives the faults it finds, in words; none is well.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import Engine, text
from warcio.archiveiterator import ArchiveIterator

from db.archive import segments
from db.engine import reading
from db.queries import revisions
from db.records import RevisionRecord
from tests import databases
from tests.acceptance.homes import Homestead
from tests.receivers import Post
from tests.torture.ledger import Ledger

MOMENT = timedelta(seconds=1)  # between an answer's making and the note of its time
CHANNEL = "hook"


@dataclass(frozen=True, slots=True)
class Told:
    """A headline change as stored."""

    id: int
    page_id: int
    before: int | None
    after: int | None
    words: tuple[str | None, str | None]
    hidden: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """All that a home holds which may never be lost."""

    revisions: dict[str, tuple[RevisionRecord, ...]]
    changes: tuple[Told, ...]
    deliveries: tuple[tuple[int, str], ...]
    doubled: int

    def count(self) -> int:
        return sum(map(len, self.revisions.values()))


NOTHING = Kept({}, (), (), 0)
_CHANGES = """SELECT id, page_id, revision_before, revision_after, before, after, suppressed_by IS NOT NULL
FROM change WHERE kind = 'headline' AND coalesce(surface, 'h1') = 'h1' ORDER BY id"""
_DELIVERIES = "SELECT change_id, state FROM delivery WHERE channel = 'hook'"


def kept(stead: Homestead) -> Kept:
    """What a home holds now; nothing where it was killed before there was a schema."""
    if not stead.rows("SELECT count(*) FROM channel"):
        return NOTHING
    with stead.engine() as engine, reading(one_view(engine)) as session:
        found = {
            str(url): tuple(sorted(revisions.of_page(session, page_id), key=lambda one: one.seq))
            for page_id, url in session.execute(text("SELECT id, url FROM page"))
        }
        told = tuple(
            Told(row[0], row[1], row[2], row[3], (row[4], row[5]), bool(row[6]))
            for row in session.execute(text(_CHANGES))
        )
        sent = tuple((row[0], row[1]) for row in session.execute(text(_DELIVERIES)))
        changes = session.execute(text("SELECT count(*) - count(DISTINCT key) FROM change")).scalar_one()
        return Kept(found, told, sent, changes)


def one_view(engine: Engine) -> Engine:
    """The engine with all of a session's questions answered as of one moment, though others write meanwhile: as SQLite does."""
    return engine.execution_options(isolation_level="REPEATABLE READ") if databases.ON_POSTGRESQL else engine


def at_rest(stead: Homestead, before: Kept, now: Kept, ledger: Ledger, *, whole: bool = True) -> list[str]:
    """Faults of a home one of whose processes was killed a moment ago; `before` is what it held at the last look.

    Not `whole`, the archived answers that were read at the last look are not read again.
    """
    unread = now if whole else _fresh(before, now)
    return [*_lost(before, now), *_doubled(now), *_untrue(now, ledger), *_mistold(now), *_unreadable(stead, unread)]


def _fresh(before: Kept, now: Kept) -> Kept:
    """What is held now, without the versions that were held before and rest on the same record."""
    had = {(one.id, one.ref) for found in before.revisions.values() for one in found}
    left = {url: tuple(one for one in found if (one.id, one.ref) not in had) for url, found in now.revisions.items()}
    return replace(now, revisions=left)


def settled(stead: Homestead, before: Kept, now: Kept, ledger: Ledger, posts: Sequence[Post]) -> list[str]:
    """Faults of a home that has had its time since the last edit."""
    return [
        *at_rest(stead, before, now, ledger),
        *_untold(now),
        *_behind(now, ledger),
        *_undelivered(now, posts),
        *_torn(stead),
    ]


def _lost(before: Kept, now: Kept) -> Iterator[str]:
    for url, found in before.revisions.items():
        had = {(one.id, one.seq, one.headline, one.reading_digest) for one in found}
        has = {(one.id, one.seq, one.headline, one.reading_digest) for one in now.revisions.get(url, ())}
        yield from (f"revision {one} of {url} is lost" for one in had - has)
    ids = {one.id for one in now.changes}
    yield from (f"change {one.id} is lost" for one in before.changes if one.id not in ids)


def _doubled(now: Kept) -> Iterator[str]:
    for url, found in now.revisions.items():
        if [one.seq for one in found] != list(range(1, len(found) + 1)):
            yield f"the versions of {url} are numbered {[one.seq for one in found]}"
        yield from (
            f"{url} has a version twice: {a.headline}"
            for a, b in pairwise(found)
            if a.reading_digest == b.reading_digest
        )
        counted = Counter(one.headline for one in found)
        yield from (f"{url} has {count} versions of {name!r}" for name, count in counted.items() if count > 1)
    if now.doubled:
        yield f"{now.doubled} changes share a key"


def _untrue(now: Kept, ledger: Ledger) -> Iterator[str]:
    """A version that was never served, was served later only, or stands in another order."""
    with ledger.lock:
        served, published = dict(ledger.served), dict(ledger.published)
    for url, found in now.revisions.items():
        first: dict[str, datetime] = {}
        for one in served.get(url, ()):
            first.setdefault(one.headline, one.at)
        for revision in found:
            at = first.get(revision.headline or "")
            if at is None:
                yield f"{url}: {revision.headline!r} was never served"
            elif revision.not_after < at - MOMENT:
                yield f"{url}: {revision.headline!r} is said to be seen before it was served"
        known = {headline: place for place, headline in enumerate(published.get(url, ()))}
        order = [known[one.headline] for one in found if one.headline in known]
        if order != sorted(order):
            yield f"{url}: versions in another order than they were published"


def _mistold(now: Kept) -> Iterator[str]:
    """A change between two versions that are not neighbours, with other words than theirs, or told twice."""
    known = {one.id: one for found in now.revisions.values() for one in found}
    seen: Counter[tuple[int | None, int | None]] = Counter()
    for change in now.changes:
        before, after = known.get(change.before or 0), known.get(change.after or 0)
        seen[change.before, change.after] += 1
        if before is None or after is None:
            yield f"change {change.id} rests on no version"
        elif (before.headline, after.headline) != change.words or after.seq - before.seq != 1:
            yield f"change {change.id} says {change.words}, the versions {before.headline!r} and {after.headline!r}"
    yield from (
        f"the change between versions {pair} is told {count} times" for pair, count in seen.items() if count > 1
    )


def _untold(now: Kept) -> Iterator[str]:
    told = {(one.before, one.after) for one in now.changes}
    for url, found in now.revisions.items():
        for one in found:
            if not one.compared:
                yield f"{url}: version {one.seq} was never compared"
        for before, after in pairwise(found):
            if (before.id, after.id) not in told and before.headline != after.headline:
                yield f"{url}: no change between versions {before.seq} and {after.seq}"


def _behind(now: Kept, ledger: Ledger) -> Iterator[str]:
    for url, headlines in ledger.published.items():
        found = now.revisions.get(url, ())
        if not found:
            yield f"{url} was never read"
        elif found[-1].headline != headlines[-1]:
            yield f"{url} stands at {found[-1].headline!r}, the newsroom at {headlines[-1]!r}"


def _undelivered(now: Kept, posts: Sequence[Post]) -> Iterator[str]:
    got: defaultdict[int, list[bool]] = defaultdict(list)
    for post in posts:
        data = post.json["data"]
        for change in data["changes"]:
            got[int(change["id"])].append(bool(data["maybe_repeat"]))
    rows = Counter(change_id for change_id, _ in now.deliveries)
    yield from (f"change {change_id} has {count} deliveries" for change_id, count in rows.items() if count > 1)
    yield from (
        f"the delivery of change {change_id} is {state}" for change_id, state in now.deliveries if state != "sent"
    )
    for change in now.changes:
        marks = got.get(change.id, [])
        if change.hidden:
            continue
        if not marks:
            yield f"change {change.id} was never delivered"
        elif marks[1:].count(False):
            yield f"change {change.id} came {len(marks)} times, and a repeat was not marked"


def _unreadable(stead: Homestead, now: Kept) -> Iterator[str]:
    """Each version's archived answer is there, whole, with its headline in it."""
    for url, found in now.revisions.items():
        for one in found:
            if one.ref is None:
                yield f"{url}: version {one.seq} has no archived answer"
                continue
            try:
                archived = segments.read(stead.home.archive_dir, one.ref)
            except (OSError, ValueError, EOFError) as error:
                yield f"{url}: version {one.seq} cannot be read: {error}"
                continue
            if archived.status != 200 or archived.url != url:
                yield f"{url}: version {one.seq} rests on the answer {archived.status} of {archived.url}"


def _torn(stead: Homestead) -> Iterator[str]:
    """Every segment, record by record, with a reader that is not ours."""
    for path in sorted(stead.home.archive_dir.glob("*.warc.gz")):
        try:
            with path.open("rb") as file:
                for record in ArchiveIterator(file):
                    record.content_stream().read()
        except Exception as error:  # noqa: BLE001 - whatever another program makes of our file is the finding
            yield f"{path.name}: {type(error).__name__}: {error}"


def backlog(stead: Homestead, ledger: Ledger) -> bool:
    """Whether there is still something to do: the newest versions, comparisons, deliveries."""
    now = kept(stead)
    unsent = any(state != "sent" for _, state in now.deliveries)
    return unsent or any(True for _ in _untold(now)) or any(True for _ in _behind(now, ledger))
