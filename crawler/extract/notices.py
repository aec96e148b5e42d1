"""Corrections, clarifications, updates, editor's notes and retractions: found by wording and place, taken off the body."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from lxml.html import HtmlElement

from crawler.extract import normalise, notice_words
from crawler.extract.beginnings import Beginnings
from crawler.extract.bodies import patterns
from crawler.extract.document import Document
from db.types import Block, Nature, Notice, Role

LONGEST = 1500
"""A notice is shorter than this; a longer block is a story."""

_LEAD = r"^[\s*†•·>#_\[(（【［〔《<■●▼◆※~-]*"
_DATED = re.compile(r"^[\s,.(|/-]*(?P<date>[^:：]{0,44}?\d[^\n]{0,44}?)\s*(?:：|[:)\]】）-](?=\s|\D)|$)")
_PLAIN_WORD = re.compile(r"[^\W\d_]{4,}")
_DATE_WORDS = frozenset(
    """added appended issued posted published made from vom date time today yesterday april august july june march
    september october november december january february monday tuesday wednesday thursday friday saturday sunday""".split()  # noqa: SIM905
)
_CLOSING = re.compile(r"[.!?。！？]['\"”’»)\]]*\s+|[。！？]")
_PLACE = frozenset(
    """correction corrections corrected clarification clarifications erratum errata retraction amendment editors_note
    editor_note editornote editorsnote editorial_note correctionnote update_note updatenote korrektur korrekturhinweis
    rectificatif rectification fe_de_errores rettelse rattelse rettelser""".split()  # noqa: SIM905
)
# Where none of these stands in a class, no word of `_PLACE` does: it spares most names the parting.
_MAY_PLACE = tuple(sorted({place.partition("_")[0][:7] for place in _PLACE}))
_SCANNED = ("p", "div", "span", "em", "i", "strong", "b", "small", "aside", "section", "footer", "li", "font")
_BLOCKS = frozenset({"p", "div", "aside", "section", "footer", "li", "td", "blockquote", "article", "small"})


def _any(phrases: Iterable[str]) -> str:
    return "|".join(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True))


_LABEL = re.compile(
    _LEAD
    + "(?:"
    + "|".join(f"(?P<{nature.value}>{_any(words)})" for nature, words in notice_words.LABELS.items())
    + r")(?P<rest>(?![^\W\d_])|(?<=[\u3040-\u9fff\uac00-\ud7af\u0e00-\u0e7f]))"
)
_OPENING = re.compile(
    _LEAD
    + "(?:"
    + "|".join(f"(?P<{nature.value}>{'|'.join(forms)})" for nature, forms in notice_words.OPENINGS.items())
    + ")"
)
_BEGINNINGS = Beginnings(
    (
        *(re.escape(phrase) for phrases in notice_words.LABELS.values() for phrase in phrases),
        *(form for forms in notice_words.OPENINGS.values() for form in forms),
    ),
    lead=" \t\n\r\f\v\xa0\u3000*†•·>#_[(（【［〔《<■●▼◆※~-",
)
_INSIDE = tuple((nature, phrase) for nature, phrases in notice_words.INSIDE.items() for phrase in phrases)
_CORRECTS = re.compile(
    r"\b(?:correct(?:s|ed|ing|ion)?\b|misstat|misspel|mistak|incorrect|inaccura|erroneous|in error|wrongly|misidentif)"
)
_CLARIFIES = re.compile(r"\bclarif")
_REFLECTS = re.compile(r"\bto reflect that\b")


_Phrases = tuple[tuple[Nature, str], ...]


def split(blocks: tuple[Block, ...], language: str | None = None) -> tuple[tuple[Notice, ...], tuple[Block, ...]]:
    """The notices among the blocks, and the blocks without them.

    Entries of a live page keep their updates: those are its story. `language` is kept for callers that know it; the
    wordings of different languages do not collide, so all are tried.
    """
    del language
    notices: list[Notice] = []
    kept: list[Block] = []
    waiting: Nature | None = None
    started = len(blocks) == 1
    inside = _present("\n".join(block.text for block in blocks if len(block.text) <= LONGEST))
    for block in blocks:
        if waiting is not None:
            notices[-1] = Notice(waiting.value, f"{notices[-1].text} {block.text}")
            waiting = None
            continue
        found = _judge(block, inside, started=started)
        if found is None:
            kept.append(block)
            started = started or len(block.text) > 150
            continue
        nature, at, alone = found
        if at:
            kept.append(Block(block.role, block.text[:at].rstrip(), block.at))
        notices.append(Notice(nature.value, block.text[at:]))
        waiting = nature if alone else None
    return tuple(notices), tuple(kept)


def nature_of(text: str) -> Nature | None:
    """What kind of notice a text is by its wording, else None."""
    found = _judge(Block(Role.PARAGRAPH.value, text), _INSIDE, started=True)
    return found[0] if found else None


def _present(text: str) -> _Phrases:
    """The phrases that only a notice holds, out of those that stand anywhere in the text."""
    folded = _folded(text)
    return tuple((nature, phrase) for nature, phrase in _INSIDE if phrase in folded)


def _folded(text: str) -> str:
    """Lower case with straight quotes and plain dashes, character for character."""
    return normalise.straight(text, dashes=True).lower()


def _judge(block: Block, inside: _Phrases, *, started: bool) -> tuple[Nature, int, bool] | None:
    """The nature of the notice in a block, where in its text it begins, and whether it is a label that waits for its text.

    `inside` are the phrases that may stand within it.
    """
    text = block.text
    if len(text) > LONGEST or block.at is not None or block.role == Role.CAPTION.value:
        return None
    if not inside and not _BEGINNINGS.may_open(text):
        return None
    folded = _folded(text)
    opened = _OPENING.match(folded)
    if opened:
        return _refine(Nature(str(opened.lastgroup)), folded), 0, False
    labelled = _LABEL.match(folded)
    if labelled:
        return _label(block, folded, labelled, started=started)
    return _inside(text, folded, inside)


def _label(block: Block, folded: str, labelled: re.Match[str], *, started: bool) -> tuple[Nature, int, bool] | None:
    nature = next(nature for nature in notice_words.LABELS if labelled[nature.value])
    rest = folded[labelled.end() :]
    says = rest.lstrip(" :：)]】）］.-、。")
    if nature is Nature.UPDATE and not started and _is_stamp(says):
        return None
    if rest.lstrip()[:1] in tuple(":：)]】）］") and says:
        return _refine(nature, folded), 0, False
    if not says:
        named = block.role == Role.HEADING.value or rest.strip() or len(folded) > 3
        return (nature, 0, True) if named and nature is not Nature.UPDATE else None
    dated = _DATED.match(rest)
    if dated and _is_date(dated["date"]):
        ends = not rest[dated.end() :].strip()
        if nature is Nature.UPDATE and ends and not started:
            return None
        return _refine(nature, folded), 0, ends and nature is not Nature.UPDATE
    if _OPENING.match(says) or (nature is Nature.EDITOR_NOTE and rest.lstrip()[:1] in {"-", "."}):
        return _refine(nature, folded), 0, False
    return None


def _is_stamp(says: str) -> bool:
    """Whether what an "Updated" introduces is a time alone: above the story a time line and no notice."""
    digits = sum(character.isdigit() for character in says)
    return len(says) < 60 and digits >= 3 and digits >= 0.15 * len(says) and _is_date(says)


def _is_date(words: str) -> bool:
    """Whether the words between a label and its colon are a date or a time: one plain word beside the numbers at most."""
    plain = [word for word in _PLAIN_WORD.findall(words) if word not in _DATE_WORDS]
    return len(plain) <= 1


def _inside(text: str, folded: str, inside: _Phrases) -> tuple[Nature, int, bool] | None:
    for nature, phrase in inside:
        at = folded.find(phrase)
        if at >= 0 and folded[:1] not in {'"', "“", "„", "'"}:
            return _refine(nature, folded[at:]), _sentence(text, folded, at), False
    return None


def _sentence(text: str, folded: str, at: int) -> int:
    """Where the sentence begins that holds the character at `at`; 0 where the notice fills most of the block."""
    if len(folded) != len(text) or len(text) < 400:
        return 0
    start = 0
    for closed in _CLOSING.finditer(text, 0, at + 1):
        start = closed.end()
    return start if start > 120 else 0


def _refine(nature: Nature, folded: str) -> Nature:
    """An editor's note or an update that says it corrects is a correction; one that clarifies, a clarification."""
    labelled_update = nature is Nature.UPDATE and _LABEL.match(folded)
    if nature in {Nature.EDITOR_NOTE, Nature.UPDATE} and _CORRECTS.search(folded):
        return Nature.CORRECTION
    if nature is Nature.UPDATE and not labelled_update and _REFLECTS.search(folded):
        return Nature.CORRECTION
    if nature in {Nature.EDITOR_NOTE, Nature.UPDATE} and _CLARIFIES.search(folded):
        return Nature.CLARIFICATION
    if nature is Nature.CORRECTION and _CLARIFIES.search(folded) and not _CORRECTS.search(folded):
        return Nature.CLARIFICATION
    return nature


