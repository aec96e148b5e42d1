"""What the spiders of `scrapy crawl` share: addresses from the command line, answers and failures as items."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure as TwistedFailure

from crawler.fetch import address
from crawler.fetch.answers import answer, failure
from crawler.fetch.visit import visit_of
from db.jsonable import failure_to_json
from db.types import Failure, Fetched, FetchFailed, Reason

Item = dict[str, Any]
Read = Callable[[Fetched], list[Item]]


class VisitingSpider(Spider):
    """Asks for each address in `url` (several separated by spaces); `zone` is the source's time zone, such as Asia/Manila."""

    def __init__(self, *args: Any, url: str = "", zone: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.addresses = url.split()
        self.zone = zone

    async def start(self) -> AsyncIterator[Any]:
        if not self.addresses:
            self.logger.error("give an address: scrapy crawl %s -a url=https://…", self.name)
        for url in self.addresses:
            wrong = address.trouble(url)
            yield _error(url, Reason.BAD_ADDRESS, wrong) if wrong else self.visit(url)

    def visit(self, url: str) -> Request:
        """The request of one address; whatever comes of it is an item."""
        return Request(url, callback=self.parse, errback=self.failed, cb_kwargs={"url": url})

    async def parse(self, response: Response, url: str) -> AsyncIterator[Any]:
        result = answer(url, response, visit_of(response.request or Request(url)))
        if isinstance(result, FetchFailed):
            yield _error(url, result.reason, result.detail)
            return
        for item in await asyncio.to_thread(self.read, result):
            yield item

    def failed(self, trouble: TwistedFailure) -> Iterator[Item]:
        request: Request = trouble.request  # type: ignore[attr-defined]
        url, exc = request.cb_kwargs["url"], trouble.value
        assert exc is not None
        response = getattr(exc, "response", None)
        result = answer(url, response, visit_of(request)) if response else failure(url, exc, visit_of(request))
        if isinstance(result, FetchFailed):
            yield _error(url, result.reason, result.detail)

    def read(self, fetched: Fetched) -> list[Item]:
        """The items of one answer; runs in a thread."""
        raise TypeError(f"{type(self).__name__} reads nothing")


def _error(url: str, reason: str, detail: str) -> Item:
    return failure_to_json(Failure(url, reason, detail))
