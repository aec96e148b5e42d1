"""What a visit came to, from a page's state and what was found there. Pure: no database, no network, no clock.

The rule over all: a failure is not absence. Only a page that reads as an article can become a revision; a page that suddenly
says much less is held until another fetch says the same; a page that is gone is gone when repeated checks found it so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from crawler.digest import body_length
from crawler.settle import same_story
from db.records import PageRecord
from db.types import ARTICLE_TYPES, Article, Outcome, PageType, Reason

GONE_STATUS = frozenset({404, 410})
LEGAL_STATUS = 451  # RFC 7725: withheld for legal reasons, which is news in itself

FAILURE_OF_TYPE: Mapping[str, Reason] = {
    PageType.INDEX: Reason.NOT_AN_ARTICLE,
    PageType.ERROR: Reason.ERROR_PAGE,
    PageType.BLOCKED: Reason.BLOCKED,
    PageType.CONSENT: Reason.CONSENT,
    PageType.LOGIN: Reason.LOGIN,
    PageType.REMOVED: Reason.GONE,
}


@dataclass(frozen=True, slots=True)
class Rules:
    """Thresholds. `collapse` is the part of the former text below which a body is doubted (where it had `collapse_floor`
    characters); `gone_checks` within no less than `gone_span` confirm a removal; a doubt that stands for `doubt_span` without two
    equal readings is believed; a page that says less, and nothing of what it said, is believed after `replaced_span` of saying
    the same (a maintenance page lasts minutes to hours)."""

    collapse: float = 0.4
    collapse_floor: int = 400
    gone_checks: int = 2
    gone_span: timedelta = timedelta(minutes=10)
    doubt_span: timedelta = timedelta(hours=24)
    replaced_span: timedelta = timedelta(hours=6)


DEFAULT_RULES = Rules()


@dataclass(frozen=True, slots=True)
class Read:
    """A page that was read. `digest` is its reading digest; `body_digest` that of its bytes."""

    article: Article
    digest: str
    reader_version: str
    body_digest: str


@dataclass(frozen=True, slots=True)
class NotRead:
    """A visit that gave no article. `missing` says the answer means "there is no such page": 404, 410, a soft 404."""

    reason: str
    missing: bool = False
    legal: bool = False


@dataclass(frozen=True, slots=True)
class Former:
    """The latest revision as today's reader reads it: `None` for `digest` where its bytes are lost (then nothing compares)."""

    digest: str | None
    article: Article | None


@dataclass(frozen=True, slots=True)
class Decision:
    """`state` are the page's columns to store. `store` asks for a revision; `availability` names the state now confirmed.

    `soon` asks for another fetch shortly, because something is doubted and waits for confirmation.
    """

    outcome: Outcome
    reason: str | None = None
    store: bool = False
    availability: str | None = None
    soon: bool = False
    state: Mapping[str, Any] = field(default_factory=dict)


_CLEAR: Mapping[str, Any] = {"held_digest": None, "held_reason": None, "held_at": None, "gone_count": 0, "failures": 0}


def missing_status(status: int | None) -> bool:
    return status in GONE_STATUS


def decide(
    page: PageRecord,
    seen: Read | NotRead,
    former: Former | None,
    now: datetime,
    *,
    host_suspect: bool = False,
    rules: Rules = DEFAULT_RULES,
) -> Decision:
    """What the visit came to. `former` is None where the page has no revision yet.

    `host_suspect` says that most pages of the host went missing at once: then none of them is believed to be removed before
    that has lasted for `rules.doubt_span`.
    """
    if isinstance(seen, NotRead):
        return _not_read(page, seen, now, host_suspect, rules)
    kind = seen.article.page_type
    if kind not in ARTICLE_TYPES:
        reason = FAILURE_OF_TYPE.get(kind, Reason.NOT_AN_ARTICLE)
        return _not_read(page, NotRead(reason, missing=kind == PageType.REMOVED), now, host_suspect, rules)
    if former is None:
        return _first(page, seen, now)
    return _next(page, seen, former, now, rules)


def not_modified(page: PageRecord, now: datetime) -> Decision:
    """A 304: the server says that what we have still stands. A removal we were about to believe is off the table."""
    back = page.state not in {"live", "paywalled", "unseen"}
    state = {
        **_CLEAR,
        "last_check_at": now,
        "last_success_at": now,
        **_state_of(page, "live" if back else page.state, now),
    }
    return Decision(Outcome.NOT_MODIFIED, availability="restored" if back else None, state=state)


def same(page: PageRecord, now: datetime) -> Decision:
    """The latest reading again by the same reader, or the very bytes it was made of, which need not be read again."""
    return _decided(page, Outcome.SAME, now, page.state == "paywalled", {})


def _first(page: PageRecord, seen: Read, now: datetime) -> Decision:
    if not seen.article.headline and body_length(seen.article) == 0:
        return _not_read(page, NotRead(Reason.NOT_AN_ARTICLE), now, False, DEFAULT_RULES)
    return _decided(page, Outcome.NEW, now, not seen.article.body_complete, _reading_state(seen), store=True)


