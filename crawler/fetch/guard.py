"""The address guard: no request reaches an address inside the machine or its networks (SSRF).

Names are resolved by our resolver alone, which drops every refused address; the connection is then made to the very
address that was checked, so a name that changes its mind between two lookups (DNS rebinding) gains nothing. Literal
addresses, decimal and hexadecimal ones included, pass the same way, and so does every hop of a redirect.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import CannotResolveHostError
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver, IHostResolution
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.fetch.limits import FetchSettings
from crawler.fetch.reasons import Refusal
from crawler.fetch.state import SETTING, state_of
from db.types import Reason

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Lookup = Callable[[str], Awaitable[Sequence[str]]]

_METADATA = frozenset(
    map(ipaddress.ip_address, ("169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254"))
)
_SHARED = ipaddress.ip_network("100.64.0.0/10")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")
_COMPATIBLE = ipaddress.ip_network("::/96")
_CACHE_SECONDS = 60.0
_CACHE_SIZE = 4096
_LOOKUP_SECONDS = 15.0
_MOST_LOOKUPS = 32


class BadNetworkError(ValueError):
    """A network in `allow_addresses` that cannot be read."""


@lru_cache(maxsize=64)
def networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """The networks as objects; `127.0.0.1` and `127.0.0.0/8` both do.

    :raises BadNetworkError: naming the text that is none.
    """
    return tuple(_network(text.strip()) for text in texts if text.strip())


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as exc:
        raise BadNetworkError(f"{text!r} is no network; write one such as 127.0.0.0/8") from exc


def refusal(ip: str, allow: Iterable[Network] = ()) -> str | None:
    """Why this address is refused, None where it may be contacted.

    An IPv6 address that carries an IPv4 one (mapped, NAT64) is judged by the one it carries; the abandoned tunnels (6to4,
    Teredo) and IPv4-compatible addresses are refused whole. `allow` opens the networks it names.
    """
    try:
        address = ipaddress.ip_address(ip.split("%", 1)[0])
    except ValueError:
        return f"{ip} is no address"
    target = _carried(address) or address
    if any(address in network or target in network for network in allow):
        return None
    kind = _forbidden(target)
    return f"{ip} is {kind}" if kind else None


def _carried(address: Address) -> Address | None:
    if not isinstance(address, ipaddress.IPv6Address):
        return None
    if address.ipv4_mapped:
        return address.ipv4_mapped
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None


def _forbidden(address: Address) -> str | None:
    tests: tuple[tuple[bool, str], ...] = (
        (address in _METADATA, "a cloud metadata address"),
        (address.is_unspecified, "the unspecified address"),
        (address.is_loopback, "a loopback address"),
        (address.is_link_local, "a link-local address"),
        (address.is_multicast, "a multicast address"),
        (address in _SHARED, "a shared (carrier) address"),
        (isinstance(address, ipaddress.IPv6Address) and _tunnel(address), "a tunnel address"),
        (address.is_private, "a private address"),
        (address.is_reserved or not address.is_global, "a reserved address"),
    )
    return next((words for holds, words in tests if holds), None)


def _tunnel(address: ipaddress.IPv6Address) -> bool:
    return bool(address.sixtofour or address.teredo or address in _NAT64_LOCAL or address in _COMPATIBLE)


def literal(host: str) -> str | None:
    """The address that a URL's host is, in dotted form, also where it hides (`2130706433`, `0x7f.1`, `0177.0.0.1`)."""
    bare = host.strip("[]").split("%", 1)[0]
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(bare))
    except OSError:
        return None


async def system_lookup(name: str) -> list[str]:
    """The addresses of a name, by the system's resolver; empty where it has none.

    A thread of its own, which ends with the program: a lookup that hangs must not keep a pool from closing.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[str]] = loop.create_future()

    def work() -> None:
        ips = _system_addresses(name)
        with suppress(RuntimeError):  # the loop has closed meanwhile
            loop.call_soon_threadsafe(_settle, found, ips)

    threading.Thread(target=work, name="lookup", daemon=True).start()
    return await found


def _settle(future: asyncio.Future[list[str]], ips: list[str]) -> None:
    if not future.done():
        future.set_result(ips)


def _system_addresses(name: str) -> list[str]:
    try:
        infos = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(info[4][0]) for info in infos))


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
        written = literal(name)
        found = [written] if written else await self._look_up(name)
        verdicts = {ip: refusal(ip, self._allow) for ip in found}
        passed = tuple(ip for ip, why in verdicts.items() if why is None)
        why = next((why for why in verdicts.values() if why), None)
        if found:
            self._remember(name, passed, why)
        else:
            self._known.pop(name, None)
        return passed

    async def _look_up(self, name: str) -> list[str]:
        async with self._places:
            try:
                return list(await asyncio.wait_for(self._lookup(name), _LOOKUP_SECONDS))
            except TimeoutError:
                return []

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
