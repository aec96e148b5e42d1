"""What stands between a story's paragraphs without being the story: dropped by its words, links and place."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from crawler.extract import date_words, normalise
from crawler.extract.beginnings import Beginnings
from crawler.extract.bodies.choose import below, prose, width
from crawler.extract.bodies.flow import Flow, Piece
from crawler.extract.date_relative import find_age
from db.types import Role

_TABLES = tomllib.loads(Path(__file__).with_name("boilerplate.toml").read_text(encoding="utf-8"))
_EDGES = " \t.:!?…-–—|>»›→▶►•*[]()（）+,"


def _phrases(table: str) -> tuple[str, ...]:
    return tuple(" ".join(phrase.split()) for phrase in _TABLES[table]["lines"].split("|") if phrase.strip())


_WHOLE = frozenset(_phrases("whole"))
_OPENING = re.compile(
    r"[\s>»›→▶►•*|\[(（+-]*(?:"
    + "|".join(
        re.escape(phrase) + (r"(?!\w)" if phrase[-1].isalnum() and phrase.isascii() else "")
        for phrase in sorted(_phrases("opening"), key=len, reverse=True)
    )
    + ")"
)
_BEGINNINGS = Beginnings(map(re.escape, _phrases("opening")), lead=" \t\n\r\f\v\xa0\u3000>»›→▶►•*|[(（+-")
_INSIDE = _phrases("inside")
_OPENING_LONG: int = _TABLES["opening"]["long"]
_INSIDE_LONG: int = _TABLES["inside"]["long"]
_ENDED = re.compile(r"[.!?…。！？।॥؟։။:;\"”»’」』)]\s*$")
_WORDLY = re.compile(r"\w")
_SIGNS = re.compile(r"^[^\w\s\"'“„«»‘’(\[（©¿¡#@$€£%&§-]{1,3}\ufe0f?\s*(?=\w)")
"""Signs such as an emoji before a line's first word."""
_COUNTED = re.compile(
    r"\W*(?:\d[\d.,]*\s?[kmKM]?\s*(?:shares?|comments?|views?|likes?|reads?|kommentare?|commentaires?|partages?|comentarios?)"
    r"|(?:view\s+\d+\s+images?|(?:(?:image|photo|bild|foto)\s+)?\d+\s*(?:of|von|de|sur|/)\s*\d+))\W*",
    re.IGNORECASE,
)
"""A counter alone: of shares, comments or a gallery's pictures."""
_MAIL = re.compile(r"\W*(?:e-?mail\s*:?\s*)?\w[\w.+-]{0,60}@[\w-]{1,60}(?:\.[\w-]{2,30}){1,3}\W*", re.IGNORECASE)
_AGED = 45
"""A line no longer than this that ends with an age says when another story or an entry appeared."""
_MONTH_SECONDS = 31 * 86400
_TABLE = frozenset({"tr", "td", "th"})
_BYLINE = re.compile(
    r"\s*(?:by|von|par|por|di|da|av|af|door|text|autor|author|autora|текст|автор|от|yazan)\b[:\s]", re.IGNORECASE
)
_CREDIT = re.compile(
    r"(?:©|\((?:c|foto|photo|image|bild|credit|quelle)\b|\b(?:foto|photo|photograph|picture|image|bild|credit|fotó|фото|photos|fotos|zdj)\s*:"
    r"|写真|Getty Images|/\s?(?:AFP|Reuters|AP|dpa|EPA|Getty))[^.!?]{0,60}\)?\.?$",
    re.IGNORECASE,
)
_FILED = re.compile(
    r"(?:FILE PHOTO|FILE PICTURE|FILE IMAGE|FILE|File photo|ARCHIVO|FOTO DE ARCHIVO|Foto de archivo|ARCHIV|ARCHIVES?)\s*[:–—-]\s"
)
_FILED_LONG = 600
_RIGHTS = ("©", "(c) ", "(C) ")
_HOUR = re.compile(r"\d{1,2}[:.h]\d{2}(?!\d)|\d{1,2}\s?[時时点點]|\d{1,2}시")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_LEADING = 2
_LABEL = 24
_KICKED = 15
"""A shorter headline may stand in another story's heading."""
_BESIDE_TITLE = 120
"""What an old page's table cell says beside the headline: the menu, the date, the byline."""
_BETWEEN = re.compile(r"\w\s*[·•|,;/]\s*\w")
_HEAD = 6
"""The time line under a headline is one of this many first pieces."""
_DECK = 400
"""A deck is shorter than this, in Latin letters."""
_CLOCK = re.compile(
    r"\d{1,2}[:.h]\d{2}|\b(?:19|20)\d\d\b|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일]"
)


