"""The Merkle tree as the database keeps it: entries in `leaf`, whole subtrees of every eighth level in `log_node`."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from db.evidence import facts, merkle
from db.models_evidence import LeafRow, LogNode

STEP = 8  # levels between two that are kept: a proof reads at most 255 leaves and a few dozen nodes


COLUMNS = (LeafRow.idx, LeafRow.kind, LeafRow.ref, LeafRow.part, LeafRow.sealed_at, LeafRow.entry)


def size(session: Session) -> int:
    """How many leaves the log holds."""
    return (session.scalar(select(func.max(LeafRow.idx))) or 0) + 1 if _any(session) else 0


def _any(session: Session) -> bool:
    return session.scalar(select(LeafRow.idx).limit(1)) is not None


class Nodes:
    """Gives the hash of any whole subtree (`merkle.Node`), reading what is kept and hashing the rest. Remembers what it read.

    Raises `LookupError` where a leaf or a node is missing.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[tuple[int, int], bytes] = {}

    def __call__(self, level: int, index: int) -> bytes:
        found = self._known.get((level, index))
        if found is None:
            found = self._known[level, index] = self._find(level, index)
        return found

    def _find(self, level: int, index: int) -> bytes:
        if level < STEP:
            return self._of_leaves(level, index)
        if level % STEP == 0:
            kept = self._session.get(LogNode, (level, index))
            if kept is None:
                raise LookupError(f"the log's node {level}/{index} is missing")
            return kept.hash
        return merkle.node_hash(self(level - 1, 2 * index), self(level - 1, 2 * index + 1))

    def _of_leaves(self, level: int, index: int) -> bytes:
        """Below the first level kept: all leaves of the subtree of 256 that it belongs to are read at once."""
        if level:
            return merkle.node_hash(self(level - 1, 2 * index), self(level - 1, 2 * index + 1))
        first = index >> STEP << STEP
        query = select(*COLUMNS).where(LeafRow.idx >= first, LeafRow.idx < first + (1 << STEP))
        for row in self._session.execute(query):
            data = facts.leaf_data(row.kind, row.ref, row.part, row.sealed_at, row.entry)
            self._known[0, row.idx] = merkle.leaf_hash(data)
        if (0, index) not in self._known:
            raise LookupError(f"the log's leaf {index} is missing")
        return self._known[0, index]


def grow(session: Session, begin: int, leaves: Iterable[bytes]) -> int:
    """Hash the data of leaves that were added from `begin` on, and keep the subtrees they complete. Gives the new size."""
    frontier = merkle.Frontier(begin, Nodes(session))
    done = frontier.extend(map(merkle.leaf_hash, leaves))
    rows = [
        {"level": level, "idx": index, "hash": found} for level, index, found in done if level and level % STEP == 0
    ]
    if rows:
        session.execute(insert(LogNode), rows)
    return frontier.size
