"""The headline a reader of the page sees, and each surface it also stands on.

A headline stands in several places: `<h1>`, `<title>`, `og:title`, `twitter:title`, JSON-LD. They differ by site suffix,
kicker, search wording and typing. Every surface is kept as written; the headline is the visible `<h1>` that the others
vouch for, freed of what the template glued to it. Where no such `<h1>` stands, the surfaces themselves answer.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from lxml.html import HtmlElement
from rapidfuzz import fuzz

from crawler.extract import linked_data, normalise
from crawler.extract.document import Document
from crawler.extract.titles import SEPARATOR, is_sentence, key, parts_of, site_names, without_site

__all__ = ["HeadlineReading", "key", "read", "site_names", "without_site"]

CLAIM_ORDER = ("json_ld", "og", "twitter", "title")
"""The surfaces that vouch for an `<h1>`, best kept first."""

MAX_LENGTH = 1000
"""Characters of a surface that are kept: no headline is longer."""
TRAIL_LIKENESS = 0.6
"""How like the headline an `<h1>` outside the story is that repeats it (0..1)."""
MAX_PLACES = 600
MAX_HEADINGS = 150
"""Headings of one rank that are looked at."""

_KICKER_CLASS = re.compile(
    r"kicker|eyebrow|overline|topline|top-line|roofline|dachzeile|spitzmarke|badge|label|flag|rubric|supertitle|suptitle|"
    r"surtitre|antetitulo|ante-title|pre-?title|pre-?headline|category|section|icon|tag\b",
    re.IGNORECASE,
)
_BADGE = re.compile(
    r"(?:live|en direct|en vivo|ao vivo|liveticker|live-ticker|breaking|breaking news|exclusive|exclusif|exklusiv|video|watch|"
    r"photos?|gallery|podcast|opinion|analysis|updated?|new|neu|premium|plus|subscriber only|abo|s\+|f\+|"
    r"直播|速報|独自|有料)\s*:?",
    re.IGNORECASE,
)
_NOT_THE_STORY = frozenset({"nav", "footer", "aside", "dialog", "li"})
_TRAIL = re.compile(r"breadcrumb|crumbs", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HeadlineReading:
    """`headline` as a reader sees it; `headlines` maps surface to text as written; `source` names where and why.

    `element` is the heading it was read from, None where no heading on the page holds it.
    """

    headline: str | None
    headlines: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    element: HtmlElement | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class _Heading:
    """One `<h1>` and how well the surfaces vouch for it (0..1)."""

    element: HtmlElement
    text: str
    score: float


def read(doc: Document) -> HeadlineReading:
    """The headline of the page; None where no surface holds one."""
    surfaces = _surfaces(doc)
    names = site_names(doc)
    claims = _claims(surfaces, names)
    headings = _headings(doc, claims, names)
    chosen = max(headings, key=lambda heading: heading.score, default=None)
    if chosen is None or not _vouched(chosen, headings, claims):
        return _on_the_page(doc, surfaces, claims) or _from_claims(surfaces, claims)
    surfaces = {str(chosen.element.tag): chosen.text, **_trail(doc, chosen, claims), **surfaces}
    headline, how = _reconcile(chosen, claims, names)
    return HeadlineReading(headline, surfaces, f"{chosen.element.tag}{how}", chosen.element)


def _trail(doc: Document, chosen: _Heading, claims: Mapping[str, str]) -> dict[str, str]:
    """The `<h1>` in a breadcrumb that repeats the headline, where a lower heading is the story's: a surface of its own."""
    if chosen.element.tag == "h1":
        return {}
    claimed = [key(claim) for claim in claims.values()] + [key(chosen.text)]
    headings = (normalise.element_text(element)[:MAX_LENGTH] for element in _outermost(doc.all("h1"), "h1"))
    found = next((words for words in headings if key(words) and _likeness(key(words), claimed) >= TRAIL_LIKENESS), None)
    return {"h1": found} if found else {}