def clean(flow: Flow, nodes: frozenset[int], headline: str | None) -> list[Piece]:
    """The pieces of the story alone, out of those in its nodes, after the captions that lead to it."""
    teasers = _teasers(flow, nodes)
    pieces = [piece for piece in flow.pieces if piece.node in nodes and piece.node not in teasers]
    story = _below_time_line(_headed(_captioned(pieces), headline))
    kept = _without_beside(_without_lists(story), headline)
    told = _trim(_without_linked_headings(kept))
    return _once(_leading_captions(flow, told, headline) + told)


def _leading_captions(flow: Flow, story: list[Piece], headline: str | None) -> list[Piece]:
    """The captions between the headline and the story: the main picture's, which stands outside the story's container.

    More than `_LEADING` are those of other stories or of a gallery.
    """
    first = next((at for at, piece in enumerate(flow.pieces) if story and piece is story[0]), 0)
    title = None
    for at, piece in enumerate(flow.pieces[:first]):
        if piece.tag == "h1" or piece.text == headline or (title is None and _holds_headline(piece, headline)):
            title = at
    if title is None:
        return []
    found = [piece for piece in flow.pieces[title + 1 : first] if piece.role is Role.CAPTION and not piece.link]
    return found if len(found) <= _LEADING else []


def _holds_headline(piece: Piece, headline: str | None) -> bool:
    """Whether a heading of any rank holds the headline with a kicker beside it."""
    if piece.role is not Role.HEADING or not headline or piece.link:
        return False
    return len(headline) > _KICKED and headline in piece.text


def _below_time_line(pieces: list[Piece]) -> list[Piece]:
    """The pieces below the story's one dated line, where no more than a deck stands above it."""
    dated = [at for at, piece in enumerate(pieces) if _is_dated_line(piece)]
    if len(dated) != 1 or dated[0] > _HEAD:
        return pieces
    above, below_it = pieces[: dated[0]], pieces[dated[0] + 1 :]
    told = [piece for piece in above if prose(piece) or piece.role is Role.LIST]
    if len(told) > 1 or sum(width(piece.text) for piece in told) > _DECK or not any(map(prose, below_it)):
        return pieces
    return [piece for piece in above if piece.role is Role.CAPTION] + below_it


def _is_dated_line(piece: Piece) -> bool:
    text = piece.text
    if len(text) >= 120:
        return False
    digits = sum(character.isdigit() for character in text)
    return digits >= 0.12 * len(text) and bool(_HOUR.search(text) and _YEAR.search(text))


def _teasers(flow: Flow, nodes: frozenset[int]) -> frozenset[int]:
    """The nodes of teasers: a heading that links elsewhere with a paragraph or two beside it."""
    heads = {piece.node for piece in flow.pieces if _is_linked_heading(piece) and piece.node in nodes}
    if not heads:
        return frozenset()
    size = len(flow.parents)
    told, own = [0] * size, [0] * size
    for piece in flow.pieces:
        told[piece.node] += prose(piece) > 0
        own[piece.node] += piece.role is Role.HEADING and not _is_linked_heading(piece)
    for node in range(size - 1, 0, -1):
        told[flow.parents[node]] += told[node]
        own[flow.parents[node]] += own[node]
    tops = set()
    for head in heads:
        node = head
        while node and flow.parents[node] in nodes and told[flow.parents[node]] <= 2 and not own[flow.parents[node]]:
            node = flow.parents[node]
        if told[node] <= 2 and not own[node]:
            tops.add(node)
    return below(flow, sorted(tops))


