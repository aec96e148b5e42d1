"""Pages: one row an article, and the one question asked on every tick: what is due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, case, delete, func, select, update
from sqlalchemy.orm import Session

from db.models import Alias, Page, Source
from db.records import PageRecord

_FIELDS = tuple(f.name for f in fields(PageRecord))
_COLUMNS = tuple(getattr(Page, name) for name in _FIELDS)
# on the table, past the object mapper: every visit writes by it, and the mapper's own way costs three times as much
_TABLE = cast("Table", Page.__table__)
_STORE = update(_TABLE).where(_TABLE.c.id == bindparam("its_id"))


def due(session: Session, now: datetime, limit: int = 500, *, skip_hosts: Iterable[str] = ()) -> list[PageRecord]:
    """Active pages whose next check has come, longest waiting first.

    `skip_hosts` are hosts whose queue is full: left out here, so that one slow host cannot fill the batch.
    """
    disabled = select(Source.id).where(~Source.enabled)
    query = (
        select(*_COLUMNS)
        .where(Page.active, Page.next_check_at <= now, Page.source_id.not_in(disabled))
        .order_by(Page.next_check_at)
        .limit(limit)
    )
    hosts = list(skip_hosts)
    if hosts:
        query = query.where(Page.host.not_in(hosts))
    return [PageRecord(*row) for row in session.execute(query)]


def get(session: Session, page_id: int) -> PageRecord | None:
    row = session.execute(select(*_COLUMNS).where(Page.id == page_id)).first()
    return PageRecord(*row) if row else None


def count_rendered(session: Session) -> int:
    """Active pages that are rendered by their own setting."""
    return session.scalar(select(func.count(Page.id)).where(Page.active, Page.render.is_(True))) or 0


def find(session: Session, urls: Sequence[str]) -> PageRecord | None:
    """The page that one of the addresses, canonical or alias, stands for."""
    row = session.execute(select(*_COLUMNS).where(Page.url.in_(urls)).limit(1)).first()
    if row is None:
        page_id = session.scalar(select(Alias.page_id).where(Alias.url.in_(urls)).limit(1))
        return get(session, page_id) if page_id else None
    return PageRecord(*row)


def add(
    session: Session,
    source_id: int,
    url: str,
    host: str,
    now: datetime,
    *,
    published_at: datetime | None = None,
    active: bool = True,
    next_check_at: datetime | None = None,
) -> PageRecord:
    """A page that was not known. `next_check_at` is now where not given."""
    row = Page(
        source_id=source_id,
        url=url,
        host=host,
        first_seen_at=now,
        active=active,
        state="unseen",
        published_at=published_at,
        next_check_at=next_check_at or now,
    )
    session.add(row)
    session.flush()
    return PageRecord(*(getattr(row, name) for name in _FIELDS))


def record(session: Session, page_id: int, **values: Any) -> None:
    """Store columns of one page by name."""
    if values:
        session.flush()
        session.connection().execute(_STORE, {"its_id": page_id, **values})


def known(session: Session, urls: Sequence[str]) -> dict[str, int]:
    """Which of the addresses are known, as page or alias, and the page of each. Asked in portions of 500."""
    found: dict[str, int] = {}
    for start in range(0, len(urls), 500):
        portion = urls[start : start + 500]
        found.update(
            (url, page) for url, page in session.execute(select(Alias.url, Alias.page_id).where(Alias.url.in_(portion)))
        )
        found.update(
            (url, page) for url, page in session.execute(select(Page.url, Page.id).where(Page.url.in_(portion)))
        )
    return found


def bring_forward(session: Session, page_ids: Iterable[int], now: datetime) -> None:
    """A hint says these changed: look now."""
    ids = list(page_ids)
    session.execute(update(Page).where(Page.id.in_(ids), Page.next_check_at > now).values(next_check_at=now))


def add_alias(session: Session, page_id: int, url: str) -> None:
    """Remember another address of a page; the first page an address was given to keeps it."""
    if session.get(Alias, url) is None and session.scalar(select(Page.id).where(Page.url == url)) is None:
        session.add(Alias(url=url, page_id=page_id))
        session.flush()


def aliases(session: Session, page_id: int) -> list[str]:
    return list(session.scalars(select(Alias.url).where(Alias.page_id == page_id).order_by(Alias.url)))


def next_due_at(session: Session) -> datetime | None:
    """When the next page falls due."""
    return session.scalar(select(func.min(Page.next_check_at)).where(Page.active))


def count_due(session: Session, now: datetime) -> int:
    return session.scalar(select(func.count()).where(Page.active, Page.next_check_at <= now)) or 0


def of_source(session: Session, source_id: int, limit: int = 10_000) -> list[PageRecord]:
    """Active pages of one source, newest first."""
    query = select(*_COLUMNS).where(Page.source_id == source_id, Page.active).order_by(Page.id.desc()).limit(limit)
    return [PageRecord(*row) for row in session.execute(query)]


def newest(session: Session, limit: int) -> list[PageRecord]:
    """Active pages, newest first."""
    query = select(*_COLUMNS).where(Page.active).order_by(Page.id.desc()).limit(limit)
    return [PageRecord(*row) for row in session.execute(query)]


def spread(session: Session, limit: int, below: int) -> list[PageRecord]:
    """Up to `limit` active pages whose ids lie evenly below `below`: a sample that reads no more than itself."""
    first = session.scalar(select(func.min(Page.id))) or below
    ids = sorted({first + (below - first) * n // limit for n in range(limit)} - {below})
    return [page for page in by_ids(session, ids).values() if page.active]


def by_ids(session: Session, page_ids: Sequence[int]) -> dict[int, PageRecord]:
    """Pages by id. Asked in portions of 500."""
    found: dict[int, PageRecord] = {}
    for start in range(0, len(page_ids), 500):
        rows = session.execute(select(*_COLUMNS).where(Page.id.in_(page_ids[start : start + 500])))
        found.update((row[0], PageRecord(*row)) for row in rows)
    return found


def next_due(session: Session, limit: int) -> list[PageRecord]:
    """Active pages, soonest looked at first."""
    query = select(*_COLUMNS).where(Page.active, Page.next_check_at.is_not(None)).order_by(Page.next_check_at)
    return [PageRecord(*row) for row in session.execute(query.limit(limit))]


def counts_by_source(session: Session) -> dict[int, int]:
    query = select(Page.source_id, func.count()).where(Page.active).group_by(Page.source_id)
    return dict(session.execute(query).all())


def missing_on_host(session: Session, host: str, since: datetime) -> tuple[int, int]:
    """Of a host's pages that were read before and visited since then: how many are missing now, and how many there are."""
    query = select(func.coalesce(func.sum(case((Page.gone_count > 0, 1), else_=0)), 0), func.count()).where(
        Page.host == host, Page.active, Page.latest_revision_id.is_not(None), Page.last_check_at >= since
    )
    missing, visited = session.execute(query).one()
    return int(missing), int(visited)


def remove(session: Session, page_id: int) -> None:
    """Forget a page that turned out to be another address of a known one; its checks go with it."""
    session.execute(delete(Page).where(Page.id == page_id))


def drop_alias(session: Session, url: str) -> None:
    """An alias becomes a page's own address."""
    session.execute(delete(Alias).where(Alias.url == url))


def any_active(session: Session) -> bool:
    """Whether anything is watched."""
    return session.scalar(select(Page.id).where(Page.active).limit(1)) is not None


def coming(session: Session, source_id: int, limit: int = 10) -> list[PageRecord]:
    """A source's articles that are looked at next, soonest first."""
    query = select(*_COLUMNS).where(Page.source_id == source_id, Page.active, Page.next_check_at.is_not(None))
    return [PageRecord(*row) for row in session.execute(query.order_by(Page.next_check_at).limit(limit))]


def hosts_of(session: Session, source_id: int, newest: int = 500) -> list[str]:
    """The hosts of a source's newest articles."""
    some = select(Page.host).where(Page.source_id == source_id).order_by(Page.id.desc()).limit(newest).subquery()
    return list(session.scalars(select(some.c.host).distinct().order_by(some.c.host)))
