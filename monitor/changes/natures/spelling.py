"""Slips put right: a letter, an ending, a doubled or a grammar word."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from rapidfuzz.distance import OSA

from db.types import Nature
from monitor.changes.edit import Edit, Span, title_cased
from monitor.changes.lexicon import calendar_words
from monitor.changes.natures.names import same_name
from monitor.changes.natures.statements import negated_pair
from monitor.changes.text import fold

MOST_SPANS = 3


def typo(edit: Edit) -> Iterator[tuple[Nature, str]]:
    """Every changed word is a slip: near in spelling and no number, name, negation or hedge; a grammar word; or a
    doubled word."""
    if not 0 < len(edit.spans) <= MOST_SPANS:
        return
    if all(_slip(span, edit) for span in edit.spans):
        for span in edit.spans:
            yield Nature.TYPO, f"typo: {span.before.strip() or '(nothing)'} → {span.after.strip() or '(nothing)'}"


def _slip(span: Span, edit: Edit) -> bool:
    old, new = span.words
    if not old and not new:
        return False
    if len(old) == len(new):
        return all(b == a or _same_word(b, a, edit) for b, a in zip(old, new, strict=True))
    longer, shorter = (old, new) if len(old) > len(new) else (new, old)
    if shorter:
        return len(longer) == len(shorter) + 1 and "".join(longer) == "".join(shorter)
    return len(longer) == 1 and (longer[0] == span.previous or longer[0].casefold() in edit.lexicon.functions)


def _same_word(before: str, after: str, edit: Edit) -> bool:
    b, a = before.casefold(), after.casefold()
    if _bare(b) == _bare(a):
        return True
    functions = edit.lexicon.functions
    if b in functions and a in functions:
        return True
    if any(_carries_fact(w, edit) for w in (b, a)) or negated_pair(b, a, edit.language_code):
        return False
    if _looks_named(before, after, edit) and not same_name(before, after):
        return False
    longest, distance = max(len(a), len(b)), OSA.distance(b, a)
    if min(len(a), len(b)) < 3 or distance > (1 if longest < 6 else 2):
        return False
    return distance == 1 or b[0] == a[0]  # two letters off with another beginning is another word: eastern, western


def _bare(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def _carries_fact(word: str, edit: Edit) -> bool:
    lexicon = edit.lexicon
    return (
        any(c.isdigit() for c in word)
        or word in lexicon.numbers
        or word in calendar_words(edit.language_code)
        or bool(lexicon.negations.fullmatch(word) or lexicon.hedges.fullmatch(word))
    )


def _looks_named(before: str, after: str, edit: Edit) -> bool:
    if not (before[:1].isupper() and after[:1].isupper()):
        return False
    if before in edit.names or after in edit.names:
        return True
    if before.isupper() and after.isupper() and len(before) <= 5:
        return True
    if edit.headline and title_cased(edit.before):
        return False
    return (
        not (fold(edit.before).startswith(before) and fold(edit.after).startswith(after)) and edit.language_code != "de"
    )