def _is_linked_heading(piece: Piece) -> bool:
    return piece.role is Role.HEADING and piece.at is None and piece.link >= 0.8 * len(piece.text)


def _is_linked_list(piece: Piece) -> bool:
    return piece.role is Role.LIST and piece.link > 0.2 * len(piece.text)


def _without_beside(pieces: list[Piece], headline: str | None) -> list[Piece]:
    """The pieces without lines of the house; linked lists and headings that such a line introduces go with it."""
    kept: list[Piece] = []
    introduced = False
    said = _folded("\n".join(piece.text for piece in pieces if len(piece.text) <= _INSIDE_LONG))
    inside = tuple(phrase for phrase in _INSIDE if phrase in said)
    for piece in pieces:
        if introduced and (_is_linked_heading(piece) or _is_linked_list(piece)):
            continue
        introduced = _beside(piece, headline, inside)
        if not introduced:
            kept.append(piece)
    return kept


def _folded(text: str) -> str:
    return normalise.straight(text).lower()


def _beside(piece: Piece, headline: str | None, inside: tuple[str, ...]) -> bool:
    """Whether a piece is none of the story; `inside` are the phrases of `_INSIDE` that stand anywhere on the page."""
    text = piece.text
    if not _WORDLY.search(text):
        return True
    if len(text) < 200 and piece.role is not Role.HEADING and (piece.link >= 0.8 * len(text) or _labels_links(piece)):
        return True
    if piece.role is Role.HEADING and (piece.tag == "h1" or text == headline):
        return True
    if _is_stamp(text):
        return True
    return piece.role is not Role.CAPTION and (_is_mark(text) or _is_boilerplate(text, inside))


def _is_mark(text: str) -> bool:
    """Whether a line is a counter, an address to write to, or an age and next to nothing else."""
    if len(text) > 80:
        return False
    if _COUNTED.fullmatch(text) or ("@" in text and _MAIL.fullmatch(text)):
        return True
    if len(text) > _AGED or _ENDED.search(text) or not any(map(str.isdigit, text)):
        return False
    age = find_age(date_words.fold(text))
    return age is not None and age[1] >= len(text) and 0 < age[2] < _MONTH_SECONDS


def _labels_links(piece: Piece) -> bool:
    """Whether a line is a label and several links alone: "Filed under: Fire · Forests"."""
    label, colon, rest = piece.text.partition(":")
    if not colon or len(label) > _LABEL or not piece.link or not _BETWEEN.search(rest):
        return False
    letters = sum(character.isalnum() or character.isspace() for character in rest)
    return piece.link >= 0.8 * letters


def _is_stamp(text: str) -> bool:
    """Whether a line is a date with a time of day and nothing else."""
    if len(text) > 45 or not _HOUR.search(text) or not _CLOCK.search(text):
        return False
    return sum(character.isdigit() for character in text) >= 0.25 * len(text)


def _is_boilerplate(text: str, inside: tuple[str, ...]) -> bool:
    if len(text) > _INSIDE_LONG:
        return False
    text = _SIGNS.sub("", text, count=1)
    folded = _folded(text)
    if folded.strip(_EDGES) in _WHOLE:
        return True
    if len(folded) <= _OPENING_LONG and _BEGINNINGS.may_open(text) and _OPENING.match(folded):
        return True
    return any(phrase in folded for phrase in inside)


