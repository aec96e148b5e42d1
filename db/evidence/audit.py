"""Looks whether what is stored is what was sealed: every leaf, node, checkpoint, row, archive record and archive file.

Streams by batches, so that memory does not grow with the home. A finding names what differs and where.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from db.archive import holder
from db.evidence import facts, key, merkle, tree
from db.evidence.note import Head, NoteError, Signer, Verifier, opened
from db.models import ChangeRow, Revision
from db.models_evidence import CheckpointRow, LeafRow, LogNode, SegmentRow
from db.queries import archive_files

BATCH = 500
ERROR, NOTE, AWAY = "error", "note", "away"
# what a value that is none of its column's may raise on its way out of the database
UNREADABLE = (ValueError, TypeError, OverflowError, LookupError, DBAPIError)
Row = TypeVar("Row", Revision, ChangeRow, LeafRow, CheckpointRow, SegmentRow)


@dataclass(frozen=True, slots=True)
class Finding:
    """What differs, and where. `level` is `error`, `note` for what is no harm but worth knowing, or `away` for what lies in
    another home of a fleet and could not be looked at: `what` is that home's name."""

    level: str
    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows to look at: those of these ids, or else all from `since` and behind `after` on."""

    revisions: tuple[int, ...] | None = None
    changes: tuple[int, ...] | None = None
    since: datetime | None = None
    after: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """A row that says it is sealed: where it stands in words, what its leaf must be of, and its facts by that leaf."""

    where: str
    kind: str
    ref: int
    said: Callable[[LeafRow], facts.Facts]
    part: str | None = None


def rows(session: Session, model: type[Row], ids: Sequence[Any], where: str) -> Iterator[Row | Finding]:
    """The rows of these keys; one that cannot be read is a finding, not the end."""
    column: Any = model.__mapper__.primary_key[0]
    try:
        found = {getattr(row, str(column.key)): row for row in session.scalars(select(model).where(column.in_(ids)))}
    except UNREADABLE as error:
        session.rollback()
        if len(ids) == 1:
            yield Finding(ERROR, f"{where} {ids[0]}", f"a field cannot be read ({short(error)})")
            return
        for number in ids:
            yield from rows(session, model, [number], where)
        return
    session.expunge_all()
    yield from (found[number] for number in ids if number in found)


def held_by(session: Session, archive: Path, name: str) -> str | None:
    """Which other home of a fleet holds an archive file that does not lie here; None where none does."""
    record = archive_files.get(session, name)
    return record.holder if record and record.holder and record.holder != holder.known(archive) else None


def short(error: BaseException) -> str:
    return str(getattr(error, "orig", error)).splitlines()[0][:120]


def batches(session: Session, column: Any, query: Select[Any], after: Any) -> Iterator[list[Any]]:
    while ids := list(session.scalars(query.where(column > after).order_by(column).limit(BATCH))):
        yield ids
        after = ids[-1]


# ------------------------------------------------------------------------------------------- the log


def log(session: Session, home: Path, tell: Callable[[int], None] = lambda _: None) -> Iterator[Finding]:
    """The tree against its nodes and checkpoints, and their signatures. `tell` is called with how many leaves were hashed."""
    yield from _key(home)
    heads: dict[int, list[CheckpointRow]] = {}
    for found in _checkpoints(session):
        if isinstance(found, Finding):
            yield found
        else:
            heads.setdefault(found.size, []).append(found)
    frontier = merkle.Frontier()
    for ids in batches(session, LeafRow.idx, select(LeafRow.idx), -1):
        for leaf in rows(session, LeafRow, ids, "leaf"):
            if isinstance(leaf, Finding):
                yield leaf
                return
            yield from _leaf(session, leaf, frontier)
            if leaf.idx != frontier.size - 1:
                return  # a gap: nothing behind it can be placed
            yield from _heads(heads.pop(frontier.size, []), frontier)
        tell(frontier.size)
    for size, left in sorted(heads.items()):
        for row in left:
            yield Finding(ERROR, f"checkpoint {row.id}", f"it is over {size} leaves, the log has {frontier.size}")
    kept = session.scalar(select(func.count()).select_from(LogNode)) or 0
    wanted = sum(frontier.size >> level for level in range(tree.STEP, 64, tree.STEP))
    if kept != wanted:
        yield Finding(ERROR, "log nodes", f"{kept} are kept, {wanted} belong to {frontier.size} leaves")


def _leaf(session: Session, leaf: LeafRow, frontier: merkle.Frontier) -> Iterator[Finding]:
    if leaf.idx != frontier.size:
        yield Finding(ERROR, f"leaf {frontier.size}", "it is missing")
        return
    data = facts.leaf_data(leaf.kind, leaf.ref, leaf.part, leaf.sealed_at, leaf.entry)
    for level, index, found in frontier.append(merkle.leaf_hash(data)):
        if level and level % tree.STEP == 0:
            kept = session.scalar(select(LogNode.hash).where(LogNode.level == level, LogNode.idx == index))
            if kept != found:
                span = f"leaves {index << level} to {((index + 1) << level) - 1}"
                yield Finding(ERROR, f"log node {level}/{index}", f"it does not hold what {span} hash to")


def _heads(rows: Iterable[CheckpointRow], frontier: merkle.Frontier) -> Iterator[Finding]:
    for row in rows:
        if row.root != frontier.root():
            what = f"its root is not that of the first {row.size} leaves: one of them, or the checkpoint, was altered"
            yield Finding(ERROR, f"checkpoint {row.id}", what)


def _key(home: Path) -> Iterator[Finding]:
    try:
        text = (home / key.KEY_FILE).read_text(encoding="utf-8")
        signer = Signer.parse(text.removesuffix("\n"))
        if signer.text + "\n" != text or signer.verifier not in key.verifiers(home):
            yield Finding(ERROR, key.KEY_FILE, f"it is not the key in {key.PUBLIC_FILE}")
    except FileNotFoundError:
        return  # a home may be looked at without its private key
    except (OSError, ValueError) as error:
        yield Finding(ERROR, key.KEY_FILE, f"it holds no key ({short(error)})")


def _checkpoints(session: Session) -> Iterator[CheckpointRow | Finding]:
    ids = list(session.scalars(select(CheckpointRow.id).order_by(CheckpointRow.id)))
    for number in ids:
        yield from rows(session, CheckpointRow, [number], "checkpoint")


def signatures(session: Session, verifiers: Sequence[Verifier]) -> Iterator[Finding]:
    """That each checkpoint says what its row says, is signed by one of the keys, and that its time stamp is the one sealed."""
    names = {found.name for found in verifiers}
    for row in _checkpoints(session):
        if isinstance(row, Finding):
            continue  # the log's walk told it
        where = f"checkpoint {row.id}"
        try:
            head = Head.parse(opened(row.text, verifiers))
        except NoteError as error:
            yield Finding(ERROR, where, str(error))
            continue
        signed = head.number, head.size, head.root, head.at
        if signed != (row.id, row.size, row.root, row.at) or head.origin not in names:
            yield Finding(ERROR, where, "its fields are not what was signed")
        yield from _stamp(session, row)


def _stamp(session: Session, row: CheckpointRow) -> Iterator[Finding]:
    where = f"time stamp of checkpoint {row.id}"
    if row.stamp is not None and row.leaf is None:
        yield Finding(ERROR, where, "it is not sealed")
    elif row.stamp is None and row.leaf is not None:
        yield Finding(ERROR, where, "it is missing")
    elif row.stamp is not None and row.leaf is not None:
        stamp = row.stamp
        claim = Claim(where, facts.STAMP, row.id, lambda leaf: facts.of_stamp(row.id, stamp, leaf.sealed_at))
        yield from sealed(leaves_of(session, [row.leaf]), claim, row.leaf)


def leaves_of(session: Session, indexes: Iterable[int | None]) -> dict[int, LeafRow | Finding]:
    """These leaves by index; one that cannot be read is a finding."""
    wanted = sorted({index for index in indexes if index is not None})
    found: dict[int, LeafRow | Finding] = {}
    for leaf in rows(session, LeafRow, wanted, "leaf") if wanted else ():
        found[int(leaf.where.split()[1]) if isinstance(leaf, Finding) else leaf.idx] = leaf
    return found


def sealed(leaves: Mapping[int, LeafRow | Finding], claim: Claim, index: int) -> Iterator[Finding]:
    """That a row is what its leaf was made of."""
    leaf = leaves.get(index)
    if leaf is None:
        yield Finding(ERROR, claim.where, f"leaf {index} is missing")
    elif isinstance(leaf, Finding):
        yield leaf
    elif (leaf.kind, leaf.ref, leaf.part) != (claim.kind, claim.ref, claim.part):
        of = f"{leaf.kind} {leaf.ref}" + (f" ({leaf.part})" if leaf.part else "")
        yield Finding(ERROR, claim.where, f"leaf {index} is of {of}: the leaf or the row was altered")
    elif leaf.salt is None:
        yield Finding(ERROR, claim.where, f"leaf {index} was forgotten, or speaks of what stood here before")
    elif _entry(leaf, claim.said) != leaf.entry:
        what = f"it is not what was sealed as leaf {index}: the row or the leaf was altered"
        yield Finding(ERROR, claim.where, what)


def _entry(leaf: LeafRow, said: Callable[[LeafRow], facts.Facts]) -> bytes | None:
    try:
        return facts.entry(leaf.salt or b"", said(leaf))
    except Exception:  # noqa: BLE001 - a blob that cannot be unpacked, whatever that raises, is not what was sealed
        return None
