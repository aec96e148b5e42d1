"""The parts of a title: what is the headline, what is the site's name or a section before or after it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from crawler.extract import linked_data
from crawler.extract.document import Document

LONG_PART = 10
"""Letters of a part of a title that can be the headline in a script without spaces."""

_SIGNS = re.compile(r"[\W_]+")
_ASCII_SIGNS = dict.fromkeys(code for code in range(128) if not chr(code).isalnum())

SEPARATOR = re.compile(
    r"(?<!\s)(?:\s+[|–—:·•»«/-]\s+|\s*[|｜›¦]\s*|\s*[:：]{2}\s*|\s+-(?=\S))|(?<=[^\x00-\x7f])\s*[-–—_:：]\s*|,\s(?=\D{3,40}$)"
)
# What WordPress' first themes set between the site's name and a post's title.
_ARCHIVE = re.compile(r"blog archiv(?:e|o)?\s*[»|-]\s*", re.IGNORECASE)


def key(value: str) -> str:
    """Letters and figures alone, case folded: equal for two spellings of the same words."""
    folded = value.casefold()
    if folded.isascii():
        return folded.translate(_ASCII_SIGNS)
    return _SIGNS.sub("", folded)


def site_names(doc: Document) -> frozenset[str]:
    """Keys of what the site calls itself: `og:site_name`, the publisher of the linked data, the host's labels."""
    named = [
        *doc.meta.get("og:site_name", ()),
        *doc.meta.get("application-name", ()),
        *doc.meta.get("twitter:site", ()),
    ]
    publisher = linked_data.words(doc.article.get("publisher"))
    named.extend([publisher] if publisher else [])
    host = (urlsplit(doc.url).hostname or "").removeprefix("www.")
    named.append(host)
    named.extend(label for label in host.split(".")[:-1] if len(label) > 3)
    return frozenset(found for found in (key(name) for name in named) if len(found) > 1)


def without_site(words: str, names: frozenset[str], others: Iterable[str] = ()) -> str:
    """`words` without the segments at its ends that name the site.

    A cut is also made where what stays is, by key, one of `others`: another surface spells the headline alone.
    """
    known = frozenset(others)
    kept = words
    for cut in reversed(list(SEPARATOR.finditer(words))[-8:]):
        rest = words[: cut.start()]
        if len(key(rest)) > 5 and key(rest) in known:
            return rest
        if cut.end() <= len(kept) and len(key(rest)) >= 3 and _names_site(kept[cut.end() :], names):
            kept = rest
    first = SEPARATOR.search(kept)
    if first and _is_site(kept[: first.start()], names) and len(kept) > first.end() + 8:
        kept = _ARCHIVE.sub("", kept[first.end() :])
    return kept.strip()


def _is_site(segment: str, names: frozenset[str]) -> bool:
    """Whether a segment before the headline is the site's name: a mere beginning of it can be the headline's own words."""
    found = key(segment)
    return _names_site(segment, names) and any(found == name or (len(name) > 3 and name in found) for name in names)


def _names_site(segment: str, names: frozenset[str]) -> bool:
    found = key(segment)
    if not found or len(segment.split()) > 6:
        return False
    return any(
        found == name or (len(name) > 3 and (found.startswith(name) or found.endswith(name))) for name in names
    ) or any(len(found) > 3 and name.startswith(found) for name in names)


def is_sentence(part: str) -> bool:
    """Whether a part of a title is long enough for a headline: four words, in a script without spaces ten letters."""
    return len(part.split()) > 3 or (not part.isascii() and " " not in part and len(key(part)) >= LONG_PART)


def parts_of(title: str) -> list[str]:
    """What the separators of a title part, and each of its beginnings and ends up to one."""
    cuts = list(SEPARATOR.finditer(title))[:8]
    return [title[cut.end() :] for cut in cuts] + [title[: cut.start()] for cut in reversed(cuts)]
