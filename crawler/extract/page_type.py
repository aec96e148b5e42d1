"""What a page is: a story of some form, or an error, a challenge, a wall, an index.

A real article must never be called an error: every rule against a page asks first that no story stands on it (`_has_story`),
so the marks of a challenge or a wall count only where little else is there.
"""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from crawler.extract import linked_data, normalise
from crawler.extract.document import Document
from crawler.extract.headline import HeadlineReading
from db.types import Block, PageType, Role

_WORDS = {
    name: re.compile("|".join(forms), re.IGNORECASE)
    for name, forms in tomllib.loads(Path(__file__).with_name("page_words.toml").read_text(encoding="utf-8")).items()
}

STORY_LETTERS = 700
"""A body of this many characters is a story whatever else the page says."""

_CONSENT_PLACE = re.compile(
    r"^(?:consent|guce|privacy|myprivacy|cmp|choice)\.|/(?:consent|cookiewall|cookie-consent|privacy-?gate|zustimmung)(?:/|$)"
)
_LIVE = re.compile(
    r"\b(?:live(?: ?blog| ?updates?| ?coverage| ?ticker)|live:|ao vivo|en vivo|en direct|minuto a minuto|direttaa?|"
    r"newsblog|newsticker|as it happened)",
    re.IGNORECASE,
)
_LIVE_PATH = re.compile(
    r"/(?:live|live-?blog|liveticker|live-updates|en-direct|en-vivo|minuto-a-minuto|live-news)(?:/|-|$)"
)
_GALLERY_PATH = re.compile(
    r"/(?:gallery|galleries|galerie|galeria|photos?|pictures|fotos?|fotostrecken?|diaporama|bildstrecke|slideshow|in-pictures)(?:/|$)"
)
_VIDEO_PATH = re.compile(r"/(?:videos?|watch|av|clips?|mediathek|mediaplayer|tv)(?:/|$)")
_AT_ONCE = re.compile(r"\s*[0-5](?:\.\d{0,3})?\s*[;,]\s*(?:url\s*=)?\s*\S", re.IGNORECASE)
_INDEX_TYPES = frozenset({"CollectionPage", "ItemList", "SearchResultsPage", "ProfilePage"})
_SECTION_PATH = re.compile(
    r"^/(?:(?:category|section|topics?|tags?|author|authors|rubrik|thema|themen|archive|search|page)/.*"
    r"|[a-z-]{2,20}/?|[a-z-]{2,20}/[a-z-]{2,20}/?)$"
)


def read(doc: Document, headline: HeadlineReading, body: Sequence[Block]) -> tuple[PageType, str]:
    """What the page is, and the mark it was told by."""
    letters = sum(len(block.text) for block in body if block.role in {Role.PARAGRAPH, Role.QUOTE, Role.LIST})
    if not _has_story(doc, letters):
        against = _against(doc, headline, body, letters)
        if against:
            return against
    if _is_index(doc, letters):
        return PageType.INDEX, "many links and no story"
    return _form(doc, headline, body, letters)


def _has_story(doc: Document, letters: int) -> bool:
    """Whether a story stands there: prose, or a shorter text that the page's own data calls an article."""
    if doc.status in {404, 410, 451} or doc.status >= 500:
        return False
    declared = bool(doc.article.get("headline")) and bool(doc.article.get("datePublished"))
    return letters >= STORY_LETTERS or (declared and letters >= 200)


def _against(
    doc: Document, headline: HeadlineReading, body: Sequence[Block], letters: int
) -> tuple[PageType, str] | None:
    """Why the page is no story, by status, title, headings and the little text that it has.

    Where some prose stands there, only the titles are asked: a short item may well speak of cookies or removals.
    """
    titles = _titles(doc, headline)
    text = " ".join([*titles, *(block.text for block in body)])[:3000]
    if len(text) < 400:
        text = f"{text} {normalise.element_text(_content(doc))[:3000]}"
    challenged = _challenged(doc, titles, text)
    if challenged:
        return PageType.BLOCKED, challenged
    if doc.status in {404, 410}:
        return PageType.REMOVED, f"status {doc.status}"
    if doc.status >= 400:
        return (PageType.BLOCKED if doc.status in {401, 403, 429, 451} else PageType.ERROR), f"status {doc.status}"
    declared = bool(doc.article.get("headline"))
    opening = [text[:500]] if letters < 200 else []
    for kind, pattern, words in (
        (PageType.CONSENT, _WORDS["consent"], [*titles, *opening]),
        (PageType.LOGIN, _WORDS["login"], titles),
        (PageType.REMOVED, _WORDS["removed"], [*titles, *opening]),
        (PageType.REMOVED, _WORDS["missing"], titles),
        (PageType.ERROR, _WORDS["server"], titles),
    ):
        found = next((match for match in map(pattern.search, words) if match), None)
        if found and not declared:
            return kind, f"its words: {found.group().strip()}"
    if letters < 200 and not declared and _leads_on(doc):
        return PageType.ERROR, "it sends the reader on at once"
    parts = urlsplit(doc.url)
    if _CONSENT_PLACE.search(parts.hostname or "") or _CONSENT_PLACE.search(parts.path):
        return PageType.CONSENT, "its address"
    if not declared and any(field.get("type", "").lower() == "password" for field in _inputs(doc)) and not body:
        return PageType.LOGIN, "a password field and no story"
    return None


