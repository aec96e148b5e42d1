"""Where an answer stands: under the address asked, under a new one of the same article, or at something else. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from db.types import Article, Hop

PERMANENT = frozenset({301, 308})
_FORM = re.compile(
    r"(?:amp|_amp|isamp|mobile|is_?mobile|m|print|printable|printer|printview|reader)(?:=.*)|"
    r"(?:outputtype|output|view|format|mode|template|layout|version|device|type)=(?:amp|m|mobile|print|printable|lite|text|app)"
)
_SHARED_PART = 0.5  # of the former paragraphs, for a story at a new address to be the same story


@dataclass(frozen=True, slots=True)
class Landing:
    """`address` is the one the page goes by now; `kind` is `here`, `moved` (a redirect for good) or `elsewhere`."""

    kind: str
    address: str


def landing(asked: str, final: str, hops: Sequence[Hop], read: Article | None, former: Article | None) -> Landing:
    """Where a visit to `asked` ended. `former` is the page's last reading, None where it was never read.

    A redirect to the site's front page or to another story stands for a page that is gone; it never becomes an edit.
    """
    if not hops or same_place(asked, final):
        return Landing("here", asked)
    if former is None:
        return Landing("here", final)
    if read is None:
        return Landing("elsewhere" if _front(final) else "here", asked)
    if not same_story(former, read):
        return Landing("elsewhere", final)
    return Landing("moved", final) if all(hop.status in PERMANENT for hop in hops) else Landing("here", asked)


def same_place(one: str, other: str) -> bool:
    """Addresses that differ only in scheme, `www.` or a closing slash: a site that tidied up, not a story that moved."""
    return _place(one) == _place(other)


def same_document(one: str, other: str) -> bool:
    """Addresses of one document: the same place, or the same path with parameters more that do not ask for another form of it.

    Parameters that ask for AMP, a mobile page or a printed one give another document of the same article.
    """
    if same_place(one, other):
        return True
    longer, shorter = urlsplit(one), urlsplit(other)
    if _place(one)[:2] != _place(other)[:2]:
        return False
    more = set(parse_qsl(longer.query, keep_blank_values=True)) ^ set(parse_qsl(shorter.query, keep_blank_values=True))
    return not any(_FORM.fullmatch(f"{name}={value}".lower()) for name, value in more)


def _place(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    return parts.netloc.lower().removeprefix("www."), parts.path.rstrip("/"), parts.query


def _front(url: str) -> bool:
    return urlsplit(url).path.rstrip("/").count("/") == 0 and not urlsplit(url).query


def same_story(before: Article, after: Article) -> bool:
    """Whether two readings are of one story: the same headline, or half of the former paragraphs."""
    if before.headline and before.headline == after.headline:
        return True
    former = {block.text for block in before.body}
    shared = former & {block.text for block in after.body}
    return bool(former) and len(shared) >= _SHARED_PART * len(former)
