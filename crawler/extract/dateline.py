"""The place line that opens a story: found, taken apart, and taken off the paragraph it opens.

`parse` reads one text; `read` looks where a page keeps the line: in the first paragraphs, in a paragraph or an element of its
own, in the deck. The grammar is in `crawler.extract.datelines`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lxml.html import HtmlElement

from crawler.extract import normalise
from crawler.extract.datelines import grammar, ideographs
from crawler.extract.datelines.agencies import is_agency
from crawler.extract.datelines.evidence import Line, Part
from crawler.extract.datelines.grammar import may_open
from crawler.extract.datelines.places import Tier, tiers
from crawler.extract.document import Document
from crawler.extract.walk import following
from db.types import Block, Dateline, Role

MAX_ALONE = 60
"""Characters that a place line alone in its paragraph or element may have."""
REPEATED = 60
"""A deck whose first characters open a paragraph is that paragraph."""
MIN_FOLLOWING = 60
MIN_BARE = 4
PARAGRAPHS = 3
"""The line opens one of this many first paragraphs."""

_TEXT_TAGS = ("p", "div", "span", "strong", "b", "em", "h2", "h3", "h4", "h5", "h6")
MAX_ABOVE = 80
"""Elements looked at between the headline and the story."""
MAX_STANDFIRST = 400
STORY_START = 30


@dataclass(frozen=True, slots=True)
class DatelineReading:
    """The line, the blocks and the deck without it, and where it was read (`paragraph`,
    `own_paragraph`, `deck`, `element`, `above_story`)."""

    dateline: Dateline | None
    blocks: tuple[Block, ...]
    deck: str | None
    source: str | None = None


def parse(text: str, language: str | None = None) -> tuple[Dateline, str] | None:
    """The place line that opens the text, and the text after it; None where none opens it."""
    text = text.lstrip()
    if not text:
        return None
    found = None
    if text[0] in "【〔［[(（〈" or text[0] > "\u2e80":
        found = ideographs.parse(text)
    found = found or grammar.parse(text, language)
    if found is None:
        return None
    line, end = found
    return _dateline(line, text[:end].rstrip()), text[end:].lstrip()


def parse_alone(text: str, language: str | None = None) -> Dateline | None:
    """The text as a place line with nothing after it: `Ankara`, `SEOUL —`, `WASHINGTON (AP)`."""
    text = text.strip()
    if not text or len(text) > MAX_ALONE:
        return None
    bare = text.rstrip(" .:,-–—―।")
    closed = parse(f"{bare} — ", language) or parse(text, language)
    if closed is None or closed[1]:
        return None
    dateline = closed[0]
    if not dateline.agency and not (dateline.place and _is_city(dateline.place)):
        return None
    return replace(dateline, text=text)


def _is_city(place: str) -> bool:
    if place.isascii() and len(place) < MIN_BARE:
        return False
    first = re.split(r"[,/(]", place, maxsplit=1)[0]
    return bool(tiers(first) & (Tier.CITY | Tier.TOWN))


def _dateline(line: Line, text: str) -> Dateline:
    dates = line.of("date")
    agencies = line.of("agency") or line.of("signature")
    return Dateline(
        text=text,
        place=_place(line.of("place", "region")),
        date=", ".join(part.words.rstrip(".") for part in dates) or None,
        agency=", ".join(part.words for part in agencies) or None,
    )


def _place(parts: tuple[Part, ...]) -> str | None:
    """Places as one string: several parted by "/", regions after a comma or in brackets as they stood."""
    joined = ""
    for part in parts:
        if not joined:
            joined = part.words
        elif part.kind == "place":
            joined += "/" + part.words
        else:
            joined += f" ({part.words})" if part.bracketed else f", {part.words}"
    return joined or None


def read(doc: Document, blocks: tuple[Block, ...], deck: str | None = None) -> DatelineReading:
    """The page's place line, with the blocks and the deck it was taken off."""
    return (
        _in_blocks(doc, blocks, deck)
        or _in_deck(doc, blocks, deck)
        or _above_story(doc, blocks, deck)
        or DatelineReading(None, blocks, deck)
    )


def _paragraphs(blocks: tuple[Block, ...]) -> Iterator[tuple[int, Block]]:
    """The first paragraphs with their places among the blocks."""
    seen = 0
    for at, block in enumerate(blocks):
        if block.role == Role.PARAGRAPH:
            yield at, block
            seen += 1
            if seen == PARAGRAPHS:
                return


