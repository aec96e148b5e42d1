"""What the parts of one crawler share: its settings, the pace of hosts and the transfers under way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from crawler.fetch.limits import FetchSettings
from crawler.fetch.pace import PaceBook
from crawler.fetch.turns import ALONE, Turns

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

SETTING = "NEWSWATCH_FETCH"


@dataclass(slots=True)
class CrawlState:
    """`transfers` are the downloads under way and `background` the robots fetches: both are cut when the engine stops.
    `rules_of` gives the robots.txt rules of an origin, as far as they are known; `turns` is asked right before a request leaves.
    """

    settings: FetchSettings
    book: PaceBook
    transfers: set[asyncio.Task[Any]] = field(default_factory=set)
    background: set[asyncio.Task[Any]] = field(default_factory=set)
    rules_of: Callable[[str], Any] = lambda _: None
    turns: Turns = ALONE


_states: WeakKeyDictionary[Crawler, CrawlState] = WeakKeyDictionary()


def state_of(crawler: Crawler) -> CrawlState:
    """The crawler's state, made on first use from its `NEWSWATCH_FETCH` setting."""
    found = _states.get(crawler)
    if found is None:
        settings = crawler.settings.get(SETTING) or FetchSettings()
        found = _states[crawler] = CrawlState(settings, PaceBook(settings))
    return found
