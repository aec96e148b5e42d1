"""Who is told of edits: the channels, how they fare, what they would be told, and asking for a test or another try.

The page sends nothing itself: a test is a row that the engine takes up, another try makes rows due.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from db.queries import changes, channels, deliveries
from db.queries.changes import ChangeFilter
from db.records import ChangeRecord, ChannelRecord
from db.types import Significance
from monitor.report.message import Message, payload, sample, subject, text
from monitor.web.access import needs
from monitor.web.desk import NUMBER_MOST, desk_of, person
from monitor.web.forms import go, own_form

router = APIRouter(dependencies=[Depends(needs("admin"))])
LOG = 30
Name = Annotated[str, Path(max_length=80)]


@router.get("/notifications", response_class=HTMLResponse)
def listed(request: Request) -> HTMLResponse:
    desk = desk_of(request)
    with desk.session() as session:
        known = channels.every(session)
        counts = deliveries.counts(session)
        shown = [channel for channel in known if channel.declared or counts.get(channel.name)]
        asks = {channel.name: channels.last_ask(session, channel.name) for channel in shown}
        recent = deliveries.recent(session, limit=LOG)
        headlines = {record.id: record for record in changes.by_ids(session, [row.change_id for row in recent])}
    return desk.page(
        request, "notifications.html", channels=shown, counts=counts, asks=asks, recent=recent, told=headlines
    )


@router.get("/notifications/{name}", response_class=HTMLResponse)
def preview(
    request: Request, name: Name, change: Annotated[int | None, Query(ge=1, le=NUMBER_MOST)] = None
) -> HTMLResponse:
    """What the channel would be told of a change; of the latest, where none is named."""
    desk = desk_of(request)
    with desk.session() as session:
        channel = _channel(session, name)
        record = _record(session, change)
    now = datetime.now(UTC)
    message = sample(now) if record is None else Message(deliveries.delivery_key(record.id, name), (record,), now)
    return desk.page(
        request,
        "notification.html",
        channel=channel,
        record=record,
        subject=subject(message),
        text=text(message, desk.zone(request)),
        payload=_indented(payload(message, name)) if channel.kind == "webhook" else None,
    )


@router.post("/notifications/{name}/test", dependencies=[Depends(own_form)])
def test(request: Request, name: Name) -> Response:
    """Ask for a test message; the engine that holds the home sends it within a second."""
    with desk_of(request).writing() as session:
        _channel(session, name)
        channels.ask(session, name, person(request) or "web", datetime.now(UTC))
    return go("/notifications")


@router.post("/notifications/{name}/retry", dependencies=[Depends(own_form)])
def retry(request: Request, name: Name) -> Response:
    """Make what was given up due again."""
    with desk_of(request).writing() as session:
        _channel(session, name)
        deliveries.retry(session, name, datetime.now(UTC))
    return go("/notifications")


def _indented(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _channel(session: Session, name: str) -> ChannelRecord:
    found = channels.get(session, name)
    if found is None:
        raise HTTPException(404, f"There is no channel {name}.")
    return found


def _record(session: Session, number: int | None) -> ChangeRecord | None:
    if number is None:
        found = changes.find(session, ChangeFilter(min_significance=Significance.SUBSTANTIVE, limit=1))
        return found[0] if found else None
    record = changes.get(session, number)
    if record is None:
        raise HTTPException(404, f"There is no change {number}.")
    return record
