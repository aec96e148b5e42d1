"""The address guard: no request reaches an address inside the machine or its networks (SSRF).

Names are resolved by our resolver alone, which drops every refused address; the connection is then made to the very
address that was checked, so a name that changes its mind between two lookups (DNS rebinding) gains nothing. Literal
addresses, decimal and hexadecimal ones included, pass the same way, and so does every hop of a redirect.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import CannotResolveHostError
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver, IHostResolution
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.fetch.limits import FetchSettings
from crawler.fetch.policy import Lookup, Network, judged, literal, networks, refusal, system_lookup
from crawler.fetch.reasons import Refusal
from crawler.fetch.state import SETTING, state_of
from db.types import Reason

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

_CACHE_SECONDS = 60.0
_CACHE_SIZE = 4096
_MOST_LOOKUPS = 32


@implementer(IHostResolution)
class _Resolution:
    """What Twisted asks a resolver to hand back."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.task: asyncio.Task[None] | None = None

    def cancel(self) -> None:
        if self.task:
            self.task.cancel()


@implementer(IHostnameResolver)
class GuardResolver:
    """Twisted's name resolver with the guard inside. `refused` says of a name why its addresses were dropped."""

    def __init__(self, allow: tuple[Network, ...] = (), lookup: Lookup = system_lookup) -> None:
        self._allow = allow
        self._lookup = lookup
        self._known: OrderedDict[str, tuple[float, tuple[str, ...], str | None]] = OrderedDict()
        self._running: dict[str, asyncio.Task[tuple[str, ...]]] = {}
        self._places = asyncio.Semaphore(_MOST_LOOKUPS)

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> GuardResolver:
        """Scrapy hands its process here, not a crawler: only the settings are there to read."""
        settings = crawler.settings.get(SETTING) or FetchSettings()
        return cls(networks(settings.allow_addresses))

    def install_on_reactor(self) -> None:
        """Make every name that Twisted resolves pass here."""
        from twisted.internet import reactor  # noqa: PLC0415  # importing it installs a reactor: never before it is wanted

        reactor.installNameResolver(self)

    def refused(self, name: str) -> str | None:
        """Why the name was refused when it was last resolved, else None."""
        known = self._known.get(name)
        return known[2] if known and not known[1] else None

    def resolveHostName(  # noqa: N802  # Twisted's interface
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        resolution = _Resolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        known = self._known.get(hostName)
        if known and known[0] > time.monotonic():
            _answer(resolutionReceiver, known[1], portNumber)
        else:
            resolution.task = asyncio.ensure_future(self._tell(resolutionReceiver, hostName, portNumber))
        return resolution

    async def _tell(self, receiver: Any, name: str, port: int) -> None:
        task = self._running.get(name)
        if task is None:
            task = self._running[name] = asyncio.ensure_future(self.resolve(name))
            task.add_done_callback(lambda _: self._running.pop(name, None))
        _answer(receiver, await asyncio.shield(task), port)

    async def resolve(self, name: str) -> tuple[str, ...]:
        """The addresses of a name that may be contacted."""
        async with self._places:
            passed, why = await judged(name, self._allow, self._lookup)
        if passed or why:
            self._remember(name, passed, why)
        else:
            self._known.pop(name, None)
        return passed

    def _remember(self, name: str, passed: tuple[str, ...], why: str | None) -> None:
        self._known[name] = (time.monotonic() + _CACHE_SECONDS, passed, why)
        self._known.move_to_end(name)
        while len(self._known) > _CACHE_SIZE:
            self._known.popitem(last=False)


def _answer(receiver: Any, ips: Iterable[str], port: int) -> None:
    for ip in ips:
        kind = IPv6Address if ":" in ip else IPv4Address
        receiver.addressResolved(kind("TCP", ip, port))
    receiver.resolutionComplete()


class GuardMiddleware:
    """Stops a request whose host is a refused literal before anything is asked, and names what the resolver refused.

    With a proxy the target's name is resolved by the proxy, which must hold the policy: only literals are judged here.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._allow = networks(state_of(crawler).settings.allow_addresses)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> GuardMiddleware:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        parts = urlparse_cached(request)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise Refusal(Reason.BAD_ADDRESS, "the address is neither http nor https")
        written = literal(parts.hostname)
        why = refusal(written, self._allow) if written else None
        if why:
            raise Refusal(Reason.GUARD, why)

    def process_exception(self, request: Request, exception: Exception) -> None:
        if not isinstance(exception, CannotResolveHostError):
            return
        from twisted.internet import reactor  # noqa: PLC0415  # as above

        resolver = reactor.nameResolver
        why = resolver.refused(urlparse_cached(request).hostname or "") if isinstance(resolver, GuardResolver) else None
        if why:
            raise Refusal(Reason.GUARD, why) from exception
