"""Who may call, how often, and that no other site's page does it in their name."""

from __future__ import annotations

import math
import time
from typing import Any, Literal

from fastapi import Depends, HTTPException
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.requests import Request

from monitor.web.access import Identity, Scope, identify, needs
from monitor.web.forms import own_form

Budget = Literal["read", "write", "crawl", "export"]
LIMITS: dict[Budget, str] = {"read": "600/minute", "write": "240/minute", "crawl": "60/hour", "export": "30/minute"}
SECURITY = "token"


class Limits:
    """How often each identity asked, by budget. A process has one."""

    def __init__(self, limits: dict[Budget, str] | None = None) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._items: dict[Budget, RateLimitItem] = {
            name: parse(limit) for name, limit in {**LIMITS, **(limits or {})}.items()
        }

    def take(self, budget: Budget, who: str) -> tuple[bool, dict[str, str]]:
        """One more call. Gives whether it is within the limit, and the headers that say so."""
        item = self._items[budget]
        within = self._limiter.hit(item, budget, who)
        stats = self._limiter.get_window_stats(item, budget, who)
        wait = max(1, math.ceil(stats.reset_time - time.time()))
        headers = {
            "RateLimit-Policy": f'"{budget}";q={item.amount};w={item.get_expiry()}',
            "RateLimit": f'"{budget}";r={stats.remaining};t={wait}',
        }
        return within, headers if within else {**headers, "Retry-After": str(wait)}


def guarded(scope: Scope, budget: Budget = "read", *, desk: bool = False) -> dict[str, Any]:
    """What a route declares to be held to a scope and a rate; `desk`: it shows what is private to the desk."""
    check = needs(scope)

    async def guard(request: Request) -> None:
        hold(request, budget)
        who = await check(request)
        if desk and not who.known:
            raise HTTPException(401, "Sign in first, or send a token.", headers={"WWW-Authenticate": "Bearer"})
        if budget != "read":
            await _own(request, who)

    # the empty alternative: on loopback, the desk may be open
    security: list[dict[str, list[str]]] = [{SECURITY: [scope]}, {}]
    return {"dependencies": [Depends(guard)], "openapi_extra": {"security": security}}


def hold(request: Request, budget: Budget) -> None:
    """Count one more request of whoever asks. Raises `HTTPException` 429 where it is one too many."""
    who = identify(request)
    name = f"{who.via}:{who.name or (request.client.host if request.client else '')}"
    limits = request.app.state.limits
    assert isinstance(limits, Limits)
    within, headers = limits.take(budget, name)
    request.state.rate = headers
    if not within:
        raise HTTPException(429, f"That was too often; go on in {headers['Retry-After']} s.", headers=headers)


async def _own(request: Request, who: Identity) -> None:
    """A browser sends cookies and reaches loopback from any site: what it sends must hold our form's token. A program's token is
    proof enough, and a program without one (the open desk on loopback) sends no origin."""
    if who.via == "token":
        return
    browser = {"origin", "sec-fetch-site"} & set(request.headers)
    if who.via == "session" or browser:
        await own_form(request)
