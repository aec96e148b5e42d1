"""Names out of a line: leads, dates, addresses and functions taken off, several names parted, people told from outlets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from crawler.extract import normalise
from crawler.extract.bylines import words
from crawler.extract.datelines.agencies import is_agency
from crawler.extract.datelines.places import PLACE, Tier, fold, tiers

Kind = Literal["person", "agency", "outlet"]

MAX_LINE = 400
MAX_NAME = 60
MAX_NAMES = 30
MAX_WORDS = 6
MAX_OUTLET_WORDS = 5

_ADDRESS = re.compile(
    r"(?<!\S)\S{1,100}@\S{1,100}\.\w+|https?://\S+|www\.\S+|(?<!\w)@\w+|\b(?:twitter|facebook|x)\.com/\S+",
    re.IGNORECASE,
)
_ADDRESS_GLUED = re.compile(r"(?<=\w)@[A-Za-z]\w+")
_BRACKETED = re.compile(r"(?<!\s)\s*[(\[（［《][^()\[\]（）［］]{0,60}[)\]）］》]?")
_DATE = re.compile(
    r"\d{1,4}[./:年月-]\d{1,2}|\b(?:19|20)\d\d\b|\b\d{1,2}(?:st|nd|rd|th|\.)?\s+(?:of\s+)?[^\W\d]{3,12}\b"
    r"|\b[^\W\d]{3,9}\.?\s+\d{1,2}\b|\b\d{1,4}\s*\w{1,20}\s+ago\b|\d{1,4}\s*(?:min|h|hours?|days?)\b"
)
_BEFORE_DATE = re.compile(
    r"^\W*(?:(?:posted|published|updated|written|created|erstellt|veröffentlicht|publié|publicado|pubblicato)"
    r"(?: on| am| le| el| il)?|on|am|le)\W*$",
    re.IGNORECASE,
)
_DATED_BY = re.compile(r"\D{0,30}\d.{2,40}?\b(?:by|von|par|por|di|av|af|door)\s+(?=\S)", re.IGNORECASE)
_ZONE = re.compile(r"(?:[ap]\.?m\.?\s*)?(?:[ECMP][SD]?T|GMT|UTC|CES?T|BST|IST|WIB|Uhr)?", re.IGNORECASE)
_CLOCK = re.compile(
    r"^[\s,.|@-]*+(?:\d{2,4}\b)?[\s,.|@-]*+(?:(?:at|um|à|a las)\s+)?"
    r"(?:\d{1,2}[:.h]\d{2}(?:\s*[ap]\.?m\.?)?(?:\s*Uhr)?(?:\s+[A-Z]{2,4})?)?[\s,.|@-]*+",
    re.IGNORECASE,
)
_SUFFIXES = r"jr|sr|ii|iii|iv|md|phd|ph\.d|m\.d|cfp|esq|dds|rd|rn|mph|mba|cfa|cpa"
_SPLIT = re.compile(
    rf"(?<!\s)\s*(?:[;|｜•·\n\t]|&(?!\w)|,(?!\s*(?:{_SUFFIXES})\b)|、|،|，|\s[–—-]\s|\s/\s)\s*", re.IGNORECASE
)
_SLASH = re.compile(r"(?<!\s)\s*/\s*")
_FOR_OUTLET = re.compile(
    r"(?<!\s)\s+(?:for|of|at|from|für|pour|para|per|in|aus|à|en)\s+(?:the\s+|die\s+|der\s+|das\s+|la\s+|le\s+)?(?-i:[A-Z]).*$",
    re.IGNORECASE,
)
_DOMAIN = re.compile(
    r"[\w-]+(?:\.[\w-]+)*\.(?:com?|net|org|de|at|ch|fr|it|es|uk|tv|news|info|io|se|no|dk|nl|be|pl|cz|ru|jp|in|br|ca|au|tr|id"
    r"|vn|za|tz|us|eu|li)(?:\.[a-z]{2})?",
    re.IGNORECASE,
)
_KOREAN_ROLE = re.compile(r"(?<!\s)\s*(?:선임기자|인턴기자|객원기자|기자|특파원|記者|特派員|记者)$")
_DEGREES = re.compile(r"(?<!\s),?\s+(?:ph\.?\s?d|m\.?d|cfp|esq|dds|rd|rn|mph|mba|cfa|cpa|ceo)\b\.?®?.*$", re.IGNORECASE)
# A registered credential behind a name: "Jane Doe, CEPF®".
_CREDENTIAL = re.compile(r"\b[A-Z][A-Za-z]{1,6}\s?[®™]")
_EDGES = " \t\n,;:|/&–—-•·*_©®\"'“”„«»<>《》〈〉[]{}［］"


@dataclass(frozen=True, slots=True)
class Name:
    """A name as written, what it names, and whether that is the page's own house."""

    text: str
    kind: Kind
    own: bool = False


