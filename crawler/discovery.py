"""What feeds and sitemaps name: new pages, and hints that known ones changed. Parsing is done in the readers."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy.orm import Session

from crawler import cadence, faults
from crawler.discover import feed as feeds_parser
from crawler.discover import section, sitemap
from crawler.discover.address import day_in, looks_like_article, same_site
from crawler.discover.feed import Entry
from crawler.fetch.limits import FetchJob
from crawler.fetch.limits import Pace as HostPace
from crawler.fetch.pace import host_of
from crawler.naming import known_otherwise
from crawler.readers import Readers
from crawler.recrawl import Pace
from crawler.store import instant_of
from db.queries import budget, feeds, forgotten, pages, websub
from db.records import FeedRecord, PageRecord, WebSubRecord
from db.types import Failure, Fetched, FetchFailed, Reason
from db.writer import Writer

ACCEPT = "application/rss+xml,application/atom+xml,application/feed+json,application/xml;q=0.9,text/xml;q=0.9,*/*;q=0.5"
NEW_OF_A_VISIT = 300
CHILDREN_OF_A_VISIT = 5
FEED_PRIORITY = 10
RELISTED_REST = timedelta(minutes=15)  # a feed may go on naming a page that is gone
HINT_REST = timedelta(seconds=60)
SECTION_REST = timedelta(
    minutes=5
)  # a section's title may turn to and fro at every visit, and so must not make the page due each time

Fetch = Callable[[FetchJob], Awaitable[Fetched | FetchFailed]]


class SourceRules(Protocol):
    """What discovery asks of a source."""

    @property
    def home(self) -> str | None: ...
    @property
    def zone(self) -> str | None: ...
    @property
    def host_pace(self) -> HostPace | None: ...
    @property
    def proxy(self) -> str | None: ...
    @property
    def max_age(self) -> timedelta: ...
    @property
    def has_include(self) -> bool: ...
    @property
    def feed_interval_s(self) -> float | None: ...
    @property
    def websub(self) -> bool: ...
    def accepts(self, url: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class ListingBytes:
    """What a reader is given of a feed or sitemap."""

    url: str
    body: bytes
    headers: tuple[tuple[str, str], ...]
    zone: str | None
    kind: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Stories that a feed or sitemap names, and, for an index, the sitemaps it names; `hub` is a feed's hub with the address by
    which the hub knows it."""

    entries: tuple[Entry, ...] = ()
    children: tuple[Entry, ...] = ()
    hub: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class FeedVisit:
    """What came of a visit to a feed: how many pages are new and how many are looked at sooner, or why it failed."""

    feed: FeedRecord
    new: int = 0
    hinted: int = 0
    listed: int = 0
    reason: str | None = None
    detail: str = ""


def read_listing(given: ListingBytes) -> Listing | Failure:
    """Parse a feed or sitemap. Runs in a reader."""
    headers = dict(given.headers)
    if given.kind == "sitemap":
        read = sitemap.parse(given.url, given.body, headers, zone=given.zone)
        return read if isinstance(read, Failure) else Listing(read.entries, read.children)
    if given.kind == "section":
        page = section.parse(given.url, given.body, headers, zone=given.zone)
        return page if isinstance(page, Failure) else Listing(page.entries)
    found = feeds_parser.parse(given.url, given.body, headers, zone=given.zone)
    if isinstance(found, Failure):
        return found
    return Listing(found.entries, hub=(found.hub, found.topic or given.url) if found.hub else None)