def read(doc: Document, blocks: tuple[Block, ...]) -> tuple[tuple[Notice, ...], tuple[Block, ...]]:
    """The notices of the page, those outside the body included, and the blocks without them."""
    notices, kept = split(blocks, doc.language)
    known = {notice.text for notice in notices}
    outside = [notice for notice in _outside(doc, blocks) if notice.text not in known]
    return (*notices, *outside), kept


def _outside(doc: Document, blocks: tuple[Block, ...]) -> list[Notice]:
    """Notices that stand beside the body: elements named as such, or worded past doubt."""
    body = "\n".join(block.text for block in blocks)
    found: dict[str, Notice] = {}
    for element in doc.root.iter(*_SCANNED):
        names, words = element.get("class"), element.text
        if not (names and _names_place(names)) and (words is None or len(words) < 6 or not _is_worded(element, words)):
            continue
        block = _holder(element)
        if _is_beside(block):
            continue
        text = normalise.element_text(block)
        if 20 <= len(text) <= LONGEST and text not in body and not any(text in other for other in found):
            judged = nature_of(text)
            if judged:
                found[text] = Notice(judged.value, text)
    return list(found.values())


@lru_cache(maxsize=16384)
def _names_place(names: str) -> bool:
    lowered = names.lower()
    return any(part in lowered for part in _MAY_PLACE) and not _PLACE.isdisjoint(patterns.all_words(names))