@dataclass(frozen=True, slots=True)
class House:
    """Who publishes the page: folded names of outlet and host, and the page's language."""

    names: frozenset[str]
    language: str | None = None

    def owns(self, text: str) -> bool:
        """Whether the words are the house's name, or begin with it in capitals ("MDR SACHSEN-ANHALT")."""
        folded = fold(text)
        if folded in self.names:
            return True
        first = text.split(" ", 1)[0]
        return first.isupper() and len(first) > 1 and " " in text and fold(first) in self.names


def parse(line: str, house: House) -> tuple[Name, ...]:
    """The names in a line, in order, each once. `line` may hold line breaks where the page parts its pieces."""
    found: dict[str, Name] = {}
    for piece in pieces(line[:MAX_LINE], house.language):
        name = classify(piece, house)
        if name and len(found) < MAX_NAMES:
            found.setdefault(fold(name.text), name)
    return without_places(tuple(found.values()))


def pieces(line: str, language: str | None) -> Iterator[str]:
    """The line cut into single names, what is no name still among them."""
    for segment in line.split("\n"):
        text = normalise.text(segment)
        text = _ADDRESS_GLUED.sub(" ", _ADDRESS.sub(" ", text))
        text = _CREDENTIAL.sub(" ", text) if "," in text else text
        dated = _DATED_BY.match(text)
        text = strip_lead(text[dated.end() :] if dated else text)
        tail = words.TAIL.search(text)
        if tail:
            text = text[: tail.start()]
        text = _undated(text)
        for part in _SPLIT.split(text):
            for joined in words.joins(language).split(f"{part} "):
                yield from _unslashed(joined)


def _undated(text: str) -> str:
    """The words before a date; where there are none, those after it: "Posted on 1 May 2020 by Jane Doe"."""
    for _ in range(3):
        date = _DATE.search(text)
        if not date:
            break
        before = _BEFORE_DATE.sub("", text[: date.start()]).strip(_EDGES)
        if before:
            return text[: date.start()]
        text = strip_lead(_CLOCK.sub("", text[date.end() :]))
    return text


def strip_lead(text: str) -> str:
    """The text without "By", "Von:", "Text:" and the like before it, however many."""
    for _ in range(3):
        lead = words.LEAD.match(text)
        if not lead or (lead.end() == len(text) and not lead.group().strip(" :")):
            break
        text = text[lead.end() :]
    return text


def _unslashed(part: str) -> Iterator[str]:
    """`Jane Doe/dpa` and `A. Roe/B. Doe` are two; `srf/hosb` is one signature."""
    sides = _SLASH.split(part)
    if (
        len(sides) > 1
        and (any(" " in side for side in sides) or any(is_agency(side) for side in sides))
        and not is_agency(part)
    ):
        yield from sides
    else:
        yield part


def classify(piece: str, house: House) -> Name | None:
    """The piece as a name, or None where it names nobody."""
    text = tidy(piece)
    if not text or len(text) > MAX_NAME or text.casefold().rstrip(".") in words.NOISE:
        return None
    if not any(c.isalpha() for c in text) or _ZONE.fullmatch(text) or sum(c.isdigit() for c in text) > 4:
        return None
    if " " not in text and Tier.CALENDAR in tiers(text) and not Tier.CITY & tiers(text):
        return None
    kind = kind_of(text, house)
    if kind == "outlet" and len(text.split()) > MAX_OUTLET_WORDS:
        return None
    if kind == "person" and not may_be_person(text):
        return None
    return Name(text, kind, own=kind == "outlet" and house.owns(text))


