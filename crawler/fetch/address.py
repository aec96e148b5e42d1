"""Whether an address can be asked at all."""

from __future__ import annotations

from urllib.parse import urlsplit

LONGEST = 8192


def trouble(url: str) -> str | None:
    """Why the address cannot be asked, in words for a person; None where it can."""
    if len(url) > LONGEST:
        return f"the address is longer than {LONGEST} characters"
    if any(ord(char) < 33 or ord(char) == 127 for char in url):
        return "the address holds spaces or control characters"
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError as exc:
        return f"the address is malformed ({exc})"
    if parts.scheme not in {"http", "https"}:
        return "the address must begin with http:// or https://"
    if not host or port == 0:
        return "the address names no host" if not host else "port 0 cannot be asked"
    if parts.username is not None or parts.password is not None:
        return "the address holds a user name or password"
    return _host_trouble(host)


def _host_trouble(host: str) -> str | None:
    if ":" in host:
        return None  # an IPv6 literal: urlsplit has checked it
    try:
        encoded = host.encode("idna")
    except UnicodeError:
        return "the host's name is malformed"
    return None if len(encoded) <= 253 and encoded.strip(b".") else "the host's name is malformed"
