"""The public keys of the log, in the database, where all homes of a fleet find them. One key signs.

A private key is a file of a home (`db.evidence.key`). In a fleet the first home that signs goes on signing; others sign
where they are given the same `evidence.key`. A key that the database alone vouches for is told by `newswatch verify`.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db.evidence import key
from db.evidence.note import NoteError, Signer, Verifier, opened
from db.models_archive import EvidenceKey
from db.models_evidence import CheckpointRow


def signer(session: Session, home: Path, now: datetime) -> Signer | None:
    """This home's key, where it signs for the log; None where another home does. Raises `NoteError` for a file that holds no key.

    On SQLite there is one home: a new key of it takes the old one's place.
    """
    chosen = session.scalar(select(EvidenceKey.verifier).where(EvidenceKey.signs))
    shared = session.get_bind().dialect.name == "postgresql"
    if chosen is not None and shared and not (home / key.KEY_FILE).exists():
        return None
    own = key.signer(home)
    if chosen == own.verifier.text:
        return own
    if chosen is None or not shared:
        choose(session, own.verifier, now)
        return own
    _remember(session, own.verifier, now)
    return None


def choose(session: Session, verifier: Verifier, now: datetime) -> None:
    """Have this key sign from now on."""
    session.execute(update(EvidenceKey).values(signs=False))
    session.merge(EvidenceKey(name=verifier.name, verifier=verifier.text, since=now, signs=True))
    session.flush()


def _remember(session: Session, verifier: Verifier, now: datetime) -> None:
    """A key that signed before keys were shared is kept, so that what it signed can be checked anywhere."""
    if session.get(EvidenceKey, verifier.name) is None and _signed(session, verifier):
        session.add(EvidenceKey(name=verifier.name, verifier=verifier.text, since=now, signs=False))
        session.flush()


def _signed(session: Session, verifier: Verifier) -> bool:
    for text in session.scalars(select(CheckpointRow.text).where(CheckpointRow.text.contains(f" {verifier.name} "))):
        try:
            opened(text, [verifier])
        except NoteError:
            continue
        return True
    return False


def stored(session: Session) -> list[Verifier]:
    """The keys that the database names, oldest first. Raises `NoteError` where one is none."""
    rows = session.scalars(select(EvidenceKey.verifier).order_by(EvidenceKey.since, EvidenceKey.name))
    return [Verifier.parse(text) for text in rows]


def known(session: Session, home: Path) -> list[Verifier]:
    """The keys that this home vouches for, then those that the database alone does. Raises `NoteError` where one is none."""
    found = pinned(home)
    return [*found, *(verifier for verifier in stored(session) if verifier not in found)]


def pinned(home: Path) -> list[Verifier]:
    """The keys in the home's own file; none where it has no file."""
    try:
        return key.verifiers(home)
    except FileNotFoundError:
        return []
