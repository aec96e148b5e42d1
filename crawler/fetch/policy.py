"""The address rules (SSRF): which addresses may be contacted. Used by the engine's guard and by the renderer's proxy.

A name is judged by the addresses it resolves to, and the connection is made to an address that was judged.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Lookup = Callable[[str], Awaitable[Sequence[str]]]

LOOKUP_SECONDS = 15.0

_METADATA = frozenset(
    map(ipaddress.ip_address, ("169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254"))
)
_SHARED = ipaddress.ip_network("100.64.0.0/10")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")
_COMPATIBLE = ipaddress.ip_network("::/96")


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


async def judged(name: str, allow: Iterable[Network], lookup: Lookup) -> tuple[tuple[str, ...], str | None]:
    """The addresses of a host's name, or the address it is, that may be contacted; and why another may not, if one may not."""
    written = literal(name)
    try:
        found = [written] if written else list(await asyncio.wait_for(lookup(name), LOOKUP_SECONDS))
    except TimeoutError:
        found = []
    verdicts = {ip: refusal(ip, allow) for ip in found}
    return tuple(ip for ip, why in verdicts.items() if why is None), next((w for w in verdicts.values() if w), None)