def _without_lists(pieces: list[Piece]) -> list[Piece]:
    """The pieces without lists that are mostly links: related stories, tags, contents."""
    kept: list[Piece] = []
    at = 0
    while at < len(pieces):
        end = at
        while end < len(pieces) and pieces[end].role is Role.LIST and pieces[end].node == pieces[at].node:
            end += 1
        run = pieces[at:end]
        most = 0.8 if run and run[0].tag in _TABLE else 0.5
        if run and sum(piece.link for piece in run) < most * sum(len(piece.text) for piece in run):
            kept += run
        if not run:
            kept.append(pieces[at])
        at = max(end, at + 1)
    return kept


def _without_linked_headings(pieces: list[Piece]) -> list[Piece]:
    """The pieces without headings that are links to other pages: another one or no prose stands beside them."""
    kept = []
    linked = [_is_linked_heading(piece) for piece in pieces]
    for at, piece in enumerate(pieces):
        if linked[at]:
            if any(linked[max(at - 1, 0) : at] + linked[at + 1 : at + 2]):
                continue
            after = next((other for other in pieces[at + 1 :] if other.role is not Role.CAPTION), None)
            if after is None or not prose(after):
                continue
        kept.append(piece)
    return kept


def _trim(pieces: list[Piece]) -> list[Piece]:
    """The pieces from the first of the story to the last: no byline or time line before it, no heading after it."""
    start = 0
    while start < len(pieces) and (pieces[start].role is Role.CAPTION or _is_preamble(pieces[start])):
        start += 1
    kept = [piece for piece in pieces[:start] if piece.role is Role.CAPTION] + pieces[start:]
    while kept and kept[-1].role is Role.HEADING:
        kept.pop()
    return kept


def _is_preamble(piece: Piece) -> bool:
    """Whether a piece ahead of the story is its byline, its time line or the label of a button."""
    text = piece.text
    if piece.at is not None:
        return False
    if width(text) < 100 and _CLOCK.search(text) and sum(map(str.isdigit, text)) >= 0.12 * len(text):
        return True
    if len(text) < 100 and len(_CLOCK.findall(text)) > 1 and sum(map(str.isdigit, text)) >= 0.2 * len(text):
        return True
    if len(text) < 80 and _BYLINE.match(text) and not _ENDED.search(text):
        return True
    return width(text) < 25 and not _ENDED.search(text)


def _headed(pieces: list[Piece], headline: str | None) -> list[Piece]:
    """The pieces after the headline, where no prose stands before it: what is above it is a kicker or a crumb."""
    for at, piece in enumerate(pieces):
        if (
            (piece.tag in _TABLE or piece.role is Role.LIST)
            and headline
            and headline in piece.text
            and len(piece.text) < len(headline) + _BESIDE_TITLE
        ):
            return pieces[at + 1 :]
        if prose(piece):
            break
        if piece.tag == "h1" or piece.text == headline:
            return [above for above in pieces[:at] if above.role is Role.CAPTION] + pieces[at:]
    return pieces


def _captioned(pieces: list[Piece]) -> list[Piece]:
    """Short lines that end in a picture's credit or begin as one of an archive's are captions, whatever their markup."""
    last = max((at for at, piece in enumerate(pieces) if prose(piece)), default=0)
    for at, piece in enumerate(pieces):
        if piece.role is not Role.PARAGRAPH or (at > last and piece.text.startswith(_RIGHTS)):
            continue
        if (len(piece.text) < 300 and _CREDIT.search(piece.text)) or (
            len(piece.text) < _FILED_LONG and _FILED.match(piece.text)
        ):
            piece.role = Role.CAPTION
    return pieces


def _once(pieces: list[Piece]) -> list[Piece]:
    """The pieces without those that say word for word what a long one before them said."""
    seen: set[str] = set()
    kept = []
    for piece in pieces:
        if len(piece.text) > 60 and piece.at is None:
            if piece.text in seen:
                continue
            seen.add(piece.text)
        kept.append(piece)
    return kept
