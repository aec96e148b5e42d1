"""Who may do what at the review pages: accounts, sessions, tokens, and the guard in front of every route.

A route says what it needs: `dependencies=[Depends(needs("triage"))]`; `identify(request)` tells who asks. Everything that no
route names is held by the guard: nothing is read without `read`, nothing written by who only reads.
"""

from monitor.web.access.identity import SCOPES, Identity, Scope, identify, needs

__all__ = ["SCOPES", "Identity", "Scope", "identify", "needs"]
