"""The deck: the standfirst between the headline and the story; where the page shows none, its description.

What stands on the page is told from a kicker, a teaser or a caption by two signs: its element is named for it, or a description
of the page (linked data, og, meta) says about the same. Agreement is judged loosely, so that an edit of the one alone does not
make the reader look elsewhere.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from lxml.html import HtmlElement
from rapidfuzz import fuzz

from crawler.extract import linked_data, normalise
from crawler.extract.dateline import parse
from crawler.extract.document import Document
from crawler.extract.facts import NOTHING, Found
from crawler.extract.headline import key
from db.types import Block, Role

SHORTEST, LONGEST = 20, 700
"""Characters of a deck."""
AGREES = 70.0
"""Of 100: a visible text and a description that are as alike say the same."""
CUT_AGREES = 90.0
"""Of 100, the same where one is the other cut short."""
ROOM = 60
"""Elements after the headline in which the deck is looked for."""
TOP = 5
"""Blocks at the top of a body among which the deck may stand."""
MOST_INLINE = 12
"""Elements inside one of text alone."""
_NAME = re.compile(
    r"(?:^|[\s_-]|article|post|story|entry|page|hero|header)(?:deck|dek|stand-?first|sub-?head(?:line|ing)?|sub-?title|subtitulo|"
    r"sub-?titulo|bajada|sottotitolo|sommario|chapo|chapeau|vorspann|ingress|underrubrik|entradilla|lead-?in|copete|teaser-?text|"
    r"excerpt|abstract|under-?title|lede-?text|synopsis|perex|linha-?fina|sapo)(?:$|[\s_-]|text)",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
"""Tags that some descriptions hold as text."""
_LEAD_NAME = re.compile(
    r"(?:^|[\s_-]|article|element|story)(?:lead|lede|intro|einleitung|preface|preamble|strapline|anriss|manchet|teaser|summary|spot|"
    r"description)(?:$|\s|__|[_-]?(?:text|paragraph|copy))",
    re.IGNORECASE,
)
"""Names of a standfirst that other things have as well: they count for an element of text alone."""
_TAGS = ("h2", "h3", "h4", "p", "div", "span", "ul", "section", "header")
_TEXT_TAGS = frozenset({"h2", "h3", "h4", "p", "div", "span"})
_BLOCKS = frozenset(
    {"div", "p", "section", "article", "ul", "ol", "table", "figure", "h1", "h2", "h3", "h4", "form", "header"}
)
_BESIDE = frozenset({"aside", "nav", "footer", "figure", "figcaption", "form", "li"})


def read(doc: Document, heading: HtmlElement | None, headline: str | None, body: Sequence[Block]) -> Found:
    """The deck and where it was read, `(None, "")` where the page has none but the beginning of the story."""
    descriptions = [found for found in _descriptions(doc) if _may_be(found[0], headline)]
    candidates = list(_candidates(doc, heading, headline, body)) if heading is not None else []
    shown = _described(candidates, descriptions, doc.first_meta("twitter:description") or "") or next(
        (words for words, named in candidates if named), None
    )
    if shown:
        return shown, "page"
    captions = {key(block.text) for block in body if block.role == Role.CAPTION}
    opening = key(" ".join(block.text for block in body[:6] if block.role != Role.CAPTION)) if descriptions else ""
    for words, source in descriptions:
        if key(words) not in captions and not _opens_body(words, opening):
            return words, source
    return NOTHING


def _may_be(words: str, headline: str | None) -> bool:
    return len(words) >= SHORTEST and key(words) != key(headline or "")


def _described(candidates: Sequence[tuple[str, bool]], descriptions: Sequence[Found], also: str) -> str | None:
    """The text on the page that says about what a description says."""
    told = [key(words or "") for words, source in descriptions if "alternative" not in source] + [key(also)] * bool(
        also
    )
    for words, _ in candidates:
        shown = key(words)
        if any(_agree(shown, other) for other in told):
            return words
    return None


def _agree(shown: str, told: str) -> bool:
    """Whether two texts are alike, or one is the other cut short."""
    short = min(len(shown), len(told))
    return fuzz.ratio(shown, told) >= AGREES or (
        short >= 2 * SHORTEST and fuzz.ratio(shown[:short], told[:short]) >= CUT_AGREES
    )


def _candidates(
    doc: Document, heading: HtmlElement, headline: str | None, body: Sequence[Block]
) -> Iterator[tuple[str, bool]]:
    """The texts between the headline and the story, and whether the element of each is named a deck. The story's first paragraph
    is one of them where it is named so or set apart, and no place line opens it."""
    opening = next((key(b.text)[:60] for b in body if b.role == Role.PARAGRAPH and len(b.text) > 40), None)
    for element in _after(heading):
        text_alone = _is_text(element)
        named = _is_named(element) or (text_alone and element.tag in _TEXT_TAGS and _is_named_lead(element))
        if not (named or text_alone):
            continue
        words = normalise.element_text(element)
        opens = bool(opening) and key(words)[:60] == opening
        if opens and (parse(words, doc.language) or not (named or _is_set_apart(element))):
            return
        is_sentence = len(words.split()) >= 4 or not words.isascii()
        if is_sentence and len(words) <= LONGEST and _may_be(words, headline) and not _is_beside(element):
            yield words, named
        if opens:
            return


def _after(heading: HtmlElement) -> Iterator[HtmlElement]:
    """The elements that follow the heading closely, its own block first."""
    room = ROOM
    above: HtmlElement | None = heading
    for _ in range(4):
        if above is None or above.tag in {"body", "main"}:
            return
        for sibling in above.itersiblings():
            for element in sibling.iter(*_TAGS):
                room -= 1
                if room < 0:
                    return
                yield element
        above = above.getparent()


def _is_text(element: HtmlElement) -> bool:
    """Whether the element holds text and no block."""
    inside = list(itertools.islice(element.iterdescendants(), MOST_INLINE + 1))
    return len(inside) <= MOST_INLINE and not any(child.tag in _BLOCKS for child in inside)


def _is_beside(element: HtmlElement) -> bool:
    """Whether the element is part of a list, a link, a picture or a box, and so no part of the head."""
    above = itertools.islice(element.iterancestors(), 6)
    return any(node.tag in _BESIDE or node.tag == "a" for node in above) or normalise.is_hidden(element)


@lru_cache(maxsize=16384)
def _names_deck(names: str) -> bool:
    return _NAME.search(names) is not None


@lru_cache(maxsize=16384)
def _names_lead(names: str) -> bool:
    return _LEAD_NAME.search(names) is not None


def _is_named(element: HtmlElement) -> bool:
    """Whether the element is a standfirst by its name, or as the lower heading that follows the headline."""
    names = f"{element.get('class', '')} {element.get('id', '')} {element.get('data-testid', '')}"
    if _names_deck(names) or element.get("itemprop") in {"alternativeHeadline", "description"}:
        return True
    previous = element.getprevious()
    follows = previous is not None and previous.tag == "h1" and element.tag in {"h2", "h3"}
    return follows and len(normalise.element_text(element).split()) >= 6


def _is_named_lead(element: HtmlElement) -> bool:
    above = element.getparent()
    around = above if above is not None and len(above) == 1 and above.tag in {"div", "section"} else element
    return any(
        _names_lead(node.get("class", "") + " " + node.get("data-testid", "") + " " + node.get("type", ""))
        for node in (element, around)
    )


def _is_set_apart(element: HtmlElement) -> bool:
    """Whether all of the paragraph is bold, as decks are where they have no element of their own."""
    inner = element[0] if len(element) == 1 else None
    if inner is None or inner.tag not in {"strong", "b", "em"}:
        return False
    return not (element.text or "").strip() and not (inner.tail or "").strip()


def without(blocks: tuple[Block, ...], found: Found) -> tuple[Block, ...]:
    """The blocks without the deck that was read off the page, where it stands at their top too."""
    if found[1] != "page":
        return blocks
    deck = key(found[0] or "")
    top = [i for i, block in enumerate(blocks[:TOP]) if block.role != Role.CAPTION and key(block.text) == deck]
    return blocks if len(blocks) - len(top) < 2 else tuple(b for i, b in enumerate(blocks) if i not in top)


def _descriptions(doc: Document) -> Iterator[tuple[str, str]]:
    for value, source in (
        (doc.article.get("description"), "json_ld description"),
        (doc.first_meta("og:description"), "og:description"),
        (doc.first_meta("description"), "description"),
        (doc.article.get("alternativeHeadline"), "json_ld alternativeHeadline"),
    ):
        words = normalise.text(_MARKUP.sub(" ", linked_data.words(value) or ""))
        if words:
            yield words, source


def _opens_body(words: str, opening: str) -> bool:
    """Whether the description was cut from the story itself: then an edit of it is an edit of the body."""
    stem = key(words.rstrip(" .…[]"))[:120]
    return bool(stem) and stem[: max(20, len(stem) - 15)] in opening
