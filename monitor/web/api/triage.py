"""Triage: judge, annotate, tag, all of a filter at once, and take it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Self

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field, StringConstraints, model_validator
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from db.queries import changes, inbox, tags, triage
from monitor.web.api import values
from monitor.web.api.changes import Filters, in_full, wanted
from monitor.web.api.guard import guarded
from monitor.web.api.paging import Given, Id, Listed, PathId, answer, unaltered
from monitor.web.desk import desk_of, person
from monitor.web.judging import IDS_MOST, NOTE_MOST

router = APIRouter(tags=["triage"])
FILTER_S = 2.0  # how long a filter's changes are looked for
Note = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=NOTE_MOST)]
Tag = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=80)]


class Judgements(Given):
    """Which changes, by ids or by a filter, and what they are to be."""

    state: values.StateName | None = None
    tags: list[Tag] = Field(default=[], max_length=50, description="Put on them, beside those that stand.")
    ids: list[Id] | None = Field(default=None, max_length=IDS_MOST)
    filter: Filters | None = Field(default=None, description=f"All changes that fit, up to {IDS_MOST}, newest first.")
    up_to: Id | None = Field(
        default=None, description="With `filter`: none newer than this id, such as came since you looked."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.ids is None) == (self.filter is None):
            raise ValueError("give either `ids` or `filter`")
        if self.state is None and not self.tags:
            raise ValueError("give a `state`, `tags`, or both")
        return self


class Done(BaseModel):
    """What an action did."""

    batch: str | None = Field(description="The action's name, for `/triage/undo`; null where no state differed.")
    ids: list[int] = Field(description="The changes that were named and exist.")
    complete: bool = Field(description="False where more changes fit the filter: repeat it.")


class Undo(Given):
    """Which action."""

    batch: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")] | None = Field(
        default=None, description="The action; your last where it is not named."
    )


class Undone(BaseModel):
    id: int
    state: values.StateName


class UndoneAll(BaseModel):
    """What stands again."""

    changes: list[Undone]


class Altered(Given):
    """What is to be of one change; what is not named stays."""

    state: values.StateName | None = None
    note: Note | None = Field(default=None, description="An empty one takes the note off.")
    tags: list[Tag] | None = Field(default=None, max_length=50, description="Exactly these.")


@router.post("/triage", response_model=Done, **guarded("triage", "write"))
def judge_many(request: Request, asked: Judgements) -> Response:
    """Judge many changes as one action, which can be taken back as one."""
    with desk_of(request).writing() as session:
        ids, complete = _named(session, asked)
        batch = None
        if asked.state is not None:
            batch = triage.put(session, ids, asked.state, at=datetime.now(UTC), by=person(request))
        tags.add(session, ids, _tidy(asked.tags))
    return answer(request, Done(batch=batch, ids=ids, complete=complete))


def _named(session: Session, asked: Judgements) -> tuple[list[int], bool]:
    if asked.filter is None:
        return changes.existing(session, asked.ids or []), True
    fit = wanted(session, asked.filter)
    if asked.up_to is not None:
        fit = replace(fit, filter=replace(fit.filter, before_id=asked.up_to + 1))
    return inbox.ids(session, fit, IDS_MOST, FILTER_S)


def _tidy(words: list[str]) -> list[str]:
    return list(dict.fromkeys(tag for word in words for tag in tags.tidy(word)))


@router.post("/triage/undo", response_model=UndoneAll, **guarded("triage", "write"))
def undo(request: Request, asked: Undo) -> Response:
    """Take an action back: each of its changes stands as before it. Done twice, it does nothing."""
    with desk_of(request).writing() as session:
        batch = asked.batch or triage.last(session, person(request))
        found = triage.undo(session, batch, at=datetime.now(UTC)) if batch else []
        states = triage.of(session, found)
    made = [Undone.model_validate({"id": key, "state": judged.state}) for key, judged in sorted(states.items())]
    return answer(request, UndoneAll(changes=made))


@router.patch("/changes/{change_id}", response_model=values.ChangeInFull, **guarded("triage", "write"))
def alter_change(request: Request, change_id: PathId, asked: Altered) -> Response:
    """Judge, annotate or tag one change. With `If-Match` only where it stands as you read it."""
    unaltered(request, lambda: in_full(request, change_id))
    now, who = datetime.now(UTC), person(request)
    with desk_of(request).writing() as session:
        if changes.get(session, change_id) is None:
            raise HTTPException(404, f"There is no change {change_id}.")
        if asked.state is not None:
            triage.put(session, [change_id], asked.state, at=now, by=who)
        if asked.note is not None:
            triage.annotate(session, change_id, asked.note.strip(), at=now, by=who)
        if asked.tags is not None:
            tags.put(session, change_id, _tidy(asked.tags))
    return answer(request, in_full(request, change_id))


@router.get("/tags", response_model=Listed[str], **guarded("read", desk=True))
def list_tags(request: Request) -> Response:
    """The tags in use, the first 200 of the alphabet."""
    with desk_of(request).session() as session:
        return answer(request, Listed[str](items=tags.known(session)))