def _leads_on(doc: Document) -> bool:
    """Whether the page, with scripts or without, is left for another address within seconds."""
    return any(
        (element.get("http-equiv") or "").strip().lower() == "refresh"
        and _AT_ONCE.match((element.get("content") or "")[:200])
        and element.getparent() is not None
        and element.getparent().tag != "noscript"
        for element in doc.root.iter("meta")
    )


def _challenged(doc: Document, titles: Sequence[str], text: str) -> str | None:
    """The mark of a bot challenge: two of title, wording and script, or the title with a refusing status."""
    title = next((words for words in titles if _WORDS["challenge_title"].search(words)), None)
    wording = _WORDS["challenge_text"].search(text)
    mark = _script_mark(doc)
    refused = doc.status in {403, 429, 503}
    if title and (wording or mark or refused or len(text) < 1500):
        return f"its title: {title}"
    if mark and (wording or refused or (len(text) < 300 and not doc.article.get("headline"))):
        return f"its script: {mark}"
    return f"its words: {wording.group()}" if wording and len(text) < 1200 and not doc.article else None


def _script_mark(doc: Document) -> str | None:
    """A challenge's own script, frame or element; sought only where no story was found."""
    for element in doc.root.iter("script", "iframe", "div", "form", "meta"):
        own = " ".join(
            (element.get("src") or "", element.get("id") or "", element.get("class") or "", element.get("action") or "")
        )
        found = _mark_named(own)
        if found is None and element.tag == "script":
            found = _mark((element.text or "")[:20_000])
        if found is not None:
            return found
    return None


def _mark(words: str) -> str | None:
    found = _WORDS["challenge_mark"].search(words)
    return found.group() if found else None


_mark_named = lru_cache(maxsize=16384)(_mark)
"""Names come again and again; a script's text does not."""


def _content(doc: Document) -> HtmlElement:
    return next(iter(doc.all("body")), doc.root)


def _titles(doc: Document, headline: HeadlineReading) -> list[str]:
    """What the page calls itself: its headline's surfaces, and its headings where no headline was found on the page."""
    found = [*headline.headlines.values(), headline.headline or ""]
    if headline.element is None:
        found.extend(
            normalise.element_text(element)[:200] for element in itertools.islice(doc.root.iter("h1", "h2"), 4)
        )
    return found


def _inputs(doc: Document) -> list[HtmlElement]:
    return list(doc.root.iter("input"))[:200]


def _is_home(address: str) -> bool:
    """Whether the address is a site's front door. One that nobody knows is not."""
    parts = urlsplit(address)
    at_root = parts.path in {"", "/"} or re.fullmatch(r"/(?:index\.\w+|home)/?", parts.path) is not None
    return bool(parts.netloc) and at_root and not parts.query


def _is_index(doc: Document, letters: int) -> bool:
    """A home or section page: its address or its data says so, and links are what it has."""
    if doc.article.get("headline") and doc.article.get("datePublished"):
        return False
    kind = (doc.first_meta("og:type") or "").lower()
    if kind == "article" or doc.first_meta("article:published_time"):
        return False
    path = unquote(urlsplit(doc.url).path)
    at_home, sectional = _is_home(doc.url), _SECTION_PATH.match(path) is not None
    if not (at_home or sectional):
        return False
    links = list(itertools.islice(doc.all("a"), 1500))
    if at_home or len(links) < 30:
        return len(links) >= 20 and at_home
    declared = kind == "website" or any(linked_data.types(item) & _INDEX_TYPES for item in doc.linked)
    linked = sum(len(link.text_content()) for link in links)
    return (declared and linked > letters / 2) or letters < 200


def _form(doc: Document, headline: HeadlineReading, body: Sequence[Block], letters: int) -> tuple[PageType, str]:
    """Which form of story: live, gallery, video or an article."""
    named = linked_data.types(doc.article)
    path = urlsplit(doc.url).path.lower()
    if "LiveBlogPosting" in named or any("LiveBlogPosting" in linked_data.types(item) for item in doc.linked[:40]):
        return PageType.LIVE, "json_ld LiveBlogPosting"
    entries = sum(block.at is not None for block in body)
    if entries >= 3 or (_LIVE_PATH.search(path) and _LIVE.search(headline.headline or "")):
        return PageType.LIVE, "entries with times" if entries >= 3 else "its address and headline"
    others = frozenset().union(*(linked_data.types(item) for item in doc.linked[:40]))
    if letters < STORY_LETTERS:
        if others & {"ImageGallery", "MediaGallery"} or _GALLERY_PATH.search(path):
            return PageType.GALLERY, "little text and a gallery's mark"
        kind = (doc.first_meta("og:type") or "").lower()
        if kind.startswith("video") or _VIDEO_PATH.search(path) or ("VideoObject" in others and not named):
            return PageType.VIDEO, "little text and a video's mark"
    return PageType.ARTICLE, "a story"