def _surfaces(doc: Document) -> dict[str, str]:
    title = next(iter(doc.all("title")), None)
    found = {
        "title": normalise.element_text(title) if title is not None else "",
        "og": normalise.text(doc.first_meta("og:title") or ""),
        "twitter": normalise.text(doc.first_meta("twitter:title") or ""),
        "json_ld": linked_data.words(doc.article.get("headline") or doc.article.get("name")) or "",
    }
    return {surface: words[:MAX_LENGTH] for surface, words in found.items() if words}


def _claims(surfaces: Mapping[str, str], names: frozenset[str]) -> dict[str, str]:
    """Each surface's words without the site's suffix; best kept first."""
    ordered = {surface: surfaces[surface] for surface in CLAIM_ORDER if surface in surfaces}
    whole = {key(words) for words in ordered.values()}
    return {surface: without_site(words, names, whole - {key(words)}) for surface, words in ordered.items()}


def _headings(doc: Document, claims: Mapping[str, str], names: frozenset[str]) -> list[_Heading]:
    """The headings that can be the story's: every `<h1>` in it; where there is none, an `<h2>` that a surface vouches for.

    An `<h1>` in a breadcrumb or list carries the search wording; the story's headline is then a lower heading.
    """
    claimed = [key(claim) for claim in claims.values() if claim]
    site = _site_segments(claims)
    inside: list[_Heading] = []
    outside: list[_Heading] = []
    for element in _outermost(doc.all("h1"), "h1"):
        words = normalise.element_text(element)[:MAX_LENGTH]
        own = key(words)
        if not own or own in names or _is_logo(element, own, doc.url, site):
            continue
        found = _Heading(element, words, _likeness(own, claimed))
        (outside if _is_outside(element) else inside).append(found)
    if inside:
        return _instead_of_section(doc, inside, claims) or inside
    claimed.extend(key(heading.text) for heading in outside)
    lower = [heading for heading in _lower_headings(doc.root, claimed) if not _is_outside(heading.element)]
    stated = {key(claims[surface]) for surface in ("json_ld", "og") if claims.get(surface)}
    shown = [heading for heading in outside if key(heading.text) in stated and not normalise.is_hidden(heading.element)]
    if shown and len(stated) == 1 and not any(key(heading.text) in stated for heading in lower):
        return shown[:1]
    return lower or [_Heading(heading.element, heading.text, heading.score - 0.2) for heading in outside]


def _instead_of_section(doc: Document, inside: list[_Heading], claims: Mapping[str, str]) -> list[_Heading]:
    """The lower heading that is a longer part of the title than the only `<h1>`: that one then names a section or the site."""
    title = claims.get("title", "")
    parts = {key(part) for part in parts_of(title) if is_sentence(part)}
    if len(inside) != 1 or not parts or key(inside[0].text) not in map(key, SEPARATOR.split(title)):
        return []
    least = len(key(inside[0].text))
    lower = _outermost(doc.root.iter("h2", "h3"), "h2", "h3")
    found = ((element, normalise.element_text(element)[:MAX_LENGTH]) for element in lower if not _is_outside(element))
    return [
        _Heading(element, words, 1.0) for element, words in found if key(words) in parts and len(key(words)) > least
    ][:1]


def _outermost(headings: Iterable[HtmlElement], *tags: str) -> Iterator[HtmlElement]:
    """The first headings of the page, none inside another: a page of nothing but headings costs no more than any."""
    for element in itertools.islice(headings, MAX_HEADINGS):
        parent = element.getparent()
        if parent is None or parent.tag not in tags:
            yield element


def _lower_headings(root: HtmlElement, claimed: list[str]) -> list[_Heading]:
    found: list[_Heading] = []
    for element in _outermost(root.iter("h2", "h3"), "h2", "h3"):
        words = normalise.element_text(element)[:MAX_LENGTH]
        own = key(words)
        score = _likeness(own, claimed) if len(own) >= 8 else 0.0
        if score >= 0.75:
            found.append(_Heading(element, words, score))
    return found


