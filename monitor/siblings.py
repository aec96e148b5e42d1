"""Siblings of a page: the same wire story on other outlets, and which of them carry its edits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from db.queries import changes, pages, revisions, similar, sources
from db.queries.changes import ChangeFilter
from db.records import ChangeRecord, PageRecord
from db.types import Article, Kind
from monitor import syndication
from monitor.syndication import Signature

BATCH = 100
EDITS = 20
KINDS = (str(Kind.HEADLINE), str(Kind.BODY), str(Kind.DATELINE))

Prints = list[tuple[similar.Waiting, Signature | None]]


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another outlet's page of the same story. `contained` is the share of the shorter body that both have; `carried` says of
    each edit, by the change's id, whether this page carries it."""

    page: PageRecord
    source: str
    headline: str | None
    contained: float
    carried: dict[int, str]


def prints(session: Session, limit: int = BATCH) -> Prints:
    """The next revisions without a fingerprint, and the fingerprints of their bodies."""
    return [
        (found, syndication.signature(syndication.body_text(found.article)))
        for found in similar.waiting(session, limit)
    ]


def keep(session: Session, made: Prints) -> int:
    """Store fingerprints. Gives how many revisions they were of."""
    similar.put(session, [_entry(found, signature) for found, signature in made])
    if made:
        similar.move_cursor(session, made[-1][0].revision_id)
    return len(made)


def _entry(found: similar.Waiting, signature: Signature | None) -> similar.Entry:
    if signature is None:
        return similar.Entry(found.page_id, found.revision_id, None)
    return similar.Entry(found.page_id, found.revision_id, signature.pack(), syndication.bands(signature))


def edits_of(session: Session, page_id: int) -> list[ChangeRecord]:
    """A page's last edits that a sibling could carry, newest first."""
    found = changes.find(session, ChangeFilter(page_id=page_id, kinds=KINDS, limit=EDITS))
    return [record for record in found if record.change.surface is None]


def siblings(session: Session, page_id: int, edits: Sequence[ChangeRecord] = ()) -> list[Sibling]:
    """A page's siblings, most alike first, each with whether it carries the edits given."""
    blob = similar.of_page(session, page_id)
    if blob is None:
        return []
    mine = Signature.unpack(blob)
    alike = []
    for other, signature in similar.candidates(session, page_id):
        theirs = Signature.unpack(signature)
        if syndication.siblings(mine, theirs):
            alike.append((syndication.contained(mine, theirs), other))
    names = {source.id: source.name for source in sources.every(session)}
    made = [_sibling(session, other, share, names, edits) for share, other in sorted(alike, reverse=True)]
    return [sibling for sibling in made if sibling is not None]


def _sibling(
    session: Session, page_id: int, share: float, names: dict[int, str], edits: Sequence[ChangeRecord]
) -> Sibling | None:
    page = pages.get(session, page_id)
    article = _latest(session, page)
    if page is None or article is None:
        return None
    carried = {record.id: syndication.carries(record.change, article) for record in edits}
    return Sibling(page, names.get(page.source_id, "?"), article.headline, share, carried)


def _latest(session: Session, page: PageRecord | None) -> Article | None:
    return revisions.article(session, page.latest_revision_id) if page and page.latest_revision_id else None