def _in_blocks(doc: Document, blocks: tuple[Block, ...], deck: str | None) -> DatelineReading | None:
    for nth, (at, block) in enumerate(_paragraphs(blocks)):
        alone = parse_alone(block.text, doc.language)
        if alone and (_is_closed(alone) or (nth == 0 and _opens(blocks[at + 1 : at + 2]))):
            kept = blocks[:at] + blocks[at + 1 :]
            return DatelineReading(alone, kept, _without(doc, deck, kept), "own_paragraph")
        found = parse(block.text, doc.language)
        if found and found[1] and (nth == 0 or _is_strong(found[0])):
            dateline, rest = found
            kept = (*blocks[:at], replace(block, text=rest), *blocks[at + 1 :])
            return DatelineReading(dateline, kept, _without(doc, deck, kept), "paragraph")
    return None


def _is_closed(alone: Dateline) -> bool:
    """Whether a line alone is more than the bare name of a place."""
    return bool(alone.agency or alone.date) or alone.text[-1:] in "-–—―:।"


def _opens(following: tuple[Block, ...]) -> bool:
    """Whether a whole paragraph follows, as after "Ankara" alone, and no list of regions."""
    return bool(following) and following[0].role == Role.PARAGRAPH and len(following[0].text) >= MIN_FOLLOWING


def _is_strong(dateline: Dateline) -> bool:
    """Whether the line may open a later paragraph: closed by a dash or signed by an agency."""
    return dateline.text[-1:] in "-–—―" or bool(dateline.agency and is_agency(dateline.agency))


def _without(doc: Document, deck: str | None, blocks: tuple[Block, ...]) -> str | None:
    """The deck without the line that opens it too; none where it is a paragraph of `blocks` over again, lines taken off both."""
    found = parse(deck, doc.language) if deck else None
    if found is None or not found[1]:
        return deck
    start = found[1][:REPEATED].rstrip(" .…")
    return None if any(block.text.startswith(start) for _, block in _paragraphs(blocks)) else found[1]


def _in_deck(doc: Document, blocks: tuple[Block, ...], deck: str | None) -> DatelineReading | None:
    found = parse(deck, doc.language) if deck else None
    if found is None or not found[1]:
        return None
    return DatelineReading(found[0], blocks, found[1], "deck")


def _above_story(doc: Document, blocks: tuple[Block, ...], deck: str | None) -> DatelineReading | None:
    """A line between the headline and the story: in an element that says so, in a standfirst, or alone before one."""
    headline = next(iter(doc.all("h1")), None)
    first = next((block.text[:STORY_START] for _, block in _paragraphs(blocks)), "")
    if headline is None or not first:
        return None
    for element in itertools.islice(following(headline, _TEXT_TAGS), MAX_ABOVE):
        if _says_dateline(element):
            alone = parse_alone(normalise.element_text(element)[: MAX_ALONE + 1], doc.language)
            if alone and alone.place and not normalise.is_hidden(element):
                return DatelineReading(alone, blocks, _without(doc, deck, blocks), "element")
        start = (element.text or "").strip()
        if not start or not may_open(start):
            continue
        if normalise.text(start)[:STORY_START] == first:
            return None
        if _is_linked(element):
            continue
        found = _standing(element, start, doc.language)
        if found:
            return DatelineReading(found, blocks, _without(doc, deck, blocks), "above_story")
    return None


def _says_dateline(element: HtmlElement) -> bool:
    return "ateline" in element.get("class", "") or element.get("itemprop") in ("dateline", "locationCreated")


def _standing(element: HtmlElement, start: str, language: str | None) -> Dateline | None:
    """The line that opens this element, or that this element holds alone before the text it opens."""
    alone = not len(element) and len(start) <= MAX_ALONE
    behind = element.getnext() if alone else None
    text = normalise.text(start) if alone else normalise.element_text(element)[:MAX_STANDFIRST]
    if behind is not None:
        text = f"{text} {normalise.element_text(behind)[:MAX_STANDFIRST]}"
    found = parse(text, language)
    if found is None or len(found[1]) < MIN_FOLLOWING or not _is_certain(found[0]):
        return None
    return found[0] if not alone or found[0].text == normalise.text(start) else None


def _is_certain(dateline: Dateline) -> bool:
    """Whether a line outside the story is more than a label: signed, dated, or a city that no colon follows."""
    if dateline.agency and is_agency(dateline.agency):
        return True
    known = bool(dateline.place and Tier.CITY in tiers(dateline.place) and _is_city(dateline.place))
    return dateline.text[-1:] not in ":：|" and (known or bool(dateline.place and dateline.date))


def _is_linked(element: HtmlElement) -> bool:
    """Whether the element is part of a link, a list or something beside the story, or holds a link."""
    if normalise.is_hidden(element) or element.find(".//a") is not None:
        return True
    above = itertools.islice(element.iterancestors(), 6)
    return any(node.tag in ("a", "li", "aside", "nav", "figure", "footer") for node in above)
