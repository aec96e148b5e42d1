"""What is looked at next and why, what the budget of fetches comes to, and why an address is or is not looked at."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from db.queries import budget, pages
from db.records import Outlook
from monitor.report import plan
from monitor.report.json_lines import iso
from monitor.web.api.guard import guarded
from monitor.web.api.paging import LIMIT_MOST, Given, answer
from monitor.web.api.values import Instant
from monitor.web.desk import desk_of
from monitor.web.plan_page import by_hour, explained

router = APIRouter(tags=["plan"])


class Budget(BaseModel):
    """The budget of looks at articles a day, all sources together."""

    a_day: float
    forecast: float = Field(description="Looks a day that were expected as things stood at `as_of`.")
    price: float = Field(description="What a look must save to be made: the chance that an edit is lost without it.")
    as_of: Instant


class Hour(BaseModel):
    """Looks within one hour."""

    begins: Instant
    looks: int


class Next(BaseModel):
    """A look that is to come."""

    article: int
    url: str
    due: Instant | None
    why: str


class Plan(BaseModel):
    """What was looked at, what is due, and what comes next."""

    budget: Budget | None = Field(description="Nothing until the service has run for ten minutes.")
    used: int = Field(description="Looks in the last 24 hours.")
    due: int = Field(description="Articles due now.")
    made: list[Hour] = Field(description="Looks made in each of the last 24 hours.")
    ahead: list[Hour] = Field(description="Articles due in each of the next 24 hours; each counts once.")
    next: list[Next]


class PlanAsked(Given):
    limit: Annotated[int, Field(ge=1, le=LIMIT_MOST)] = 20


class Why(BaseModel):
    """Why an address is, or is not, looked at."""

    url: str
    article: int | None
    due: Instant | None
    reasons: list[str]


class WhyAsked(Given):
    url: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]


@router.get("/plan", response_model=Plan, **guarded("read"))
def get_plan(request: Request, asked: Annotated[PlanAsked, Query()]) -> Response:
    """The next looks with their reasons, and what the budget comes to."""
    desk, now = desk_of(request), datetime.now(UTC)
    with desk.session() as session:
        made, ahead = by_hour(desk, session, now)
        told = budget.outlook(session)
        found = Plan(
            budget=_budget(told) if told else None,
            used=sum(count for _, count in made),
            due=pages.count_due(session, now),
            made=[Hour(begins=iso(at) or "", looks=count) for at, count in made],
            ahead=[Hour(begins=iso(at) or "", looks=count) for at, count in ahead],
            next=[
                Next(article=page.id, url=page.url, due=iso(page.next_check_at), why=plan.reason(page, now))
                for page in pages.next_due(session, asked.limit)
            ],
        )
    return answer(request, found)


def _budget(told: Outlook) -> Budget:
    return Budget(a_day=told.a_day, forecast=told.forecast, price=told.price, as_of=iso(told.at) or "")


@router.get("/plan/why", response_model=Why, **guarded("read"))
def why_not(request: Request, asked: Annotated[WhyAsked, Query()]) -> Response:
    """Why one address is, or is not, looked at."""
    desk, now = desk_of(request), datetime.now(UTC)
    with desk.session() as session:
        found = explained(session, asked.url.strip(), now)
    page = found["page"]
    return answer(
        request,
        Why(
            url=page.url if page else asked.url.strip(),
            article=page.id if page else None,
            due=iso(page.next_check_at) if page else None,
            reasons=found["reasons"],
        ),
    )
