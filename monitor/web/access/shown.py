"""What is private to the desk, left out for visitors who are not known: notes, names, tags, views, and secrets in addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends
from sqlalchemy.orm import Session
from starlette.requests import Request

from db.queries import tags, triage
from db.queries.triage import Judgement
from monitor.web import filters
from monitor.web.access.identity import identify


def chosen(request: Request, given: Annotated[filters.Chosen, Depends(filters.chosen)]) -> filters.Chosen:
    """The filters asked for; what the public does not see it does not search by."""
    private = () if identify(request).known else ("tag",)
    return {name: value for name, value in given.items() if name not in private}


def judgements(request: Request, session: Session, ids: Iterable[int]) -> dict[int, Judgement]:
    """How changes were judged; for the public without note and name."""
    found = triage.of(session, ids)
    if identify(request).known:
        return found
    return {key: replace(judged, note=None, by=None) for key, judged in found.items()}


def tags_of(request: Request, session: Session, ids: Iterable[int]) -> Mapping[int, list[str]]:
    return tags.of(session, ids) if identify(request).known else {}


def all_tags(request: Request, session: Session) -> list[str]:
    return tags.known(session) if identify(request).known else []


def plain_address(url: str) -> str:
    """A list's address without what may be a key: user, password, query, fragment."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}{'?…' if parts.query else ''}"
