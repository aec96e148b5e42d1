"""The generic page object: it needs nothing but the response and gives an `Article`.

A site's page object (crawler/sites/) overrides the one method whose answer the generic rules get wrong; everything else,
such as the order in which fields are read and what each takes off the body, stays here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import ClassVar

from lxml.html import HtmlElement
from web_poet import HttpResponse, WebPage

from crawler.extract import body, byline, dateline, dates, deck, facts, headline, normalise, notices, page_type
from crawler.extract.document import Document
from crawler.extract.parse import parse
from db.types import Article, Block, Image, Notice, PageType


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of a visit beside the response: when it was, and the source's IANA time zone."""

    fetched_at: datetime | None = None
    zone: str | None = None


class ArticlePage(WebPage[Article]):
    """A news story at any address. `to_article()` is the reading; the other methods are its fields."""

    domain: ClassVar[str] = ""
    """The site's registered domain, in a site's page object; empty for the generic one."""
    last_day: ClassVar[date | None] = None
    """The last day on which a page of this layout was seen, for an older layout; None for today's."""

    deck_path: ClassVar[str] = ""
    """XPath of the deck in a site's layout, where the generic rules miss it."""
    aside_path: ClassVar[str] = ""
    """XPath of what stands among the story's blocks in a site's layout and belongs to none."""
    home_zone: ClassVar[str | None] = None
    """The IANA zone in which a site gives times without one; the source's own setting goes before it."""

    context: Context = Context()

    @classmethod
    def knows(cls, document: Document) -> bool:
        """Whether the document has this layout's markup; the generic one has any."""
        del document
        return True

    @classmethod
    def of(cls, response: HttpResponse, context: Context) -> ArticlePage:
        """A page object for the response of one visit."""
        page = cls(response)
        page.context = context
        return page

    @classmethod
    def of_document(cls, document: Document, context: Context) -> ArticlePage:
        """A page object for a page that is parsed already."""
        page = cls.of(HttpResponse(document.url, b"", status=document.status, headers=dict(document.headers)), context)
        page.__dict__["document"] = document
        return page

    @cached_property
    def document(self) -> Document:
        """The parsed page; raises `parse.UnreadableError` where the bytes hold none."""
        return parse(
            self.response.body,
            str(self.response.url),
            headers=dict(self.response.headers),
            fetched_at=self.context.fetched_at,
            zone=self.context.zone,
            status=self.response.status or 200,
        )

    async def to_item(self) -> Article:
        """The reading, for frameworks that speak web-poet."""
        return self.to_article()

    def first(self, path: str) -> HtmlElement | None:
        """The first element at an XPath, for a site's page object; None where there is none."""
        found = self.document.root.xpath(path)
        return found[0] if found else None

    @cached_property
    def headline(self) -> headline.HeadlineReading:
        return headline.read(self.document)

    @cached_property
    def story(self) -> body.BodyReading:
        """The body as found, before notices and the dateline are taken off."""
        found = body.read(self.document, self.headline.headline)
        beside = [path for path in (self.aside_path, self.deck_path) if path]
        return without_elements(found, self.document.root.xpath(" | ".join(beside))) if beside else found

    @cached_property
    def notices_and_rest(self) -> tuple[tuple[Notice, ...], tuple[Block, ...]]:
        return notices.read(self.document, self.story.blocks)

    @cached_property
    def told(self) -> tuple[Block, ...]:
        """The story's blocks without its notices and without the byline that stands among them."""
        return byline.without(self.notices_and_rest[1], self.byline)

    @cached_property
    def deck(self) -> facts.Found:
        words = visible_text(self.first(self.deck_path)) if self.deck_path else None
        if words:
            return words, "page"
        return deck.read(self.document, self.headline.element, self.headline.headline, self.told)

    @cached_property
    def dateline(self) -> dateline.DatelineReading:
        """The place line, with the blocks and the deck that it was taken off."""
        return dateline.read(self.document, deck.without(self.told, self.deck), self.deck[0])

    @cached_property
    def times(self) -> dates.Times:
        if self.home_zone and not self.document.zone:
            return dates.read(replace(self.document, zone=self.home_zone))
        return dates.read(self.document)

    @cached_property
    def byline(self) -> byline.Byline:
        return byline.read(self.document)

    @cached_property
    def section(self) -> facts.Found:
        return facts.section(self.document)

    @cached_property
    def tags(self) -> tuple[tuple[str, ...], str]:
        return facts.tags(self.document)

    @cached_property
    def publisher(self) -> facts.Found:
        return facts.publisher(self.document)

    @cached_property
    def canonical(self) -> facts.Found:
        return facts.canonical(self.document)

    @cached_property
    def language(self) -> facts.Found:
        return facts.language(self.document, self.story.blocks, self.headline.headline)

    @cached_property
    def page_type(self) -> tuple[PageType, str]:
        return page_type.read(self.document, self.headline, self.story.blocks)

    @cached_property
    def whole(self) -> tuple[bool, str]:
        """Whether all of the story is there, and what says so."""
        if not self.story.complete:
            return False, "the body breaks off"
        if not self.story.blocks and self.page_type[0] == PageType.ARTICLE:
            return False, "no body in the markup"
        return facts.is_whole(self.document, self.story.blocks)

    @cached_property
    def images(self) -> tuple[Image, ...]:
        return self.story.images

    def to_article(self) -> Article:
        """The reading of the page; raises `parse.UnreadableError` where there is none."""
        kind, _ = self.page_type
        return Article(
            url=self.document.url,
            headline=self.headline.headline,
            headlines=self.headline.headlines,
            deck=self.dateline.deck,
            byline=self.byline.text,
            authors=self.byline.authors,
            dateline=self.dateline.dateline,
            published=self.times.published,
            modified=self.times.modified,
            displayed_time=self.times.displayed_time,
            displayed_relative=self.times.displayed_relative,
            section=self.section[0],
            tags=self.tags[0],
            language=self.language[0],
            publisher=self.publisher[0],
            notices=self.notices_and_rest[0],
            body=self.dateline.blocks,
            body_complete=self.whole[0],
            images=self.images,
            page_type=kind.value,
            canonical=self.canonical[0],
            provenance=self.provenance(),
        )

    def provenance(self) -> dict[str, str]:
        """Each field that was found, and where."""
        sources = {
            "headline": self.headline.source,
            "deck": self.deck[1],
            "byline": self.byline.source,
            "dateline": self.dateline.source,
            **self.times.provenance,
            "section": self.section[1],
            "tags": self.tags[1],
            "language": self.language[1],
            "publisher": self.publisher[1],
            "canonical": self.canonical[1],
            "body": self.story.source,
            "body_complete": self.whole[1],
            "page_type": self.page_type[1],
        }
        return {name: source for name, source in sources.items() if source}


def without_elements(found: body.BodyReading, elements: Iterable[HtmlElement]) -> body.BodyReading:
    """The body without the blocks that hold just the text of one of the elements; as it was where nothing would stay."""
    beside = {normalise.element_text(element) for element in elements} - {""}
    kept = tuple(block for block in found.blocks if block.text not in beside)
    return replace(found, blocks=kept) if kept and len(kept) < len(found.blocks) else found


def visible_text(element: HtmlElement | None) -> str | None:
    """The text of an element for a site's page object; None where the element or its text is missing."""
    return (normalise.element_text(element) or None) if element is not None else None
