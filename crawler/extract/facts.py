"""The smaller fields: section, tags, language, publisher, canonical address, and whether all of the story is there.

Each reader returns the value and where it was read, `(None, "")` where the page does not say.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.extract import linked_data, normalise
from crawler.extract.document import Document
from crawler.extract.languages import language_of
from db.types import Block, Role

Found = tuple[str | None, str]
NOTHING: Found = (None, "")

MOST_TAGS = 40
_TAG_NAME = re.compile(
    r"(?:^|[\s_-])(?:(?:article|post|entry|story|news|content|single|art)[-_]*)?(?:tags?|topics?|keywords?|themes?|schlagworte?|etiquetas)"
    r"(?:[-_]*(?:list|links?|wrap(?:per)?|container|items?|box|section|area|s))?(?:$|\s)",
    re.IGNORECASE,
)
# One of these stands in whatever `_TAG_NAME` finds: a search for them is a tenth of its cost.
_TAG_STEMS = ("tag", "topic", "keyword", "theme", "schlagwort", "etiqueta")
_TAG_LABEL = re.compile(
    r"^(?:tags?|topics?|keywords?|filed (?:to|under)|read more about|schlagworte|themen|etiquetas|temas|mots-clés)\s*[:：]",
    re.IGNORECASE,
)
_NOT_A_TAG = re.compile(r"[=;{}<>]|^\w+:\S|^https?:|^\d+$|^(?:tags?|topics?|more|share)\s*:?$", re.IGNORECASE)
MOST_LINKS = 300
"""Links that may lead to topics are looked at up to this many."""
MOST_TAG_WORDS = 400
"""Characters of the longest line of topics."""
_FALSE = frozenset({"false", "no", "0", "http://schema.org/false", "https://schema.org/false"})


def section(doc: Document) -> Found:
    """The section the page says it belongs to: linked data, meta, breadcrumb."""
    for value, source in (
        (doc.article.get("articleSection"), "json_ld articleSection"),
        (doc.first_meta("article:section", "parsely-section", "section", "cxenseparse:section"), "meta"),
    ):
        words = linked_data.words(value)
        if words and len(words) <= 80:
            return words, source
    crumbs = _breadcrumb(doc)
    return (crumbs, "breadcrumb") if crumbs else NOTHING


def _breadcrumb(doc: Document) -> str | None:
    """The last crumb that is neither home nor the story itself."""
    for item in doc.linked:
        if "BreadcrumbList" in linked_data.types(item):
            steps = item.get("itemListElement")
            steps = steps if isinstance(steps, list) else []
            named = [(linked_data.words(step), _target(step)) for step in steps[:12] if isinstance(step, dict)]
            own = linked_data.bare_address(doc.url)
            inner = [name or "" for name, target in named[1:] if linked_data.bare_address(target) != own]
            inner = [name for name in inner if 0 < len(name) <= 40]
            return inner[-1] if inner else None
    return None


def _target(step: dict[str, Any]) -> str:
    item = step.get("item")
    value = item.get("@id") or item.get("url") if isinstance(item, dict) else item
    return value if isinstance(value, str) else ""


def tags(doc: Document) -> tuple[tuple[str, ...], str]:
    """The story's topics as the page shows them; else as its metas and linked data list them."""
    for found, source in (
        (_visible_tags(doc.all("a")), "page"),
        (_listed(doc.article.get("keywords")), "json_ld keywords"),
        (_listed(list(doc.meta.get("article:tag", ()))), "article:tag"),
        (_listed(list(doc.meta.get("news_keywords", ()))), "news_keywords"),
        (_listed(list(doc.meta.get("keywords", ()))), "keywords"),
    ):
        if found:
            return found, source
    written = _written_tags(doc.root)
    return (written, "page") if written else ((), "")


