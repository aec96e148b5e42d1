"""Where WebSub hubs ask and push. A hub proves itself by the address, which nobody can guess, and by its signature.

A push makes its feed due now, and that is all: what the hub sent is neither read nor kept.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Final

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from db.queries import websub
from db.records import WebSubRecord
from monitor.web.desk import Desk, desk_of

router = APIRouter()
SIGNATURES: Final = {name: getattr(hashlib, name) for name in ("sha1", "sha256", "sha384", "sha512")}
LEASE_LEAST, LEASE_MOST = timedelta(minutes=5), timedelta(days=90)
RENEW_AT = 0.75  # of a lease
REFUSED_REST = timedelta(days=1)
NOT_HERE = "There is no such subscription.\n"


@router.get("/websub/{token}", include_in_schema=False)
def asked(request: Request, token: str) -> Response:
    """The hub asks whether the subscription was ours (5.3), or says that it refuses it (5.2)."""
    said = request.query_params
    desk, now = desk_of(request), datetime.now(UTC)
    with desk.session() as session:
        known = websub.by_token(session, token)
    if known is None or said.get("hub.topic") != known.topic:
        return PlainTextResponse(NOT_HERE, status_code=404)
    if said.get("hub.mode") == "denied":
        values = {"state": "refused", "reason": said.get("hub.reason", "")[:200] or "the hub gives no reason"}
        _store(desk, known, **values, renew_at=now + REFUSED_REST, lease_until=None)
        return PlainTextResponse("noted\n")
    challenge = said.get("hub.challenge", "")
    if said.get("hub.mode") != "subscribe" or not challenge or known.state not in {"asked", "active"}:
        return PlainTextResponse(NOT_HERE, status_code=404)
    lease = _lease(said.get("hub.lease_seconds", ""))
    until = {"lease_until": now + lease, "renew_at": now + lease * RENEW_AT}
    _store(desk, known, state="active", failures=0, reason=None, **until)
    return PlainTextResponse(challenge[:4096])


@router.post("/websub/{token}", include_in_schema=False)
async def told(request: Request, token: str) -> Response:
    """The hub tells of news (7). What is not signed as agreed is thrown away, and the sender hears no difference (8)."""
    body = await request.body()
    signature = request.headers.get("x-hub-signature", "")
    known = await run_in_threadpool(_take, desk_of(request), token, body, signature)
    # 410 has a hub forget a subscription that we forgot (7)
    return Response(status_code=202) if known else PlainTextResponse(NOT_HERE, status_code=410)


def _take(desk: Desk, token: str, body: bytes, signature: str) -> bool:
    with desk.session() as session:
        known = websub.by_token(session, token)
    if known is not None and known.state in {"asked", "active"} and is_signed(known.secret, body, signature):
        with desk.writing() as session:
            websub.pushed(session, known.feed_id, datetime.now(UTC))
    return known is not None


def is_signed(secret: str, body: bytes, header: str) -> bool:
    """Whether an X-Hub-Signature, `sha256=…`, is the body's by this secret (8). Hubs of the old protocol sign with SHA-1."""
    method, _, given = header.strip().partition("=")
    algorithm = SIGNATURES.get(method.lower())
    if algorithm is None or not given.isascii():
        return False
    return hmac.compare_digest(hmac.new(secret.encode(), body, algorithm).hexdigest(), given.lower())


def _lease(text: str) -> timedelta:
    """What the hub grants, within reason; ten days where it does not say."""
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        return timedelta(days=10)
    return min(max(timedelta(seconds=int(text)), LEASE_LEAST), LEASE_MOST)


def _store(desk: Desk, known: WebSubRecord, **values: object) -> None:
    with desk.writing() as session:
        websub.record(session, known.feed_id, **values)