class Discovery:
    """Visits feeds and sitemaps. `rules_of` gives the rules of a source by its id."""

    def __init__(
        self, writer: Writer, readers: Readers, fetch: Fetch, *, rules_of: Callable[[int], SourceRules], pace: Pace
    ) -> None:
        self._writer, self._readers, self._fetch = writer, readers, fetch
        self._rules_of, self._pace = rules_of, pace

    async def visit(self, feed: FeedRecord) -> FeedVisit:
        """One visit, conditional, with the newest sitemaps of an index. What it found is stored when this returns."""
        rules = self._rules_of(feed.source_id)
        job = self.job(feed.source_id, feed.url)
        result = await self._fetch(replace(job, etag=feed.etag, last_modified=feed.last_modified))
        faults.point("feed_fetched")
        if isinstance(result, FetchFailed):
            return await self._failed(feed, rules, result.at, result.reason, result.detail, retry_at=result.retry_at)
        if result.status == 304:
            return await self._store(feed, rules, result, Listing(), feed.body_digest)
        if result.status >= 400:
            return await self._failed(feed, rules, result.at, Reason.HTTP_CLIENT, f"answered {result.status}")
        digest = hashlib.sha256(result.body).hexdigest()
        if digest == feed.body_digest:
            return await self._store(feed, rules, result, Listing(), digest)
        listing = await self.read(result, rules.zone, feed.kind)
        if isinstance(listing, Failure):
            return await self._failed(feed, rules, result.at, listing.reason, listing.detail)
        entries = [*listing.entries, *await self._children(listing.children, rules, result.at)]
        return await self._store(feed, rules, result, Listing(tuple(entries), hub=listing.hub), digest)

    async def read(self, fetched: Fetched, zone: str | None, kind: str) -> Listing | Failure:
        """What a reader makes of an answer as a feed (or sitemap)."""
        url = fetched.final_url or fetched.url
        given = ListingBytes(url, fetched.body, fetched.headers, zone, kind)
        return await self._readers.run(read_listing, given, lambda reason, detail: Failure(url, reason, detail))

    def job(self, source_id: int, url: str) -> FetchJob:
        """The fetch of a source's list, whole."""
        return _job(self._rules_of(source_id), url)

    async def _children(self, children: Sequence[Entry], rules: SourceRules, now: datetime) -> list[Entry]:
        found: list[Entry] = []
        for child in fresh_children(children, rules.max_age, now)[:CHILDREN_OF_A_VISIT]:
            result = await self._fetch(_job(rules, child.url))
            if isinstance(result, Fetched) and result.status < 300:
                listing = await self.read(result, rules.zone, "sitemap")
                found += () if isinstance(listing, Failure) else listing.entries
        return found

    async def _store(
        self, feed: FeedRecord, rules: SourceRules, fetched: Fetched, listing: Listing, digest: str | None
    ) -> FeedVisit:
        wanted = select_entries(listing.entries, feed, rules, fetched.at)
        values: dict[str, Any] = {
            "last_check_at": fetched.at,
            "last_success_at": fetched.at,
            "reason": None,
            "failures": 0,
            "body_digest": digest,
            "etag": fetched.header("etag") or (feed.etag if fetched.status == 304 else None),
            "last_modified": fetched.header("last-modified") or (feed.last_modified if fetched.status == 304 else None),
        }

        def closure(session: Session) -> FeedVisit:
            rest = SECTION_REST if feed.kind == "section" else timedelta(0)
            new, hinted = take_entries(session, feed.source_id, wanted, fetched.at, feed_id=feed.id, rest=rest)
            if new >= NEW_OF_A_VISIT:
                values["body_digest"] = values["etag"] = values["last_modified"] = None  # more to take next time
            if rules.websub and listing.hub:
                websub.offer(session, feed.id, *listing.hub, fetched.at)
            values.update(self._rhythm(feed, rules, fetched, new, told=websub.get(session, feed.id)))
            feeds.record(session, feed.id, **values)
            return FeedVisit(feed, new, hinted, len(listing.entries))

        visit = await asyncio.wrap_future(self._writer.submit(closure))
        faults.point("feed_stored")
        return visit

    async def _failed(
        self,
        feed: FeedRecord,
        rules: SourceRules,
        at: datetime,
        reason: str,
        detail: str,
        *,
        retry_at: datetime | None = None,
    ) -> FeedVisit:
        failures = feed.failures + 1
        due = at + timedelta(seconds=cadence.backed_off(self._interval(rules, _rhythm_of(feed)), failures))
        values = {
            "last_check_at": at,
            "next_check_at": max(due, retry_at) if retry_at else due,
            "reason": str(reason),
            "failures": failures,
        }
        await asyncio.wrap_future(self._writer.submit(lambda session: feeds.record(session, feed.id, **values)))
        return FeedVisit(feed, reason=str(reason), detail=detail)

    async def put_off(self, feed: FeedRecord, at: datetime, detail: str) -> FeedVisit:
        """A visit that ended in an error of ours: the list is visited later and later. Neither its rules nor its rhythm are
        asked, for they may be what failed."""
        reason, failures = str(Reason.INTERNAL), feed.failures + 1
        due = at + timedelta(seconds=cadence.backed_off(cadence.LONGEST_S, failures))
        values = {"last_check_at": at, "next_check_at": due, "reason": reason, "failures": failures}
        await asyncio.wrap_future(self._writer.submit(lambda session: feeds.record(session, feed.id, **values)))
        return FeedVisit(feed, reason=reason, detail=detail)

    def _rhythm(
        self, feed: FeedRecord, rules: SourceRules, fetched: Fetched, new: int, *, told: WebSubRecord | None
    ) -> dict[str, Any]:
        """A list's rhythm after a visit and the next one, as columns. The first visit finds what piled up: no rhythm.

        Where its hub tells of news it is visited less often by itself; and at once where the hub told of some meanwhile.
        """
        at, rhythm = fetched.at, _rhythm_of(feed)
        if feed.last_success_at is not None:
            rhythm = cadence.heard(rhythm, new, (at - feed.last_success_at).total_seconds())
        seconds = self._interval(rules, rhythm)
        if told and told.proven(at) and not rules.feed_interval_s:
            seconds = cadence.told(seconds, speed=self._pace.speed)
        meanwhile = told is not None and told.pushed_at is not None and told.pushed_at >= fetched.started_at
        due = at if meanwhile else at + timedelta(seconds=seconds)
        return {"rhythm_stories": rhythm.stories, "rhythm_s": rhythm.seconds, "next_check_at": due}

    def _interval(self, rules: SourceRules, rhythm: cadence.Rhythm) -> float:
        """Seconds between visits: as configured, else by the list's own rhythm."""
        return rules.feed_interval_s or cadence.interval(
            rhythm, speed=self._pace.speed, shortest_s=self._pace.shortest_s
        )