def _is_outside(element: HtmlElement) -> bool:
    """Whether the heading stands outside the story (a breadcrumb, a list, a menu) or is hidden."""
    if normalise.is_hidden(element) or sum(sibling.tag == "a" for sibling in element.itersiblings(preceding=True)) > 1:
        return True
    for ancestor in element.iterancestors():
        if ancestor.tag in _NOT_THE_STORY or normalise.is_hidden(ancestor):
            return True
        if ancestor.tag != "body" and _TRAIL.search(ancestor.get("class", "")):
            return True
    return False


def _site_segments(claims: Mapping[str, str]) -> frozenset[str]:
    """Keys of the last segment of a title that no other surface spells: what follows the headline is the site."""
    title = claims.get("title", "")
    cuts = [found for found in SEPARATOR.finditer(title) if found.start()]
    if not cuts or len(claims) > 1:
        return frozenset()
    return frozenset({key(title[cuts[-1].end() :])})


def _is_logo(element: HtmlElement, own: str, url: str, site: frozenset[str]) -> bool:
    """Whether the heading is the site's name: it links to the home page, or is what the title ends with."""
    if own in site:
        return True
    link = (
        element.getparent()
        if element.getparent() is not None and element.getparent().tag == "a"
        else element.find(".//a")
    )
    if link is None or key(normalise.element_text(link)) != own:
        return False
    target = urlsplit(link.get("href", "").strip())
    home = urlsplit(url)
    at_root = target.path in {"", "/"} and not target.query and not target.fragment
    return at_root and bool(target.netloc or target.path) and home.path not in {"", "/"}


def _likeness(own: str, claimed: Iterable[str]) -> float:
    best = 0.0
    for claim in claimed:
        if own == claim:
            return 1.0
        if min(len(own), len(claim)) >= 8 and (own in claim or claim in own):
            best = max(best, 0.9)
        else:
            best = max(best, fuzz.ratio(own, claim) / 100)
    return best


def _vouched(chosen: _Heading, headings: list[_Heading], claims: Mapping[str, str]) -> bool:
    """Whether the best `<h1>` is the story's: like a surface, or a sentence of its own and the only one."""
    if chosen.score >= 0.5 or not claims:
        return True
    if key(chosen.text) in key(next(iter(claims.values()))):
        return len(chosen.text.split()) > 2
    long_enough = len(chosen.text.split()) >= 4 or (not chosen.text.isascii() and len(key(chosen.text)) >= 10)
    rivals = [heading for heading in headings if not _is_link(heading)]
    return long_enough and rivals == [chosen] and not _is_outside(chosen.element)


def _is_link(heading: _Heading) -> bool:
    """Whether the heading is a link and nothing else, as those over lists of other stories are."""
    link = next(heading.element.iter("a"), None)
    return link is not None and key(normalise.element_text(link)) == key(heading.text)


def _on_the_page(doc: Document, surfaces: Mapping[str, str], claims: Mapping[str, str]) -> HeadlineReading | None:
    """A part of the title that some element of a page without headings holds alone: old pages set it in bold type."""
    title = claims.get("title", "")
    if len(claims) != 1 or not title:
        return None
    parts = {key(part): part for part in parts_of(title) if is_sentence(part)}
    for element in itertools.islice(doc.root.iter("b", "strong", "font", "big", "span", "p", "div", "td"), MAX_PLACES):
        text = element.text
        if text and key(text) in parts and not _is_outside(element):
            return HeadlineReading(parts[key(text)], surfaces, f"{element.tag}, as in title", element)
    return None


def _from_claims(surfaces: Mapping[str, str], claims: Mapping[str, str]) -> HeadlineReading:
    for surface, words in claims.items():
        if words:
            return HeadlineReading(words, surfaces, surface)
    return HeadlineReading(None, surfaces, "")


