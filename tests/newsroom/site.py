"""One outlet's server: routes, validators, page states."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from tests.newsroom import feeds, pages
from tests.newsroom.outlets import Outlet
from tests.newsroom.story import Story
from tests.newsroom.wire import Raw, Reply, Request, http_date

if TYPE_CHECKING:
    from tests.newsroom.newsroom import Newsroom

XML = "application/xml; charset=utf-8"


class Site:
    """Answers an outlet's requests from the newsroom's state."""

    def __init__(self, room: Newsroom, outlet: Outlet) -> None:
        self.room = room
        self.outlet = outlet

    def answer(self, request: Request) -> Reply | Raw:
        from tests.newsroom.zoo import animal

        with self.room.lock:
            if request.path.startswith("/zoo/"):
                return animal(self.room, request.path.removeprefix("/zoo/"), request)
            if request.path == "/robots.txt":
                return self._robots()
            if self.outlet.fault:
                return animal(self.room, self.outlet.fault, request)
            story = next((s for s in self.outlet.stories if s.path == request.path), None)
            if story is None:
                return self._other(request)
            if story.fault:
                return animal(self.room, story.fault, request)
            return self._story(story, request)

    def _robots(self) -> Reply:
        robots = self.outlet.robots
        if robots.status != 200:
            return Reply(robots.status, b"robots.txt is not available", content_type="text/plain")
        return Reply(200, feeds.robots_txt(self.outlet).encode(), content_type="text/plain; charset=utf-8")

    def _other(self, request: Request) -> Reply:
        path, outlet = request.path, self.outlet
        if path == "/":
            return self._html(pages.front(self.room, outlet, None))
        if path in outlet.feeds:
            return self._feed(feeds.feed(outlet, path, self.room.now()), request)
        if path.startswith("/section/"):
            return self._html(pages.front(self.room, outlet, path.removeprefix("/section/")))
        sitemap = feeds.sitemap(outlet, path)
        if sitemap is not None:
            kind = "application/gzip" if path.endswith(".gz") else XML
            return Reply(200, sitemap, content_type=kind)
        return self._html(pages.not_found(outlet), 404)

    def _html(self, text: str, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
        return Reply(status, text.encode(), headers, gzip=self.outlet.gzip)

    def _feed(self, text: str, request: Request) -> Reply:
        tag = '"' + hashlib.blake2b(feeds.fingerprint(self.outlet).encode(), digest_size=8).hexdigest() + '"'
        kind = "application/atom+xml" if "atom" in request.path else "application/rss+xml"
        if self.outlet.validators == "none":
            return Reply(200, text.encode(), content_type=f"{kind}; charset=utf-8", gzip=self.outlet.gzip)
        headers = (("ETag", tag),)
        if request.headers.get("if-none-match") == tag:
            return Reply(304, b"", headers)
        return Reply(200, text.encode(), headers, f"{kind}; charset=utf-8", gzip=self.outlet.gzip)

    def _story(self, story: Story, request: Request) -> Reply:
        lie = self._lies(story, request)
        if not lie:
            story.shown = (len(story.versions), story.state)
        if story.state == "moved":
            return Reply(story.status, b"moved", (("Location", story.moved_to),))
        if story.state == "removed":
            return self._html(pages.not_found(self.outlet), story.status)
        if story.state == "soft_404":
            return self._html(pages.not_found(self.outlet))
        version, tag = story.served()
        headers = self._validators(story, tag)
        if request.method == "GET":
            story.visits += 1
        if lie or self._unchanged(request, headers):
            return Reply(304, b"", headers)
        self.room.visits += 1
        dice = random.Random(f"{self.room.seed}-{self.room.visits}")
        if self.room.noise.nonces:
            headers = (*headers, ("Set-Cookie", f"sid={dice.getrandbits(64):x}; Path=/; HttpOnly"))
        return self._html(pages.article(self.room, self.outlet, story, version, dice), headers=headers)

    def _validators(self, story: Story, tag: str) -> tuple[tuple[str, str], ...]:
        kind = self.outlet.validators
        headers: list[tuple[str, str]] = [("Cache-Control", "max-age=0, must-revalidate")]
        if kind in {"etag", "both"}:
            headers.append(("ETag", f'W/"{tag}"'))
        if kind in {"modified", "both"} and not story.turning:
            headers.append(("Last-Modified", http_date(story.saved or story.now.published)))
        return tuple(headers)

    def _lies(self, story: Story, request: Request) -> bool:
        """Whether a 304 is given whatever has changed."""
        asked = "if-none-match" in request.headers or "if-modified-since" in request.headers
        return asked and story.state in {"live", "paywalled"} and (self.outlet.false_304 or story.false_304)

    def _unchanged(self, request: Request, headers: tuple[tuple[str, str], ...]) -> bool:
        tags, since = request.headers.get("if-none-match"), request.headers.get("if-modified-since")
        ours = dict(headers)
        if tags and "ETag" in ours:
            return ours["ETag"] in [t.strip() for t in tags.split(",")]
        if since and "Last-Modified" in ours:
            return _moment(since) >= _moment(ours["Last-Modified"])
        return False


def _moment(text: str) -> datetime:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
