"""Looks at an outlet once, with the engine's guard, robots and pace: what lists it has, and whether they answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import urljoin

from crawler.discover import feed, section, sitemap
from crawler.discover.find import Findings, find, guesses, sitemap_guesses
from crawler.extract.document import Document
from crawler.extract.parse import parse
from crawler.extract.reader import read
from crawler.fetch.decode import decode, layers
from crawler.fetch.engine import FetchEngine, install
from crawler.fetch.limits import FetchJob, FetchSettings
from crawler.render.renderer import missing_extra
from crawler.reread import DECODED_MOST
from crawler.watched import Watched
from db.types import ARTICLE_TYPES, Article, Failure, Fetched, FetchFailed
from monitor.service.health import in_words

T = TypeVar("T")
TRIED_PAGES = 3  # articles read of each outlet that is checked
SECTION_LEAST = 4  # stories on a page that is proposed as a section
SECTIONS_MOST = 6
STORY_LEAST = 250  # characters of a text
NEEDED = "the plain page has no story; render = true would read it"
NOT_NEEDED = "the plain page has the story as well: render = true is not needed"


@dataclass(frozen=True, slots=True)
class ListCheck:
    """A feed or sitemap that was asked: how many articles it lists, or why it gives none."""

    url: str
    kind: str
    entries: tuple[str, ...] = ()
    trouble: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class PageCheck:
    """An article that was read: what was found, or why it cannot be read. `remark` tells of its rendering."""

    url: str
    article: Article | None = None
    trouble: str | None = None
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A source to be checked: its lists, each `(url, kind)`, and its rules."""

    lists: Sequence[tuple[str, str]]
    rules: Watched

    def job(self, url: str) -> FetchJob:
        """A visit as the source makes it."""
        rules = self.rules
        return FetchJob(url, pace=rules.host_pace, proxy=rules.proxy, render=rules.renders(url), zone=rules.zone)


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """How a source answered: its lists, and a few of the articles that they name."""

    lists: tuple[ListCheck, ...]
    pages: tuple[PageCheck, ...]

    @property
    def troubled(self) -> bool:
        return any(listed.trouble for listed in self.lists) or any(page.trouble for page in self.pages)


@dataclass(frozen=True, slots=True)
class Look:
    """What a page says of its outlet, and which of the lists it names really answer."""

    findings: Findings
    lists: tuple[ListCheck, ...]


class LookError(Exception):
    """The address cannot be looked at; the message says why."""


def look(settings: FetchSettings, url: str) -> Look:
    """Look at a home page or article and at the lists it names. Raises `LookError` where it does not answer."""
    return asyncio.run(_with_engine(settings, lambda engine: _look(engine, url)))


def check(settings: FetchSettings, wanted: Mapping[str, Asked], tell: Callable[[str, SourceCheck], None]) -> None:
    """For each source, ask its lists and read the first few articles named; `tell` gets each when done."""

    async def every(engine: FetchEngine) -> None:
        for name, asked in wanted.items():
            tell(name, await _check(engine, asked))

    asyncio.run(_with_engine(settings, every))


def page(settings: FetchSettings, url: str) -> Fetched:
    """One page as it answers. Raises `LookError` where it does not."""
    answer = asyncio.run(_with_engine(settings, lambda engine: engine.fetch(FetchJob(url))))
    if isinstance(answer, FetchFailed):
        raise LookError(f"{url}: {in_words(answer.reason, answer.detail)}")
    return answer


async def _with_engine(settings: FetchSettings, work: Callable[[FetchEngine], Awaitable[T]]) -> T:
    install()
    engine = FetchEngine(settings)
    await engine.start()
    try:
        return await work(engine)
    finally:
        await engine.stop()


async def _look(engine: FetchEngine, url: str) -> Look:
    answer = await engine.fetch(FetchJob(url))
    if isinstance(answer, FetchFailed):
        raise LookError(f"{url}: {in_words(answer.reason, answer.detail)}")
    if answer.status >= 400:
        raise LookError(f"{url} answers with status {answer.status}")
    robots = await engine.fetch(FetchJob(urljoin(answer.final_url, "/robots.txt")))
    text = robots.body.decode("utf-8", "replace") if isinstance(robots, Fetched) and robots.status == 200 else None
    page = parse(answer.body, answer.final_url, headers=dict(answer.headers), fetched_at=answer.at)
    found = find(page, text)
    named = [(link.url, "feed") for link in found.feeds] + [(address, "sitemap") for address in found.sitemaps]
    lists = [checked for checked in await _ask(engine, named) if not checked.trouble]
    if not lists:
        tried = [(link.url, "feed") for link in guesses(found.home)]
        tried += [(address, "sitemap") for address in sitemap_guesses(found.home)]
        lists = [checked for checked in await _ask(engine, tried) if not checked.trouble]
    if not lists:
        lists = await _sections(engine, page)
    return Look(found, tuple(lists))


