"""Text as a reader sees it: NFC, single spaces, no invisible characters, no doubly escaped entities.

Every field of a reading goes through `text`, so two readings of the same words are equal whatever bytes carried them.
"""

from __future__ import annotations

import html
import re
import unicodedata

from lxml.html import HtmlElement

# Joiners U+200C and U+200D are kept: Persian, Hindi and emoji are spelt with them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f\x80-\x84\x86-\x9f\u00ad\u034f\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]"
)
_JOINER = "\u034f"
"""The one of them that Python counts as printable."""
# The semicolon is asked for: "AT&T", "R&D" and query strings are no entities.
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_HIDDEN_CLASS = re.compile(
    r"(?:^|\s)(?:visually-?hidden|sr-only|screen-?reader(?:-text|-only)?|u-hidden|is-hidden|a11y-hidden|assistive-text)(?:\s|$)",
    re.IGNORECASE,
)

UNSEEN_TAGS = frozenset(
    {"script", "style", "noscript", "template", "svg", "iframe", "object", "head", "select", "textarea", "datalist"}
)
"""Elements whose text no reader sees in the run of a story."""

_BREAKING = """
address article aside blockquote br button caption center dd details dialog dir div dl dt fieldset
figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav ol option p
pre section summary table tbody td tfoot th thead tr ul
"""
BREAKING_TAGS = frozenset(_BREAKING.split())
"""Elements that part the words on their two sides."""


def text(value: str) -> str:
    """`value` in NFC with single spaces, without invisible characters, entities that were escaped twice undone."""
    if "&" in value:
        value = unescape(value)
    if not value.isascii():
        value = unicodedata.normalize("NFC", value)
    spaced = " ".join(value.split())
    if spaced.isprintable() and _JOINER not in spaced:
        return spaced
    return " ".join(_INVISIBLE.sub("", value).split())


_QUOTES = "’‘`´ʼ"
_DASHES = "‐‑–—―"


def straight(value: str, *, dashes: bool = False) -> str:
    """`value` with straight quotes and plain spaces, with `dashes` plain hyphens too; the same length.

    A search a sign is a tenth of the cost of a translation table.
    """
    if value.isascii():
        return value.replace("`", "'")
    for sign in _QUOTES:
        value = value.replace(sign, "'")
    for sign in _DASHES if dashes else "":
        value = value.replace(sign, "-")
    return value.replace("\xa0", " ")


def unescape(value: str) -> str:
    """`value` with its entities replaced, as often as it was escaped (three times at most)."""
    for _ in range(3):
        replaced = _ENTITY.sub(lambda found: html.unescape(found.group()), value)
        if replaced == value:
            break
        value = replaced
    return value


def is_hidden(element: HtmlElement) -> bool:
    """Whether the element's own markup hides it from a reader's eye."""
    attributes = element.attrib
    if not attributes:
        return False
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    if style and _HIDDEN_STYLE.search(style):
        return True
    classes = attributes.get("class")
    return bool(classes and _HIDDEN_CLASS.search(classes))


def element_text(element: HtmlElement) -> str:
    """The visible text of an element, blocks and `<br>` read as spaces; its own hiding is not asked."""
    if not len(element):
        return text(element.text or "")
    return text("".join(_pieces(element)))


def _pieces(element: HtmlElement) -> list[str]:
    """The text pieces below `element` in order. A stack and no recursion: pages nest thousands deep."""
    pieces = [element.text or ""]
    waiting = [(element, iter(element))]
    while waiting:
        parent, children = waiting[-1]
        child = next(children, None)
        if child is None:
            waiting.pop()
            if waiting:
                _close(parent, pieces)
            continue
        tag = child.tag
        if not isinstance(tag, str) or tag in UNSEEN_TAGS or is_hidden(child):
            _part_by_hidden_sign(child, pieces)
            pieces.append(child.tail or "")
            continue
        if tag in BREAKING_TAGS:
            pieces.append(" ")
        pieces.append(child.text or "")
        if len(child):
            waiting.append((child, iter(child)))
        else:
            _close(child, pieces)
    return pieces


def _part_by_hidden_sign(element: HtmlElement, pieces: list[str]) -> None:
    """Append the sign that parts two words for those who hear the page (": " after a kicker): layout parts them for the eye."""
    words = element.text
    if not words or len(words) > 4 or len(element) or not isinstance(element.tag, str) or element.tag in UNSEEN_TAGS:
        return
    if not any(character.isalnum() for character in words):
        while len(pieces) > 1 and not pieces[-1].strip():
            pieces.pop()
        pieces.append(words)


def _close(element: HtmlElement, pieces: list[str]) -> None:
    """Append what follows an element's end."""
    if element.tag in BREAKING_TAGS:
        pieces.append(" ")
    pieces.append(element.tail or "")