def _is_worded(element: HtmlElement, words: str) -> bool:
    """Whether the element's first words are those of a notice; what stands in a link is beside the story, whatever its words."""
    if not _BEGINNINGS.may_open(words):
        return False
    above = element.getparent()
    if above is not None and above.tag in _LINKS:
        return False
    folded = _folded(words[:200])[:200]
    if _OPENING.match(folded):
        return True
    labelled = _LABEL.match(folded)
    return labelled is not None and not labelled[Nature.UPDATE.value]


def _holder(element: HtmlElement) -> HtmlElement:
    """The block that holds an element's words."""
    while element.tag not in _BLOCKS:
        above = element.getparent()
        if above is None:
            break
        element = above
    return element


def _is_beside(element: HtmlElement) -> bool:
    """Whether the element stands in a link, a list of links, the comments or the navigation."""
    if any(len(link.text_content()) > 60 for link in element.iter("a")):
        return True
    above: HtmlElement | None = element
    while above is not None:
        if above.tag in {"a", "nav", "head", "noscript", "template", "button"}:
            return True
        names = f"{above.get('class', '')} {above.get('id', '')}"
        if not _BESIDE.isdisjoint(patterns.all_words(names)):
            return True
        above = above.getparent()
    return False


_LINKS = frozenset({"a", "button"})
_BESIDE = frozenset(
    """comment comments commentlist disqus related recommended recirc popular mostread trending teaser teasers sidebar
    newsletter nav menu cookie cookies consent""".split()  # noqa: SIM905
)