def _job(rules: SourceRules, url: str) -> FetchJob:
    return FetchJob(url, priority=FEED_PRIORITY, accept=ACCEPT, pace=rules.host_pace, proxy=rules.proxy)


def _rhythm_of(feed: FeedRecord) -> cadence.Rhythm:
    return cadence.Rhythm(feed.rhythm_stories, feed.rhythm_s)


def fresh_children(children: Sequence[Entry], max_age: timedelta, now: datetime) -> list[Entry]:
    """Sitemaps of an index worth a visit, newest first: changed lately, or of unknown age and then the last ones named."""
    dated = [(instant_of(child.updated), child) for child in children]
    lately = sorted(((at, child) for at, child in dated if at and now - at <= max_age), key=lambda pair: pair[0])
    undated = [child for at, child in dated if at is None]
    return [child for _, child in reversed(lately)] + undated[::-1]


def select_entries(
    entries: Sequence[Entry], feed: FeedRecord, rules: SourceRules, now: datetime
) -> list[tuple[Entry, datetime | None]]:
    """Entries that are this source's stories and not too old, newest first, each with its time."""
    chosen = []
    for entry in entries:
        at = instant_of(entry.published) or instant_of(entry.updated)
        if _belongs(entry.url, feed, rules) and _young(entry, at, feed, rules, now):
            chosen.append((entry, at))
    return sorted(chosen, key=lambda pair: pair[1].timestamp() if pair[1] else now.timestamp(), reverse=True)