def _reconcile(heading: _Heading, claims: Mapping[str, str], names: frozenset[str]) -> tuple[str, str]:
    """The heading freed of site, kicker, badge and glue, and how that was done."""
    words = without_site(heading.text, names)
    own = key(words)
    stripped = _without_badges(heading.element, claims)
    if stripped and stripped != words and len(key(stripped)) * 2 >= len(own) and len(key(stripped)) >= 8:
        return _typed_as_claimed(stripped, claims), ", its kicker left out"
    for surface, claim in claims.items():
        if _is_heading_without_kicker(claim, words, heading.element):
            return claim, f", its kicker left out as in {surface}"
    same = {surface: claim for surface, claim in claims.items() if key(claim) == own}
    if same:
        surface, claim = _most_typed(same)
        if len(heading.element) and _signs(claim) > _signs(words):
            return claim, f", typed as in {surface}"
        return words, ""
    longer = _common_kicker(words, claims)
    return (longer, " with the kicker that json_ld and og give it") if longer else (words, "")


def _most_typed(claims: Mapping[str, str]) -> tuple[str, str]:
    """The surface whose typing of the same words most surfaces share, the best kept of them."""
    counted = Counter(claims.values())
    return max(claims.items(), key=lambda claim: counted[claim[1]])


def _typed_as_claimed(words: str, claims: Mapping[str, str]) -> str:
    """`words`, in the spelling of a surface that has the same letters and more signs between them."""
    own = key(words)
    return next((claim for claim in claims.values() if key(claim) == own and _signs(claim) > _signs(words)), words)


def _signs(words: str) -> int:
    """Signs and spaces that part the words."""
    return sum(1 for character in words if character in " :|/–—-")


def _without_badges(element: HtmlElement, claims: Mapping[str, str]) -> str:
    """The heading's text without children that are a badge ("Live") or a kicker; empty where it has none.

    A kicker that linked data and og both spell is part of the headline as the newsroom counts it, and stays.
    """
    spelt = [key(claims[surface]) for surface in ("json_ld", "og") if claims.get(surface)]
    unwanted: set[HtmlElement] = set()
    for child in element.iterdescendants():
        words = normalise.element_text(child) if isinstance(child.tag, str) else ""
        if not words or len(words) > 60:
            continue
        is_kicker = _KICKER_CLASS.search(f"{child.get('class', '')} {child.get('id', '')}")
        kept = spelt and all(key(words) in claim for claim in spelt)
        if _BADGE.fullmatch(words) or (is_kicker and not kept):
            unwanted.add(child)
    return _text_without(element, unwanted).strip(" :|–—-/") if unwanted else ""


def _text_without(element: HtmlElement, unwanted: set[HtmlElement]) -> str:
    """The element's text without the `unwanted` below it; headings are small, so a walk a child is cheap."""
    pieces = [element.text or ""]
    for child in element:
        if child not in unwanted and isinstance(child.tag, str) and child.tag not in normalise.UNSEEN_TAGS:
            inner = (
                _text_without(child, unwanted) if any(below in unwanted for below in child.iterdescendants()) else ""
            )
            inner = inner or ("" if inner else normalise.element_text(child))
            pieces.append(f" {inner} " if child.tag in normalise.BREAKING_TAGS else inner)
        pieces.append(child.tail or "")
    return normalise.text("".join(pieces))


def _is_heading_without_kicker(claim: str, words: str, element: HtmlElement) -> bool:
    """Whether `claim` is the heading's end (or start) and what is left over is a part of its own."""
    if len(key(claim)) < 12 or len(claim) >= len(words):
        return False
    folded, sought = words.casefold(), claim.casefold()
    if folded.endswith(sought):
        return _is_own_element(element, words[: len(words) - len(claim)])
    return folded.startswith(sought) and _is_own_element(element, words[len(claim) :])


def _is_own_element(element: HtmlElement, words: str) -> bool:
    sought = key(words)
    return any(key(normalise.element_text(child)) == sought for child in element.iter() if child is not element)


def _common_kicker(words: str, claims: Mapping[str, str]) -> str | None:
    """The linked data's and og's headline, where both are "Kicker: " and the heading."""
    linked, og = claims.get("json_ld", ""), claims.get("og", "")
    if linked and key(linked) == key(og) and linked.endswith(words) and len(linked) > len(words):
        before = linked[: len(linked) - len(words)]
        return linked if re.search(r":\s*$", before) and len(before.split()) <= 5 else None
    return None
