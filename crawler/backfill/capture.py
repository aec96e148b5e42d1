"""One past sight of an article, whatever it came from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db.types import Article, Fetched

ORIGIN = "X-Newswatch-Origin"


class ImportTroubleError(Exception):
    """What is to be imported cannot be read; the message says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Capture:
    """What was seen at `fetched.at` on the article of that address. Where no page was kept but what another program read off it,
    `article` is that reading and `reader` the name it goes by; readings by different readers are never compared."""

    url: str
    fetched: Fetched
    article: Article | None = None
    reader: str | None = None

    @property
    def at(self) -> datetime:
        return self.fetched.at


def noted(url: str, at: datetime, said: Mapping[str, Any], origin: str) -> Fetched:
    """What another program's row said, as something to archive: JSON, with where it came from in a header."""
    body = json.dumps(said, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
    headers = (("Content-Type", "application/json"), (ORIGIN, origin))
    return Fetched(url, url, 200, headers, body, body, at, at)
