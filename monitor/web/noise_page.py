"""What is not shown, and why: noise rules, a person's hiding rules, and pages that flap. Everything here can be looked at."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from db.queries import hiding, inbox, suppressions, templates
from db.queries.changes import ChangeFilter
from db.queries.inbox import Wanted
from db.types import Nature
from monitor.web.desk import desk_of

router = APIRouter()
SHOWN = 20


@router.get("/noise", response_class=HTMLResponse)
def noise(request: Request) -> HTMLResponse:
    desk = desk_of(request)
    with desk.session() as session:
        rules = hiding.every(session)
        values: dict[str, Any] = {
            "rules": rules,
            "hides": {rule.id: hiding.count(session, rule) for rule in rules},
            "by_rule": desk.kept.get("suppressions", 20.0, lambda: suppressions.by_rule(session)),
            "sitewide": templates.every(session, limit=SHOWN),
            "hidden": inbox.find(session, Wanted(ChangeFilter(), only_noise=True), SHOWN),
            "flapping": inbox.find(session, Wanted(ChangeFilter(natures=(Nature.FLAPPING,))), SHOWN),
        }
    return desk.page(request, "noise.html", **values, counted_most=hiding.COUNTED_MOST)
