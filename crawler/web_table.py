"""The `[web]` table: to whom the review pages answer."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from crawler.config_values import Network, Table

_HOST = re.compile(r"(\*\.)?([A-Za-z0-9_-]+\.)*[A-Za-z0-9_-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")


def _host(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise ValueError(f"not a host: {value!r}; write one like news.example or *.news.example, without port")
    return value.lower()


class Web(Table):
    """`public` lets anyone read; `allowed_hosts` are the names that the pages are asked by; `trusted_proxies` the networks whose
    headers on a visitor's address and scheme are believed."""

    public: bool = False
    allowed_hosts: Annotated[tuple[Annotated[str, AfterValidator(_host)], ...], Field(strict=False)] = ()
    trusted_proxies: Annotated[tuple[Network, ...], Field(strict=False)] = ()