def _belongs(url: str, feed: FeedRecord, rules: SourceRules) -> bool:
    own = rules.has_include or same_site(url, feed.url) or bool(rules.home and same_site(url, rules.home))
    return own and rules.accepts(url)


def _young(entry: Entry, at: datetime | None, feed: FeedRecord, rules: SourceRules, now: datetime) -> bool:
    """A feed lists what is news; a sitemap lists all there ever was, so there an age is asked for. A section links to old stories
    as well: those whose address says so are left out."""
    if feed.kind == "section":
        day = day_in(entry.url)
        return day is None or now.date() - day <= rules.max_age + timedelta(days=1)
    if feed.kind != "sitemap":
        return True
    if at is None:
        return False
    return now - at <= rules.max_age and (bool(entry.title) or looks_like_article(entry.url))


def take_entries(
    session: Session,
    source_id: int,
    wanted: Sequence[tuple[Entry, datetime | None]],
    now: datetime,
    *,
    feed_id: int | None = None,
    rest: timedelta = timedelta(0),
) -> tuple[int, int]:
    """Store new pages, at most `NEW_OF_A_VISIT`, and bring forward those said to have changed. Gives how many of each.

    `rest` is how long after its last look a page is left alone whatever the list says; then it is looked at.
    """
    known = pages.known(session, [entry.url for entry, _ in wanted])
    never = forgotten.among(session, [entry.url for entry, _ in wanted if entry.url not in known])
    records = pages.by_ids(session, sorted(set(known.values())))
    new = 0
    hinted: dict[datetime, list[int]] = {}
    for entry, at in wanted:
        page = records.get(known.get(entry.url, 0))
        if page is None and entry.url not in known and entry.url not in never and new < NEW_OF_A_VISIT:
            published = at if at and at <= now else None
            made = pages.add(session, source_id, entry.url, host_of(entry.url), now, published_at=published)
            _retitled(session, made, entry, feed_id)
            new += 1
        elif page is not None and _listed_anew(
            session, known_otherwise(session, page, entry.url) or page, entry, now, feed_id
        ):
            rested = page.last_check_at + rest if page.last_check_at else now
            hinted.setdefault(max(now, rested), []).append(page.id)
    for due, ids in hinted.items():
        budget.hint(session, ids, due)
    return new, sum(map(len, hinted.values()))


def _listed_anew(session: Session, page: PageRecord, entry: Entry, now: datetime, feed_id: int | None) -> bool:
    """Whether a listing says that a page changed since it was looked at: by a time, or by another title than it gave before.

    A title is compared with the same list's own, never with the page's or another list's: many word their titles otherwise
    for good. A list that names a removed page may know that it is back: it is looked at, with a rest between.
    """
    if page.last_check_at is None or not page.active:
        return False
    if page.state == "removed":
        return now - page.last_check_at >= RELISTED_REST
    if _retitled(session, page, entry, feed_id):
        return True
    return _says_changed(page.last_check_at, entry, now) and now - page.last_check_at >= HINT_REST


def _retitled(session: Session, page: PageRecord, entry: Entry, feed_id: int | None) -> bool:
    if not entry.title or feed_id is None:
        return False
    owner = f"{feed_id % 0x10000:x}:"
    title = owner + hashlib.sha256(entry.title.encode()).hexdigest()[:11]
    known = page.listed_title
    if title == known or (known is not None and not known.startswith(owner)):
        return False
    pages.record(session, page.id, listed_title=title)
    return known is not None


def _says_changed(last_check_at: datetime, entry: Entry, now: datetime) -> bool:
    updated = instant_of(entry.updated)
    return updated is not None and last_check_at < updated <= now
