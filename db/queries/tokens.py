"""Tokens of programs. A token is known by its digest; the secret itself is nowhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from db.models_access import AccessToken


@dataclass(frozen=True, slots=True)
class TokenRecord:
    id: int
    name: str
    scopes: frozenset[str]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None

    def living(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


def _record(row: AccessToken) -> TokenRecord:
    scopes = frozenset(row.scopes.split())
    return TokenRecord(row.id, row.name, scopes, row.created_at, row.last_used_at, row.expires_at, row.revoked_at)


def every(session: Session) -> list[TokenRecord]:
    """All tokens, newest first, those ended too."""
    return [_record(row) for row in session.scalars(select(AccessToken).order_by(AccessToken.id.desc()))]


def any_living(session: Session, now: datetime) -> bool:
    return session.scalar(select(AccessToken.id).where(*_living(now)).limit(1)) is not None


def _living(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return AccessToken.revoked_at.is_(None), or_(AccessToken.expires_at.is_(None), AccessToken.expires_at > now)


def by_digest(session: Session, digest: str, now: datetime) -> TokenRecord | None:
    """The living token of a digest."""
    row = session.scalar(select(AccessToken).where(AccessToken.digest == digest, *_living(now)))
    return _record(row) if row else None


def add(
    session: Session, name: str, digest: str, scopes: Iterable[str], *, now: datetime, until: datetime | None
) -> TokenRecord:
    """Keep a new token. Raises `ValueError` where a living one has its name."""
    named = select(AccessToken.id).where(AccessToken.name == name, *_living(now))
    if session.scalar(named) is not None:
        raise ValueError(f"there is a token {name!r} already")
    words = " ".join(sorted(scopes))
    row = AccessToken(name=name, digest=digest, scopes=words, created_at=now, expires_at=until)
    session.add(row)
    session.flush()
    return _record(row)


def used(session: Session, token_id: int, now: datetime) -> None:
    session.execute(update(AccessToken).where(AccessToken.id == token_id).values(last_used_at=now))


def revoke(session: Session, token_id: int, now: datetime) -> bool:
    """End a token for good. Gives whether it was living."""
    query = update(AccessToken).where(AccessToken.id == token_id, AccessToken.revoked_at.is_(None))
    return bool(session.execute(query.values(revoked_at=now)).rowcount)  # type: ignore[attr-defined]
