"""Whether a paywall stands on the page: a visible box, named so, that asks the reader to pay or sign in."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from lxml.html import HtmlElement

from crawler.extract import normalise
from crawler.extract.bodies.patterns import Verdict, all_words, verdict

_NAMES: Final = frozenset(
    """paywall regwall subscriberwall subscriber_wall subscription_wall subscriber_only subscribers_only members_only
    member_only premium_wall muro_pago muro_de_pago mur_payant bezahlschranke abo_schranke betaalmuur betalingsmur
    betalvagg maksumuuri""".split()  # noqa: SIM905
)
_TAGS: Final = ("div", "section", "aside", "p")
_UNSEEN: Final = frozenset({"template", "noscript", "head", "dialog"})
_MOST: Final = 600
"""Characters of the longest such box; a longer one holds the paid story itself."""


def stands(root: HtmlElement) -> bool:
    """Whether such a box with words in it is shown."""
    return any(_is_wall(element) for element in root.iter(*_TAGS))


@lru_cache(maxsize=32768)
def _names_wall(names: str) -> bool:
    return not _NAMES.isdisjoint(all_words(names))


def _is_wall(element: HtmlElement) -> bool:
    classes, name = element.get("class"), element.get("id")
    if not (classes or name) or not _names_wall(f"{classes or ''} {name or ''}"):
        return False
    text = normalise.element_text(element)
    return 5 <= len(text) <= _MOST and not any(_is_hidden(each) for each in (element, *element.iterancestors()))


def _is_hidden(element: HtmlElement) -> bool:
    style = (element.get("style") or "").replace(" ", "").lower()
    return (
        element.tag in _UNSEEN
        or element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or "display:none" in style
        or verdict(element.get("class", "")) is Verdict.HIDDEN
    )
