"""Words in headlines and bodies of all versions: the index (FTS5 on SQLite, tsvector on PostgreSQL) and what it finds.

Migration 0016 makes the index, which is no table of the models: it is filled from readings, piece by piece, and can be made
anew. Terms are those of `db.words`, letters and digits alone, so that no sign a person writes reaches a query language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from db.models import Page, Revision, Source
from db.queries import revisions
from db.queries.search import on_sqlite
from db.records import RevisionRecord
from db.types import Article
from db.words import Phrase, Query, terms

In = Literal["headline", "body"]
LATE = 5000  # numbers below the highest that is indexed, among which one that was committed late is looked for
PORTION = 200
VERSIONS_MOST = 500  # of an article that are told apart
_POSITIONS = 16_383  # of a tsvector (postgresql.org, 12.8 Limitations)
_GAP = 2  # between headline and body: no phrase goes from one into the other
_EACH = 200
PORTION_MOST = 3200
SCANNED = 40_000  # versions that hold the words, looked at for one list
_ABOVE_ALL = 1 << 62


@dataclass(frozen=True, slots=True)
class Waiting:
    """A version that the index does not hold yet: its terms."""

    revision_id: int
    headline: list[str]
    body: list[str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for, and where. `before` is a version's number: only older ones are offered."""

    query: Query
    within: In | None = None
    sources: tuple[str, ...] = ()
    since: datetime | None = None
    before: int | None = None


def body_text(article: Article) -> str:
    """The words of a body, a block a line."""
    return "\n".join(block.text for block in article.body)


def _indexed(session: Session) -> tuple[str, str]:
    return ("text_search_docsize", "id") if on_sqlite(session) else ("text_search", "revision_id")


def reached(session: Session) -> int:
    """The highest number of a version that is indexed."""
    table, column = _indexed(session)
    return session.scalar(text(f"SELECT max({column}) FROM {table}")) or 0  # noqa: S608 - our own two names


def behind(session: Session) -> int:
    """About how many versions wait to be indexed: the distance of the numbers."""
    newest = session.scalar(select(Revision.id).order_by(Revision.id.desc()).limit(1)) or 0
    return max(0, newest - reached(session))


def waiting(session: Session, limit: int = PORTION) -> list[Waiting]:
    """The next versions to index, oldest first."""
    table, column = _indexed(session)
    query = text(
        f"SELECT id FROM revision WHERE id > :low AND NOT EXISTS (SELECT 1 FROM {table} AS held "  # noqa: S608
        f"WHERE held.{column} = revision.id) ORDER BY id LIMIT :limit"
    )
    ids = list(session.scalars(query, {"low": reached(session) - LATE, "limit": limit}))
    return [_terms_of(session, number) for number in ids]


def _terms_of(session: Session, revision_id: int) -> Waiting:
    article = revisions.article(session, revision_id)
    if article is None:
        return Waiting(revision_id, [], [])
    return Waiting(revision_id, terms(article.headline or ""), terms(body_text(article)))


def put(session: Session, found: Sequence[Waiting]) -> int:
    """Index versions, those that stand still and are not indexed already. Gives how many."""
    table, column = _indexed(session)
    ids = [one.revision_id for one in found]
    stand = set(session.scalars(select(Revision.id).where(Revision.id.in_(ids))))
    held = text(f"SELECT {column} FROM {table} WHERE {column} IN :ids")  # noqa: S608
    stand -= set(session.scalars(held.bindparams(bindparam("ids", expanding=True)), {"ids": ids}))
    rows = [_row(session, one) for one in found if one.revision_id in stand]
    if rows:
        session.execute(_insert(session), rows)
    return len(rows)


def _insert(session: Session) -> Any:
    if on_sqlite(session):
        return text("INSERT INTO text_search (rowid, headline, body) VALUES (:id, :headline, :body)")
    return text("INSERT INTO text_search VALUES (:id, CAST(:words AS tsvector)) ON CONFLICT DO NOTHING")


def _row(session: Session, one: Waiting) -> dict[str, Any]:
    if on_sqlite(session):
        return {"id": one.revision_id, "headline": " ".join(one.headline), "body": " ".join(one.body)}
    return {"id": one.revision_id, "words": _vector(one)}


def _vector(one: Waiting) -> str:
    """A tsvector as PostgreSQL writes it: headline in class A, body in D."""
    places: dict[str, list[str]] = {}
    for at, word in enumerate(one.headline, 1):
        places.setdefault(word, []).append(f"{min(at, _POSITIONS)}A")
    for at, word in enumerate(one.body, len(one.headline) + _GAP):
        if at <= _POSITIONS:
            places.setdefault(word, []).append(str(at))
        else:
            places.setdefault(word, [str(_POSITIONS)])
    return " ".join(f"'{word}':{','.join(where)}" for word, where in places.items())


def drop(session: Session, ids: Iterable[int]) -> None:
    """Take versions out of the index, before their readings go. On PostgreSQL they leave it with their rows."""
    if not on_sqlite(session):
        return
    gone = "INSERT INTO text_search (text_search, rowid, headline, body) VALUES ('delete', :id, :headline, :body)"
    held = text("SELECT 1 FROM text_search_docsize WHERE id = :id")
    for number in ids:
        if session.scalar(held, {"id": number}):
            session.execute(text(gone), _row(session, _terms_of(session, number)))


