"""Edits that change no word: punctuation, quotes, dashes, spaces, case; numbers written another way; a headline's kicker."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from db.types import Nature
from monitor.changes.edit import Edit, words_of
from monitor.changes.natures.numbers import values
from monitor.changes.natures.statements import quoted
from monitor.changes.text import fold, same_skeleton, skeleton

_KICKER = regex.compile(r"^(?P<kicker>[^:|?!]{2,48})(?::|\s\|)\s+(?P<rest>\S.*)$", regex.S)
_TAIL = regex.compile(r"^(?P<rest>.*\S)\s+[-|]\s+(?P<kicker>[^-|:,.?!\d]{3,24})$", regex.S)
_CURRENCY = regex.compile(r"\p{Sc}")
KICKER_WORDS = 5
SHORT_LABEL = 2
_SHARES = frozenset(
    {"percent", "per", "cent", "prozent", "pct", "pour", "por", "ciento", "cento", "procent", "prosent"}
)


def cosmetic(before: str, after: str, language: str | None) -> dict[Nature, str] | None:
    """The natures of an edit that changes no letter, digit or sign; None where it changes one."""
    if not same_skeleton(before, after, language):
        return None
    old, new = fold(before), fold(after)
    if old == new:
        return {Nature.STYLE: "quotes, dashes or spaces"}
    if old.casefold() == new.casefold():
        return {Nature.STYLE: "case"}
    found = {Nature.PUNCTUATION: _signs(old, new)}
    if [w for w in words_of(old) if not w.islower()] != [w for w in words_of(new) if not w.islower()]:
        found[Nature.STYLE] = "case or joined words"
    return found


def _signs(before: str, after: str) -> str:
    for sign, label in (("?", "question mark"), ("!", "exclamation mark"), ("'", "quote mark")):
        if before.count(sign) != after.count(sign):
            return f"{label} {'added' if after.count(sign) > before.count(sign) else 'removed'}"
    return "punctuation"


def same_numbers(edit: Edit) -> Iterator[tuple[Nature, str]]:
    """Numbers of one value written another way ("ten" and "10", "10 percent" and "10%"), and no other word changed."""
    if not edit.spans or not all(_number_words(t, edit) for s in edit.spans for t in (s.before, s.after)):
        return
    old, new = values(edit.before, edit), values(edit.after, edit)
    if old and old == new:
        yield Nature.STYLE, "number written another way"


def _number_words(text: str, edit: Edit) -> bool:
    """Whether `text` holds nothing but numbers, written out or not, and words for a share."""
    words = [w.casefold() for w in words_of(text)]
    plain = all(w in edit.lexicon.numbers or w in _SHARES or not any(c.isalpha() for c in w) for w in words)
    return plain and (bool(words) or text.strip() in {"", "%"}) and not _CURRENCY.search(text)


def kicker(edit: Edit) -> Iterator[tuple[Nature, str]]:
    """The label before or after a headline changed and the headline did not ("Lithuania: Chancellor promises aid" to "Nato: …").

    Not where the label is a speaker (what follows is in quote marks or in the first person) or holds a number.
    """
    if not edit.headline:
        return
    for pattern in (_KICKER, _TAIL):
        yield from _relabelled(pattern, edit)


def _relabelled(pattern: regex.Pattern[str], edit: Edit) -> Iterator[tuple[Nature, str]]:
    old, new = (_parts(pattern, t) for t in (edit.before, edit.after))
    labels = [k for k, _ in (old, new) if k]
    if not labels or old[0] == new[0] or not all(_label(k, edit) for k in labels) or _said(old[1]) or _said(new[1]):
        return
    exchanged = len(labels) == 2 and _exchanged(old, new, edit)
    if exchanged or (len(labels) == 1 and _subject_moved(old, new)):
        yield Nature.STYLE, f"kicker {old[0] or '(none)'} → {new[0] or '(none)'}"


def _exchanged(old: tuple[str, str], new: tuple[str, str], edit: Edit) -> bool:
    """One headline under two labels, which are short, or one of which is cut from the other."""
    if skeleton(old[1], edit.language) != skeleton(new[1], edit.language):
        return False
    before, after = ([w.casefold() for w in words_of(k)] for k in (old[0], new[0]))
    return max(len(before), len(after)) <= SHORT_LABEL or set(before) <= set(after) or set(after) <= set(before)


def _parts(pattern: regex.Pattern[str], text: str) -> tuple[str, str]:
    match = pattern.match(fold(text))
    return (match["kicker"], match["rest"]) if match else ("", fold(text))


def _label(text: str, edit: Edit) -> bool:
    """Few words, no number, and every content word with a capital (or in a script without): a topic, not a clause."""
    content = [w for w in words_of(text) if w.casefold() not in edit.lexicon.functions]
    return (
        0 < len(words_of(text)) <= KICKER_WORDS
        and not any(c.isdigit() for c in text)
        and not text.startswith("'")
        and all(w[0] != w[0].lower() or w[0].lower() == w[0].upper() for w in content)
    )


def _said(rest: str) -> bool:
    """What a speaker's colon is followed by: quoted words or the first person."""
    return (
        rest.startswith("'")
        or bool(quoted(rest) and quoted(rest)[0] == rest.strip("'"))
        or bool(regex.match(r"(?:i|we|ich|wir|je|nous|yo|io|eu|ik|wij|jag|vi|jeg|я|мы|ми)\b", rest.casefold()))
    )


def _subject_moved(old: tuple[str, str], new: tuple[str, str]) -> bool:
    """A kicker taken out of the headline's own words, with at most one word standing in for them ("X offers aid" to
    "X: Government offers aid")."""
    label, labelled, plain = (new[0], new[1], old[1]) if new[0] else (old[0], old[1], new[1])
    names = {w.casefold() for w in words_of(label)}
    rest = [w.casefold() for w in words_of(labelled)]
    whole = [w.casefold() for w in words_of(plain)]
    left = [w for w in whole if w not in names]
    if len(left) == len(whole) or len(rest) < 4:
        return False
    odd = [w for w in rest if w not in left], [w for w in left if w not in rest]
    return all(len(o) <= 1 for o in odd) and not any(c.isdigit() for w in odd[0] + odd[1] for c in w)
