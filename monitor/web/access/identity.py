"""Who asks, and what they may do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, get_args

from fastapi import HTTPException
from starlette.requests import Request

Scope = Literal["read", "triage", "crawl", "admin"]
Via = Literal["loopback", "session", "token", "public"]
SIGN_IN = "Sign in first, or send a token."
SCOPES: frozenset[str] = frozenset(get_args(Scope))
SCOPE_WORDS = {
    "read": "see changes, articles, evidence and feeds",
    "triage": "judge, write notes and tags, keep views, hide",
    "crawl": "start one-off crawls, switch sources, pin articles",
    "admin": "make tokens, test notifications, look after accounts",
}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks. `name` is the account's or the token's; `via` tells how they are known.

    `read` sees what is not private; `triage` judges, writes notes, tags, views and hiding rules; `crawl` starts one-off crawls,
    switches sources, pins pages; `admin` makes tokens, tests notifications, looks after accounts. `public` is who is not known.
    """

    name: str | None
    scopes: frozenset[str]
    via: Via

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes

    @property
    def known(self) -> bool:
        """Whether what is private to the desk (notes, tags, views, crawls) may be shown."""
        return self.via != "public"


ANYONE_HERE = Identity(None, SCOPES, "loopback")
READER = Identity(None, frozenset({"read"}), "public")
NOBODY = Identity(None, frozenset(), "public")


def identify(request: Request) -> Identity:
    """Who sent this request, as the guard found; nobody where no guard stood."""
    found = getattr(request.state, "identity", NOBODY)
    assert isinstance(found, Identity)
    return found


def needs(scope: Scope) -> Callable[[Request], Awaitable[Identity]]:
    """A dependency that gives the identity. Raises `HTTPException` 401 for who is not known, 403 for who may not."""

    async def check(request: Request) -> Identity:
        who = identify(request)
        if who.may(scope):
            return who
        if not who.known:
            raise HTTPException(401, SIGN_IN, headers={"WWW-Authenticate": "Bearer"})
        raise HTTPException(403, f"This needs the scope {scope!r}, which {who.name or 'you'} does not have.")

    return check