# ----------------------------------------------------------------------------------------------- what it finds


def find(session: Session, wanted: Wanted, limit: int) -> tuple[list[tuple[int, int]], int | None]:
    """Articles of which a version has the words, as `(article, newest such version)`, newest such version first; and the `before`
    to go on with, None at the end. It may be short of the limit and go on: no more than `SCANNED` versions are looked at."""
    found: dict[int, int] = {}
    shown: dict[int, bool] = {}
    before, scanned, portion = wanted.before, 0, _EACH
    while scanned < SCANNED:
        rows = _candidates(session, wanted, before, portion)
        for number, page in _narrowed(session, wanted, rows):
            if page not in shown:
                shown[page] = wanted.before is not None and _further_up(session, wanted, page)
            if not shown[page] and page not in found:
                if len(found) == limit:
                    return list(found.items()), min(found.values())
                found[page] = number
        if len(rows) < portion:
            return list(found.items()), None
        before, scanned, portion = rows[-1], scanned + portion, min(4 * portion, PORTION_MOST)
    return list(found.items()), before


def _further_up(session: Session, wanted: Wanted, page: int) -> bool:
    """Whether an article was offered before: by a version that is newer than where the list goes on."""
    edge = wanted.before or 0
    newer = [record for record in _versions(session, page) if record.id >= edge]
    has = matching(session, wanted, [record.id for record in newer])
    return any(record.id in has and _young(wanted, record.not_after) for record in newer)


def _young(wanted: Wanted, at: datetime) -> bool:
    return wanted.since is None or at >= wanted.since


def _candidates(session: Session, wanted: Wanted, before: int | None, portion: int) -> list[int]:
    column = _column(session)
    query = text(
        f"SELECT {column} FROM text_search WHERE {_match(session)} AND {column} < :before ORDER BY {column} DESC LIMIT :portion"  # noqa: S608
    )
    given = {"asked": _asked(session, wanted), "before": before or _ABOVE_ALL, "portion": portion}
    return list(session.scalars(query, given))


def _narrowed(session: Session, wanted: Wanted, ids: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Of these versions those that the other conditions hold for, newest first, with their articles."""
    query = select(Revision.id, Revision.page_id).order_by(Revision.id.desc())
    if wanted.since is not None:
        query = query.where(Revision.not_after >= wanted.since)
    if wanted.sources:
        query = query.join(Page, Page.id == Revision.page_id).join(Source, Source.id == Page.source_id)
        query = query.where(Source.name.in_(wanted.sources))
    for at in range(0, len(ids), _EACH):
        yield from (
            (number, page) for number, page in session.execute(query.where(Revision.id.in_(ids[at : at + _EACH])))
        )


def _column(session: Session) -> str:
    return "rowid" if on_sqlite(session) else "revision_id"


def _match(session: Session) -> str:
    return "text_search MATCH :asked" if on_sqlite(session) else "text_search.words @@ CAST(:asked AS tsquery)"


def matching(session: Session, wanted: Wanted, ids: Sequence[int]) -> set[int]:
    """Which of these versions have the words."""
    column = _column(session)
    query = text(f"SELECT {column} FROM text_search WHERE {_match(session)} AND {column} IN :ids")  # noqa: S608
    given = {"asked": _asked(session, wanted), "ids": list(ids)}
    return set(session.scalars(query.bindparams(bindparam("ids", expanding=True)), given))


def _versions(session: Session, page_id: int) -> list[RevisionRecord]:
    return revisions.newest_of_page(session, page_id, VERSIONS_MOST)


def history(session: Session, wanted: Wanted, page_id: int) -> list[tuple[RevisionRecord, bool]]:
    """An article's versions, oldest first and the last `VERSIONS_MOST`, each with whether it has the words."""
    found = _versions(session, page_id)
    has = matching(session, wanted, [record.id for record in found])
    return [(record, record.id in has) for record in reversed(found)]


def page_names(session: Session, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Of articles: their address and their source's name."""
    query = select(Page.id, Page.url, Source.name).join(Source, Source.id == Page.source_id).where(Page.id.in_(ids))
    return {number: (url, name) for number, url, name in session.execute(query)}


def _asked(session: Session, wanted: Wanted) -> str:
    return (_for_fts5 if on_sqlite(session) else _for_tsquery)(wanted.query, wanted.within)


def _for_fts5(query: Query, within: In | None) -> str:
    def one(phrase: Phrase) -> str:
        return '"' + " ".join(phrase.terms) + '"' + (" *" if phrase.begins else "")

    said = " AND ".join(one(phrase) for phrase in query.wanted)
    for phrase in query.refused:
        said = f"({said}) NOT {one(phrase)}"
    return f"{{{within}}} : ({said})" if within else said


def _for_tsquery(query: Query, within: In | None) -> str:
    in_class = {"headline": "A", "body": "D", None: ""}[within]

    def one(phrase: Phrase) -> str:
        last = len(phrase.terms) - 1
        marks = [("*" if phrase.begins and at == last else "") + in_class for at in range(last + 1)]
        said = [f"'{word}'" + (f":{mark}" if mark else "") for word, mark in zip(phrase.terms, marks, strict=True)]
        return "(" + " <-> ".join(said) + ")"

    refused = (f"!{one(phrase)}" for phrase in query.refused)
    return " & ".join([*(one(phrase) for phrase in query.wanted), *refused])
