"""Redirects by Scrapy's own middleware, each hop recorded, loops named, cookies kept along the one chain."""

from __future__ import annotations

from scrapy.downloadermiddlewares.redirect import RedirectMiddleware as ScrapyRedirect
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from scrapy.http.cookies import CookieJar

from crawler.fetch.address import trouble
from crawler.fetch.reasons import Refusal
from crawler.fetch.visit import utc_now, visit_of
from db.types import Hop, Reason

REDIRECTS = frozenset({301, 302, 303, 307, 308})


class RedirectMiddleware(ScrapyRedirect):
    """Cookies live no longer than the visit: many sites set one and send the reader round once."""

    def _engine_started(self) -> None:
        """Scrapy warns here that no Referer is sent; none is meant to be."""

    def handle_referer(self, request: Request, response: Response) -> None:  # Scrapy's signature
        request.headers.pop("Referer", None)

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        if response.status not in REDIRECTS:
            return response
        try:
            answer: Request | Response = super().process_response(request, response)
        except IgnoreRequest as exc:
            raise Refusal(Reason.REDIRECT_LOOP, f"more than {self.max_redirect_times} redirects") from exc
        except ValueError as exc:
            raise Refusal(Reason.BAD_ADDRESS, f"redirects to a malformed address ({exc})") from exc
        if isinstance(answer, Request):
            self._follow(request, response, answer)
        return answer

    def _follow(self, request: Request, response: Response, onward: Request) -> None:
        visit = visit_of(request)
        why = trouble(onward.url)
        if why:
            raise Refusal(Reason.BAD_ADDRESS, f"redirects to an address that cannot be asked: {why}")
        ip = str(response.ip_address) if response.ip_address else None
        visit.hops.append(Hop(request.url, response.status, onward.url, utc_now(), ip, visit.raw, visit.wire))
        moved = self._carry_cookies(request, response, onward)
        seen = {hop.url for hop in visit.hops}
        if onward.url in seen and not moved:
            raise Refusal(Reason.REDIRECT_LOOP, f"redirects in a circle at {onward.url[:200]}")

    @staticmethod
    def _carry_cookies(request: Request, response: Response, onward: Request) -> bool:
        """Whether this hop brought a cookie: then the same address may answer otherwise."""
        visit = visit_of(request)
        fresh = b"Set-Cookie" in response.headers
        if fresh:
            visit.cookies = visit.cookies or CookieJar()
            visit.cookies.extract_cookies(response, request)
        if visit.cookies is not None:
            onward.headers.pop(b"Cookie", None)
            visit.cookies.add_cookie_header(onward)
        return fresh
