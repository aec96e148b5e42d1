"""Addresses as people type them."""

from __future__ import annotations

from crawler.discover.address import AddressError, canonical, check
from monitor.cli.errors import UsageError


def checked(url: str) -> str:
    """The address in normal form. Raises `UsageError` that says what is wrong with it."""
    try:
        check(url)
        return canonical(url)
    except AddressError as error:
        raise UsageError(str(error)) from error


def spellings(url: str) -> list[str]:
    """The ways an address may stand in the database: in normal form and as typed."""
    return list(dict.fromkeys([checked(url), url]))