def _next(page: PageRecord, seen: Read, former: Former, now: datetime, rules: Rules) -> Decision:
    incomplete = not seen.article.body_complete
    if former.digest is not None and seen.digest == former.digest:
        return _decided(page, Outcome.SAME, now, incomplete, _reading_state(seen))
    if former.digest is None or former.article is None:
        return _decided(page, Outcome.REBASED, now, incomplete, _reading_state(seen), store=True)
    doubt = doubted(former.article, seen.article, rules)
    if doubt and not _confirmed(page, seen, now, rules, replaced=not same_story(former.article, seen.article)):
        return _held(page, seen, doubt, now)
    return _decided(page, Outcome.CHANGED, now, incomplete, _reading_state(seen), store=True)


def doubted(before: Article, after: Article, rules: Rules = DEFAULT_RULES) -> str | None:
    """Why a reading is not believed at first sight, or None: what a half-loaded or walled page looks like."""
    if before.headline and not after.headline:
        return "headline_vanished"
    if before.authors and not after.authors:
        return "byline_vanished"
    if before.body_complete and not after.body_complete:
        return "body_incomplete"
    length = body_length(before)
    if length >= rules.collapse_floor and body_length(after) < length * rules.collapse:
        return "body_collapsed"
    return None


def _confirmed(page: PageRecord, seen: Read, now: datetime, rules: Rules, *, replaced: bool) -> bool:
    if page.held_digest is None or page.held_at is None:
        return False
    stood = now - page.held_at
    if stood >= rules.doubt_span:
        return True
    return page.held_digest == seen.digest and (not replaced or stood >= rules.replaced_span)


def _held(page: PageRecord, seen: Read, doubt: str, now: datetime) -> Decision:
    state = {
        "last_check_at": now,
        "failures": 0,
        "gone_count": 0,
        "held_digest": seen.digest,
        "held_reason": doubt,
        "held_at": page.held_at
        if page.held_digest and page.held_at
        else now,  # of the doubt, whatever each reading said
    }
    return Decision(Outcome.HELD, doubt, soon=True, state=state)


def _reading_state(seen: Read) -> dict[str, Any]:
    return {"reading_digest": seen.digest, "reader_version": seen.reader_version, "body_digest": seen.body_digest}


def _decided(
    page: PageRecord,
    outcome: Outcome,
    now: datetime,
    incomplete: bool,
    reading: Mapping[str, Any],
    *,
    store: bool = False,
) -> Decision:
    """An article stands there: whatever was doubted is settled, and a page that was away is back."""
    new_state = "paywalled" if incomplete else "live"
    state = {
        **_CLEAR,
        **reading,
        **_state_of(page, new_state, now),
        "last_check_at": now,
        "last_success_at": now,
        "last_full_at": now,
    }
    return Decision(outcome, store=store, availability=_availability(page, new_state), state=state)


def _state_of(page: PageRecord, state: str, now: datetime) -> dict[str, Any]:
    return {} if page.state == state else {"state": state, "state_since": now}


def _availability(page: PageRecord, after: str) -> str | None:
    """What a change of page state is called, None where it is none: a page first met behind a wall has not changed."""
    before = page.state
    if page.latest_revision_id is None or before == after:
        return None
    return "restored" if after == "live" or before in {"removed", "blocked"} else after


def _not_read(page: PageRecord, seen: NotRead, now: datetime, host_suspect: bool, rules: Rules) -> Decision:
    if seen.missing or seen.legal:
        return _missing(page, seen, now, host_suspect, rules)
    state = {"last_check_at": now, "failures": page.failures + 1}
    return Decision(Outcome.FAILED, str(seen.reason), state=state)


def _missing(page: PageRecord, seen: NotRead, now: datetime, host_suspect: bool, rules: Rules) -> Decision:
    """A missing page. The first sight of it starts the count; enough of them over enough time make it a removal."""
    away = "blocked" if seen.legal else "removed"
    count = page.gone_count + 1
    since = page.held_at if page.gone_count and page.held_at else now
    # the doubt's clock is shared with held readings: a page cannot be both missing and half there
    state: dict[str, Any] = {
        "last_check_at": now,
        "failures": 0,
        "gone_count": count,
        "held_at": since,
        "held_digest": None,
        "held_reason": str(seen.reason),
    }
    if page.state == away:
        return Decision(Outcome.GONE, str(seen.reason), state=state)
    if host_suspect and now - since < rules.doubt_span:
        return Decision(Outcome.GONE, "host_suspect", soon=True, state=state)
    if count < rules.gone_checks or now - since < rules.gone_span:
        return Decision(Outcome.GONE, str(seen.reason), soon=True, state=state)
    state |= _state_of(page, away, now)
    return Decision(Outcome.GONE, str(seen.reason), availability=away if page.latest_revision_id else None, state=state)
