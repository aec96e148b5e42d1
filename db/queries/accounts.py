"""Accounts and the browsers that signed in to them. Secrets come as digests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from db.models_access import Account, WebSession


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """An account; `sessions` counts the browsers signed in, where it was asked for."""

    id: int
    name: str
    hash: str
    created_at: datetime
    disabled: bool
    sessions: int = 0


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A browser that signed in to an account that may be used."""

    digest: str
    account_id: int
    name: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    agent: str


def _record(row: Account, sessions: int = 0) -> AccountRecord:
    return AccountRecord(row.id, row.name, row.hash, row.created_at, row.disabled, sessions)


def any_enabled(session: Session) -> bool:
    """Whether anybody can sign in."""
    return session.scalar(select(Account.id).where(~Account.disabled).limit(1)) is not None


def any_account(session: Session) -> bool:
    """Whether there is an account, those disabled too."""
    return session.scalar(select(Account.id).limit(1)) is not None


def every(session: Session, now: datetime) -> list[AccountRecord]:
    """All accounts by name, with how many browsers each has signed in."""
    living = select(WebSession.account_id, func.count().label("n")).where(WebSession.expires_at > now)
    counted = living.group_by(WebSession.account_id).subquery()
    query = select(Account, counted.c.n).outerjoin(counted, counted.c.account_id == Account.id).order_by(Account.name)
    return [_record(row, number or 0) for row, number in session.execute(query)]


def by_name(session: Session, name: str) -> AccountRecord | None:
    row = session.scalar(select(Account).where(Account.name == name))
    return _record(row) if row else None


def add(session: Session, name: str, hashed: str, now: datetime) -> AccountRecord:
    """Make an account. Raises `ValueError` where the name is taken."""
    if by_name(session, name):
        raise ValueError(f"there is an account {name!r} already")
    row = Account(name=name, hash=hashed, created_at=now, disabled=False)
    session.add(row)
    session.flush()
    return _record(row)


def set_hash(session: Session, account_id: int, hashed: str) -> None:
    session.execute(update(Account).where(Account.id == account_id).values(hash=hashed))


def set_disabled(session: Session, account_id: int, disabled: bool) -> None:
    """Disable an account, which signs its browsers out, or enable it again."""
    session.execute(update(Account).where(Account.id == account_id).values(disabled=disabled))
    if disabled:
        sign_out(session, account_id)


def sign_in(session: Session, account_id: int, digest: str, *, now: datetime, until: datetime, agent: str) -> None:
    """Keep a browser's session; those that have expired are dropped on the way."""
    session.execute(delete(WebSession).where(WebSession.expires_at <= now))
    session.add(
        WebSession(
            digest=digest, account_id=account_id, created_at=now, last_seen_at=now, expires_at=until, agent=agent
        )
    )


def signed_in(session: Session, digest: str, now: datetime) -> SessionRecord | None:
    """The session of a digest, while it lasts and its account may be used."""
    return next(iter(_sessions(session, now, WebSession.digest == digest)), None)


def sessions_of(session: Session, account_id: int, now: datetime) -> list[SessionRecord]:
    """The browsers signed in to an account, last seen first."""
    return _sessions(session, now, WebSession.account_id == account_id)


def _sessions(session: Session, now: datetime, *where: ColumnElement[bool]) -> list[SessionRecord]:
    query = (
        select(WebSession, Account.name)
        .join(Account, Account.id == WebSession.account_id)
        .where(*where, WebSession.expires_at > now, ~Account.disabled)
        .order_by(WebSession.last_seen_at.desc())
    )
    return [
        SessionRecord(row.digest, row.account_id, name, row.created_at, row.last_seen_at, row.expires_at, row.agent)
        for row, name in session.execute(query)
    ]


def seen(session: Session, digest: str, now: datetime, until: datetime) -> None:
    """A signed-in browser came again."""
    query = update(WebSession).where(WebSession.digest == digest)
    session.execute(query.values(last_seen_at=now, expires_at=until))


def sign_out(session: Session, account_id: int, *, but: str | None = None) -> int:
    """End an account's sessions, all or all but one. Gives how many."""
    query = delete(WebSession).where(WebSession.account_id == account_id)
    if but is not None:
        query = query.where(WebSession.digest != but)
    return int(session.execute(query).rowcount)  # type: ignore[attr-defined]


def end_session(session: Session, digest: str) -> None:
    session.execute(delete(WebSession).where(WebSession.digest == digest))
