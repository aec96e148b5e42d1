"""Puts each hop into its host's slot at the host's pace, and hears 429, 503 and Retry-After."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.utils.httpobj import urlparse_cached

from crawler.fetch.pace import PaceBook, host_of, retry_after
from crawler.fetch.reasons import Refusal
from crawler.fetch.state import state_of
from crawler.fetch.visit import utc_now, visit_of
from db.types import Reason

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

_SLOT = "download_slot"


class _SlotSettings(dict[str, dict[str, Any]]):
    """What Scrapy's downloader reads when it makes a slot: the book's pace at that moment, kept nowhere."""

    def __init__(self, book: PaceBook) -> None:
        super().__init__()
        self._book = book

    def get(self, key: str, default: Any = None) -> Any:  # every host has a pace
        pace = self._book.pace(key)
        return {"delay": pace.delay, "concurrency": pace.concurrency, "jitter": 0.0}


class PolitenessMiddleware:
    """Scrapy keeps a request's slot over a redirect, so the slot is named anew on every hop."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        state = state_of(crawler)
        self._book = state.book
        self._settings = state.settings
        crawler.signals.connect(self._opened, signals.spider_opened)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PolitenessMiddleware:
        return cls(crawler)

    def _opened(self) -> None:
        self._crawler.engine.downloader.per_slot_settings = _SlotSettings(self._book)

    def process_request(self, request: Request) -> None:
        host = host_of(urlparse_cached(request))
        held = self._book.held_until(host, utc_now())
        if held:
            raise Refusal(Reason.RATE_LIMITED, f"{host} asked us to wait", retry_at=held)
        request.meta[_SLOT] = host
        slot = self._crawler.engine.downloader.slots.get(host)
        if slot:
            pace = self._book.pace(host)
            slot.delay, slot.concurrency = pace.delay, pace.concurrency

    def process_response(self, request: Request, response: Response) -> Response:
        host = request.meta[_SLOT]
        if response.status not in {429, 503}:
            self._book.answered(host)
            return response
        now = utc_now()
        header = response.headers.get(b"Retry-After")
        until = retry_after(header.decode("latin-1") if header else None, now, self._settings.retry_after_cap)
        if until:
            self._book.hold(host, until)
        elif response.status == 429:
            until = self._book.too_many(host, now)
        visit_of(request).retry_at = until
        return response