def _visible_tags(anchors: Iterable[HtmlElement]) -> tuple[str, ...]:
    """The links marked `rel=tag`; else those of a list that is named for tags and leads to them."""
    leading = (
        link
        for link in anchors
        if "tag" in (address := link.get("href", "")) or "topi" in address or "tag" in link.get("rel", "")
    )
    links = list(itertools.islice(leading, MOST_LINKS))
    marked = [link for link in links if "tag" in link.get("rel", "").split()]
    marked = [link for link in marked[: 2 * MOST_TAGS] if not _in_a_card(link)] or marked
    if 0 < len(marked) <= MOST_TAGS:
        return _cleaned(normalise.element_text(link) for link in marked)
    tried: set[HtmlElement] = set()
    for link in links:
        for place in itertools.islice(
            link.iterancestors("ul", "ol", "div", "p", "section", "footer", "span", "aside"), 3
        ):
            if place in tried:
                break
            tried.add(place)
            found = _links_of(place) if _TAG_NAME.search(f"{place.get('class', '')} {place.get('id', '')}") else ()
            if found:
                return found
    return ()


def _in_a_card(link: HtmlElement) -> bool:
    """Whether the link stands on the card of another story: the first heading around it is a lower one that is a link."""
    for around in itertools.islice(link.iterancestors(), 5):
        heading = next(around.iter("h1", "h2", "h3", "h4"), None)
        if heading is not None:
            return heading.tag != "h1" and next(heading.iter("a"), None) is not None
    return False


def _written_tags(root: HtmlElement) -> tuple[str, ...]:
    """The topics of a line without links that is named and labelled as theirs: "Topics: Football, Cup"."""
    for element in root.iter("div", "p", "span", "ul"):
        if _names_tags(f"{element.get('class', '')} {element.get('id', '')}"):
            words = normalise.element_text(element)
            label = _TAG_LABEL.match(words)
            if label and len(words) < MOST_TAG_WORDS:
                return _listed(words[label.end() :])
    return ()


@lru_cache(maxsize=16384)
def _names_tags(names: str) -> bool:
    lowered = names.lower()
    return any(stem in lowered for stem in _TAG_STEMS) and _TAG_NAME.search(lowered) is not None


def _links_of(element: HtmlElement) -> tuple[str, ...]:
    """The texts of the element's links where it holds little else."""
    links = [link for link in itertools.islice(element.iter("a"), MOST_TAGS + 1) if link.get("href")]
    if not 0 < len(links) <= MOST_TAGS:
        return ()
    names = _cleaned(normalise.element_text(link) for link in links)
    whole = normalise.element_text(element)
    linked = sum(len(name) for name in names)
    labelled = len(links) > 1 or _TAG_LABEL.search(whole)
    return names if labelled and linked and len(whole) <= linked * 1.6 + 30 else ()


def _listed(value: Any) -> tuple[str, ...]:
    """A list of topics however it was written: a list, a comma-separated string, objects with a name."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, str):
        value = re.split(r"[,;|、，]", value)
    elif isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        return ()
    return _cleaned(linked_data.words(item) or "" for item in value[: MOST_TAGS * 3])


def _cleaned(names: Iterable[str]) -> tuple[str, ...]:
    kept: dict[str, str] = {}
    for name in names:
        bare = _TAG_LABEL.sub("", name).strip(" ,;#|•·")
        if 1 < len(bare) <= 80 and not _NOT_A_TAG.search(bare):
            kept.setdefault(bare.casefold(), bare)
    return tuple(kept.values())[:MOST_TAGS]


def language(doc: Document, body: Sequence[Block], headline: str | None) -> Found:
    """The language of the words: what the page declares, unless the script or the commonest words say otherwise."""
    sample = " ".join([headline or "", *(block.text for block in body[:12])])[:2000]
    declared = doc.language or _linked_language(doc)
    spoken = language_of(sample)
    if spoken and (declared is None or declared.split("-")[0] != spoken) and len(sample) > 200:
        return spoken, "words"
    return (declared, "declared") if declared else ((spoken, "words") if spoken else NOTHING)


def _linked_language(doc: Document) -> str | None:
    words = linked_data.words(doc.article.get("inLanguage"))
    tag = (words or "").lower().replace("_", "-")
    return tag if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", tag) else None


def publisher(doc: Document) -> Found:
    """The outlet's name: `og:site_name`, linked data, metas."""
    for value, source in (
        (doc.article.get("publisher"), "json_ld publisher"),
        (doc.first_meta("og:site_name"), "og:site_name"),
        (
            doc.first_meta("publisher", "dc.publisher", "dcterms.publisher", "application-name", "article:publisher"),
            "meta",
        ),
        (_organisation(doc), "json_ld organisation"),
    ):
        words = linked_data.words(value)
        if words and len(words) <= 100 and not words.startswith(("http", "//")):
            return words, source
    host = (urlsplit(doc.url).hostname or "").removeprefix("www.")
    return (host, "address") if host else NOTHING