async def _sections(engine: FetchEngine, page: Document) -> list[ListCheck]:
    """Where no feed and no sitemap answers: the page itself and the sections its menus lead to, those that list stories."""
    urls = [page.url, *section.sections(page)]
    asked = await _ask(engine, [(url, "section") for url in dict.fromkeys(urls)])
    return [found for found in asked if not found.trouble and len(found.entries) >= SECTION_LEAST][:SECTIONS_MOST]


async def _check(engine: FetchEngine, asked: Asked) -> SourceCheck:
    lists = await _ask(engine, asked.lists, asked)
    urls = list(dict.fromkeys(url for listed in lists for url in listed.entries))[:TRIED_PAGES]
    return SourceCheck(tuple(lists), tuple(await asyncio.gather(*(_read(engine, asked.job(url)) for url in urls))))


async def _ask(engine: FetchEngine, wanted: Sequence[tuple[str, str]], asked: Asked | None = None) -> list[ListCheck]:
    return list(await asyncio.gather(*(_list(engine, url, kind, asked) for url, kind in wanted)))


async def _list(engine: FetchEngine, url: str, kind: str, asked: Asked | None) -> ListCheck:
    answer = await engine.fetch(replace(asked.job(url), render=False) if asked else FetchJob(url))
    if isinstance(answer, FetchFailed):
        return ListCheck(url, kind, trouble=in_words(answer.reason, answer.detail))
    if answer.status >= 400:
        return ListCheck(url, kind, trouble=f"it answers with status {answer.status}")
    reader = _READERS[kind]
    read_list = await asyncio.to_thread(reader, answer.final_url, answer.body, dict(answer.headers))
    if isinstance(read_list, Failure):
        return ListCheck(url, kind, trouble=in_words(read_list.reason, read_list.detail))
    urls = tuple(entry.url for entry in read_list.entries)
    if isinstance(read_list, sitemap.Sitemap):
        return ListCheck(url, kind, urls, title=_index_words(len(read_list.children)))
    return ListCheck(url, kind, urls, title=read_list.title)


_READERS: dict[str, Callable[..., feed.Feed | sitemap.Sitemap | section.Section | Failure]] = {
    "feed": feed.parse,
    "sitemap": sitemap.parse,
    "section": section.parse,
}


def _index_words(children: int) -> str | None:
    return f"an index of {children} sitemaps" if children else None


# Articles, plain and rendered


async def _read(engine: FetchEngine, job: FetchJob) -> PageCheck:
    answer = await engine.fetch(job)
    if isinstance(answer, FetchFailed):
        return PageCheck(job.url, trouble=in_words(answer.reason, answer.detail))
    made = await _reading(answer)
    if answer.rendered:
        plain = has_story(await _reading(_as_received(answer)))
        return replace(_judged(job.url, made), remark=NOT_NEEDED if plain and has_story(made) else None)
    if has_story(made) or not _waits_for_script(answer):
        return _judged(job.url, made)
    return await _by_script(engine, job, _judged(job.url, made))


async def _by_script(engine: FetchEngine, job: FetchJob, plain: PageCheck) -> PageCheck:
    """A plain page without story is said to need rendering only where rendering has read one."""
    if missing_extra():
        return replace(plain, remark=f"no story; whether it comes by script cannot be told: {missing_extra()}")
    rendered = await engine.fetch(replace(job, render=True))
    if isinstance(rendered, FetchFailed):
        return replace(plain, remark=f"no story, and it could not be rendered: {rendered.detail}")
    return replace(plain, trouble=NEEDED) if has_story(await _reading(rendered)) else plain


async def _reading(answer: Fetched) -> Article | Failure:
    headers = dict(answer.read_headers)
    return await asyncio.to_thread(
        lambda: read(answer.body, answer.final_url, headers=headers, fetched_at=answer.at, status=answer.status)
    )


def has_story(made: Article | Failure) -> bool:
    """Whether a reading is an article with a headline and a text."""
    if isinstance(made, Failure) or made.page_type not in ARTICLE_TYPES:
        return False
    return bool(made.headline) and sum(len(block.text) for block in made.body) >= STORY_LEAST


def _waits_for_script(answer: Fetched) -> bool:
    return answer.status == 200 and b"<script" in answer.body.lower()


def _as_received(answer: Fetched) -> Fetched:
    """A rendered answer as it was before. What could not be decoded would not have been rendered."""
    encodings = layers(value for name, value in answer.headers if name.lower() == "content-encoding")
    return replace(answer, body=decode(answer.raw, encodings, DECODED_MOST), rendered=False)


def _judged(url: str, made: Article | Failure) -> PageCheck:
    if isinstance(made, Failure):
        return PageCheck(url, trouble=in_words(made.reason, made.detail))
    if made.page_type not in ARTICLE_TYPES:
        return PageCheck(url, trouble=f"it reads as a page of type {made.page_type}, not as an article")
    return PageCheck(url, made)