def tidy(piece: str) -> str:
    """The piece without brackets, functions after "for", degrees and punctuation at its edges."""
    text = strip_lead(piece.strip(_EDGES))
    bare = _BRACKETED.sub("", text).strip(_EDGES)
    text = _KOREAN_ROLE.sub("", bare or text.strip("()[]（）［］《》"))
    if not is_agency(text):
        text = _FOR_OUTLET.sub("", text)
    text = _DEGREES.sub("", text).strip(_EDGES)
    return text.rstrip(".") + _dot(text) if text.endswith(".") and " " in text else text


def _dot(text: str) -> str:
    """The stop that belongs to a last initial or `Jr.`."""
    last = text.rsplit(None, 1)[-1].casefold()
    return "." if len(last) == 2 or last.count(".") > 1 or last in {"jr.", "sr.", "st."} else ""


@lru_cache(maxsize=8192)
def _folded_words(text: str) -> tuple[str, ...]:
    return tuple(text.casefold().replace("-", " ").replace("/", " ").split())


def kind_of(text: str, house: House) -> Kind:
    """Whether a name is a person's, an agency's or an outlet's (or a desk's, a team's)."""
    if house.owns(text):
        return "outlet"
    if is_address(text):
        return "outlet"
    if is_agency(text):
        return "agency"
    parts = (*_folded_words(text), text.casefold())
    if any(part in words.ROLES or part in words.OUTLETS for part in parts) or text.casefold() in words.HOUSES:
        return "outlet"
    if text[-1] > "\u2e80" and any(text.endswith(word) for word in words.OUTLETS if word[0] > "\u2e80"):
        return "outlet"
    return "person"


def may_be_person(text: str) -> bool:
    """Whether the words are shaped like a person's name or handle: few, and with a capital where the script has them."""
    parts = text.split()
    if (
        len(parts) > MAX_WORDS
        or text.count("(") != text.count(")")
        or text[:1] in ".…!?#"
        or any(c in text for c in "!?=<>{}…:")
    ):
        return False
    if len(parts) > 1 and any(c.islower() for c in text):
        capitals = sum(1 for part in parts if part[:1].isupper() or not part[:1].isalpha() or not part.isascii())
        return capitals * 2 >= len(parts) or capitals == 0
    return True


def without_places(names: tuple[Name, ...]) -> tuple[Name, ...]:
    """The names less the cities that follow a person, "Jane Doe, Nairobi"; none where all are places, "Frankfurt, Germany"."""
    if len(names) > 1 and all(tiers(name.text) & PLACE and " " not in name.text for name in names):
        return ()
    if len(names) < 2 or names[0].kind != "person":
        return names
    return (names[0], *(name for name in names[1:] if name.kind != "person" or not _is_city(name.text)))


def _is_city(text: str) -> bool:
    return len(text.split()) <= 2 and Tier.CITY in tiers(text) and (" " not in text or Tier.COUNTRY in tiers(text))


def is_address(text: str) -> bool:
    """Whether the words are a host's name: `news.example.com`."""
    return bool(_DOMAIN.fullmatch(text))


def is_whole(name: Name) -> bool:
    """Whether a name has a first and a last part, as far as its script parts them."""
    return " " in name.text or name.text[0] > "\u0590"


def people(names: Iterable[Name]) -> tuple[Name, ...]:
    """The people among the names."""
    return tuple(name for name in names if name.kind == "person")


def shown(line: str) -> str:
    """A displayed line without addresses, handles, dates and what follows them."""
    text = _ADDRESS_GLUED.sub(" ", _ADDRESS.sub(" ", normalise.text(line[:MAX_LINE])))
    cuts = [found.start() for found in (words.TAIL.search(text, 3), _DATE.search(text)) if found]
    return " ".join(text[: min(cuts, default=len(text))].split()).strip(" ,;|·•–—-/")