def _organisation(doc: Document) -> str | None:
    wanted = {"NewsMediaOrganization", "Organization", "WebSite"}
    return next(
        (linked_data.words(item) for item in doc.linked if linked_data.types(item) & wanted and item.get("name")), None
    )


def canonical(doc: Document) -> Found:
    """The page's own canonical address, absolute; one that names another site's root or the home page is no canonical."""
    base = doc.url
    for link in doc.all("link"):
        if "canonical" in link.get("rel", "").lower().split():
            found = _absolute(base, link.get("href"))
            if found:
                return found, "link"
    for value, source in ((doc.first_meta("og:url"), "og:url"), (doc.article.get("url"), "json_ld url")):
        found = _absolute(base, value if isinstance(value, str) else None)
        if found:
            return found, source
    return NOTHING


def _absolute(base: str, address: str | None) -> str | None:
    if not address or not address.strip():
        return None
    try:
        joined = urljoin(base, address.strip())
        parts, own = urlsplit(joined), urlsplit(base)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return None
    is_home = parts.path in {"", "/"} and not parts.query
    return None if is_home and own.path not in {"", "/"} else joined


def is_whole(doc: Document, body: Sequence[Block]) -> tuple[bool, str]:
    """Whether the whole story stands on the page, by what its linked data says of payment.

    Where the page says that it is not free, the story counts as whole only if the marked part, or as many words as it says
    that it has, are there (https://developers.google.com/search/docs/appearance/structured-data/paywalled-content).
    """
    parts = _parts(doc.article.get("hasPart"))
    declared = [doc.article.get("isAccessibleForFree"), *(part.get("isAccessibleForFree") for part in parts)]
    locked = any(value is False or str(value).strip().lower() in _FALSE for value in declared if value is not None)
    if not locked:
        return True, ""
    words = sum(len(block.text.split()) for block in body if block.role != Role.CAPTION)
    count = doc.article.get("wordCount")
    if str(count).isdigit() and words >= 0.9 * int(str(count)) > 100:
        return True, "json_ld wordCount"
    if words > 150 and any(_holds_text(doc.root, part.get("cssSelector")) for part in parts):
        return True, "json_ld cssSelector"
    return False, "json_ld isAccessibleForFree"


def _parts(value: Any) -> list[dict[str, Any]]:
    found = value if isinstance(value, list) else [value]
    return [part for part in found[:20] if isinstance(part, dict)]


def _holds_text(root: HtmlElement, selector: Any) -> bool:
    """Whether an element of the class that marks the paid part holds a story's worth of text."""
    named = re.fullmatch(r"\s*\.([\w-]+)\s*", selector) if isinstance(selector, str) else None
    if not named:
        return False
    wanted = f"//*[contains(concat(' ', normalize-space(@class), ' '), ' {named.group(1)} ')]"
    return sum(len(normalise.element_text(element)) for element in root.xpath(wanted)[:20]) > 1200
