"""Words in headlines and bodies of all versions: which articles have or had them, from which version until which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from db.queries import revisions, texts
from db.queries.texts import Wanted
from db.records import RevisionRecord
from db.types import Article
from db.words import Phrase, placed, spans

AROUND = 80  # letters of a snippet before the first hit
LONGEST = 240
WITHIN: tuple[texts.In, ...] = ("headline", "body")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a snippet, and whether it is what was looked for."""

    text: str
    hit: bool


@dataclass(frozen=True, slots=True)
class Span:
    """From the first version that has the words to the one that has them no more (None: the latest has them still)."""

    first: RevisionRecord
    gone: RevisionRecord | None


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that has or had the words. `version` is the newest that has them; the snippets are of its text."""

    page_id: int
    url: str
    source: str
    version: RevisionRecord
    versions: int
    spans: tuple[Span, ...]
    headline: tuple[Part, ...]
    body: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A part of a list of articles. `more` is the `before` to go on with, None at the end; `behind` is about how many versions
    were stored and not indexed yet."""

    hits: tuple[Hit, ...]
    more: int | None
    behind: int


def search(session: Session, asked: Wanted, limit: int) -> Found:
    """Articles of which a version has the words, the newest such version first."""
    found, more = texts.find(session, asked, limit)
    names = texts.page_names(session, [page for page, _ in found])
    hits = tuple(_hit(session, asked, version, *names[page]) for page, version in found)
    return Found(hits, more, texts.behind(session))


def catch_up(session: Session, most: int) -> int:
    """Index what waits, so many versions at most. Gives how many it were."""
    done = 0
    while done < most:
        some = texts.put(session, texts.waiting(session, min(texts.PORTION, most - done)))
        done += some
        if not some:
            break
    return done


def _hit(session: Session, asked: Wanted, version: int, url: str, source: str) -> Hit:
    record = revisions.get(session, version, with_article=True)
    assert record is not None
    article = record.article or Article(url=url)
    history = texts.history(session, asked, record.page_id)
    phrases = asked.query.wanted
    return Hit(
        record.page_id,
        url,
        source,
        record,
        len(history),
        _spans(history),
        snippet(article.headline or "", phrases if asked.within != "body" else (), whole=True),
        snippet(texts.body_text(article), phrases if asked.within != "headline" else ()),
    )


def _spans(history: Iterable[tuple[RevisionRecord, bool]]) -> tuple[Span, ...]:
    made: list[Span] = []
    begun: RevisionRecord | None = None
    for record, has in history:
        if has and begun is None:
            begun = record
        elif not has and begun is not None:
            made.append(Span(begun, record))
            begun = None
    return tuple([*made, Span(begun, None)] if begun else made)


def snippet(text: str, phrases: Sequence[Phrase], *, whole: bool = False) -> tuple[Part, ...]:
    """The words around the first hit, or the whole text, cut into what was looked for and what stands between. A text without a
    hit gives its beginning."""
    terms = list(placed(text)) if phrases else []
    places = sorted({place for phrase in phrases for place in spans(phrase, terms)})
    start, end = (0, len(text)) if whole else _window(text, places)
    made: list[Part] = [Part("…", False)] if start else []
    at = start
    for low, high in places:
        if low >= at and high <= end:
            made += [Part(text[at:low], False), Part(text[low:high], True)]
            at = high
    made += [Part(text[at:end], False), Part("…" if end < len(text) else "", False)]
    return tuple(Part(part.text.replace("\n", " "), part.hit) for part in made if part.text)


def _window(text: str, places: Sequence[tuple[int, int]]) -> tuple[int, int]:
    first, last = places[0] if places else (0, 0)
    start = max(0, first - AROUND)
    if start:
        space = text.find(" ", start, first)
        start = space + 1 if space >= 0 else start
    end = max(last, start + LONGEST)
    space = text.rfind(" ", last, end) if end < len(text) else -1
    return start, space if space > last else min(end, len(text))
