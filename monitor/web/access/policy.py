"""Where the pages listen and to whom: what the configuration says, as plain decisions."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from db.queries import accounts, tokens

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1", "testserver")
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
# nothing but a name and a port: what else stands there could be taken for the path
_HOST = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::[0-9]{1,5})?")
_NOBODY = (
    "pages that others can reach need somebody who may sign in: `newswatch account add NAME` (or `newswatch token add NAME "
    "--scope read`), or `public = true` under [web] for reading without; 127.0.0.1 as web_host is for this machine alone"
)
_NO_NAME = (
    'to listen on every address ({host}), name under [web] the hosts it is asked for: allowed_hosts = ["news.example"]'
)


@dataclass(frozen=True, slots=True)
class Access:
    """`host` is where the pages listen, `allowed_hosts` the names they are asked by (`*.news.example` for all below one),
    `trusted_proxies` the networks whose word on a visitor's address is believed, `public` lets anyone read."""

    host: str = "127.0.0.1"
    public: bool = False
    allowed_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()

    @property
    def exposed(self) -> bool:
        """Whether others than this machine's users are meant to come, directly or through a proxy."""
        return not is_loopback(self.host) or self.public or bool(self.allowed_hosts or self.trusted_proxies)

    def answers_to(self, host: str) -> bool:
        """Whether a request's Host is one of ours; a page elsewhere can point its own name at us (DNS rebinding)."""
        name = host_name(host)
        ours = name in {*LOOPBACK_NAMES, self.host.lower()} or any(_fits(name, one) for one in self.allowed_hosts)
        return bool(name) and ours

    def everybody(self, headers: Mapping[str, str]) -> bool:
        """Whether a request without credentials may come from this machine alone, where no account exists.

        A proxy that the configuration does not know would make every visitor one of this machine: its headers tell.
        """
        return not self.exposed and not any(name in headers for name in FORWARDED)

    def arguments(self) -> list[str]:
        """As `python -m monitor.web` takes them."""
        named = [word for name in self.allowed_hosts for word in ("--allowed-host", name)]
        proxies = [word for net in self.trusted_proxies for word in ("--trusted-proxy", net)]
        return [*(["--public"] if self.public else []), *named, *proxies]


THIS_MACHINE = Access()


def is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_name(host: str) -> str:
    """The name in a Host header, without port, brackets and final dot, in lower case; empty where it is none."""
    found = _HOST.fullmatch(host)
    return (found["six"] or found["name"]).rstrip(".").lower() if found else ""


def _fits(name: str, allowed: str) -> bool:
    allowed = allowed.lower()
    return name.endswith(allowed[1:]) if allowed.startswith("*.") else name == allowed


def refusal(session: Session, access: Access, now: datetime) -> str | None:
    """Why the pages must not be served like this."""
    if not access.exposed:
        return None
    wildcard = access.host in {"0.0.0.0", "::", ""}  # noqa: S104 - asked about, not bound
    if wildcard and not access.allowed_hosts:
        return _NO_NAME.format(host=access.host or "any")
    if access.public or accounts.any_enabled(session) or tokens.any_living(session, now):
        return None
    return _NOBODY


def address_key(address: str) -> str:
    """By what a visitor's address is counted: an IPv6 customer has a whole /64."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
    return str(found)
