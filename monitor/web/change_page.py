"""One change in full: its words, facts, both times, judgement and evidence."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse

from db.evidence import proofs
from db.queries import changes, hiding, inbox, pages, revisions, triage
from db.records import ChangeRecord, RevisionRecord
from monitor.report import diff_view
from monitor.web import sharing
from monitor.web.access import identify
from monitor.web.access import shown as private
from monitor.web.archived import Answer, answer_of
from monitor.web.desk import NUMBER_MOST, Desk, desk_of, person

router = APIRouter()

SHORT = 1500  # characters up to which both views of a diff stand on one page
VIEWS = ("inline", "side", "whole")


@router.get("/changes/{change_id}", response_class=HTMLResponse)
def change(request: Request, change_id: int, view: str = "inline") -> HTMLResponse:
    desk = desk_of(request)
    view = view if view in VIEWS else "inline"
    with desk.session() as session:
        record = changes.get(session, change_id) if 0 < change_id <= NUMBER_MOST else None
        if record is None:
            raise HTTPException(404, f"There is no change {change_id}.")
        newer, older = inbox.neighbours(session, change_id)
        page = pages.get(session, record.page_id)
        source_id = page.source_id if page else 0
        kind, surface = record.change.kind, record.change.surface
        rules = hiding.that_hide(hiding.enabled(session), record.page_id, source_id, kind, surface)
        versions = versions_of(session, record)
        values: dict[str, Any] = {
            "sealed": proofs.state_of_change(session, change_id),
            "judged": private.judgements(request, session, [change_id]).get(change_id),
            "tagged": private.tags_of(request, session, [change_id]).get(change_id, []),
            "all_tags": private.all_tags(request, session),
            "others": other_changes(session, record),
            "undo": triage.last(session, person(request)) if identify(request).known else None,
        }
    answers = _answers(desk, versions)
    size = len(record.change.before or "") + len(record.change.after or "")
    return desk.page(
        request,
        "change.html",
        **values,
        record=record,
        newer=newer,
        older=older,
        rules=rules,
        versions=versions,
        answers=answers,
        share=sharing.share(request, record, versions, answers),
        view=view,
        short=size < SHORT,
        shown=diff_view.paragraphs(record.change, whole=view == "whole"),
    )


def versions_of(session: Session, record: ChangeRecord) -> list[RevisionRecord]:
    """The version before and the one after, as far as they are kept."""
    ids = [number for number in (record.revision_before, record.revision_after) if number]
    return [found for number in ids if (found := revisions.get(session, number))]


def other_changes(session: Session, record: ChangeRecord) -> list[ChangeRecord]:
    """What was edited with it and is not noise."""
    event = changes.of_revision(session, record.revision_after) if record.revision_after else []
    return [other for other in event if other.id != record.id and other.change.suppressed_by is None]


def _answers(desk: Desk, versions: list[RevisionRecord]) -> dict[int, Answer]:
    """What each version was read from, where the archive stands here."""
    return {version.id: answer_of(desk.archive, version.ref) for version in versions if version.ref}
