"""The search in texts: words in headlines and bodies of all versions."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from db.queries.texts import Wanted
from db.words import QueryError, parse
from monitor import searching
from monitor.web.api import values
from monitor.web.api.guard import guarded
from monitor.web.api.paging import Listed, Moment, Paging, Words, answer, cursor, place
from monitor.web.desk import desk_of

router = APIRouter(tags=["articles"])


class Asked(Paging):
    """What to look for, and where."""

    q: Words = Field(
        description='Words, "a phrase", begin*, -not. All must stand in one version; case and accents do not matter.'
    )
    within: Literal["headline", "body"] | None = Field(default=None, description="Only there; both without it.")
    source: list[Words] = Field(default=[], max_length=50, description="Names of sources.")
    since: Moment | None = Field(default=None, description="Versions seen since then.")
    limit: int = Field(default=20, ge=1, le=50, description="How many articles at most.")


class Piece(BaseModel):
    """A piece of a text."""

    text: str
    hit: bool = Field(description="Whether it is what was looked for.")


class During(BaseModel):
    """From which version on the words stood there, and until which."""

    first: values.Version
    gone: values.Version | None = Field(
        description="The first version after it without the words; null: they stand there still."
    )


class TextHit(BaseModel):
    """An article of which a version has the words."""

    article: int = Field(description="`/articles/{id}`.")
    url: str
    source: str
    version: values.Version = Field(description="The newest that has the words; the pieces are of it.")
    versions: int = Field(description="How many versions were told apart, the newest ones of the article.")
    during: list[During]
    headline: list[Piece]
    body: list[Piece] = Field(description="The words around the first hit.")


class TextHits(Listed[TextHit]):
    """Articles that have or had the words, the newest version first."""

    behind: int = Field(description="About how many versions are stored and not searched yet.")


@router.get("/search", response_model=TextHits, **guarded("read"))
def search_texts(request: Request, asked: Annotated[Asked, Query()]) -> Response:
    """Search the texts of all versions, those no longer current as well."""
    before = place(asked.after, int)
    try:
        wanted = Wanted(parse(asked.q), asked.within, tuple(asked.source), asked.since, before)
    except QueryError as error:
        raise HTTPException(422, f"`q`: {error}.") from error
    with desk_of(request).session() as session:
        found = searching.search(session, wanted, asked.limit)
    after = cursor(found.more) if found.more is not None else None
    return answer(request, TextHits(items=[_hit(hit) for hit in found.hits], next=after, behind=found.behind))


def _hit(hit: searching.Hit) -> TextHit:
    return TextHit(
        article=hit.page_id,
        url=hit.url,
        source=hit.source,
        version=values.Version(**values.version_values(hit.version)),
        versions=hit.versions,
        during=[
            During(
                first=values.Version(**values.version_values(span.first)),
                gone=values.Version(**values.version_values(span.gone)) if span.gone else None,
            )
            for span in hit.spans
        ],
        headline=[Piece(text=part.text, hit=part.hit) for part in hit.headline],
        body=[Piece(text=part.text, hit=part.hit) for part in hit.body],
    )
