"""Numbers, dates and times of day that changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation

import regex

from db.types import Nature
from monitor.changes.edit import Edit
from monitor.changes.lexicon import calendar_words
from monitor.changes.text import comma_decimal, fold

_TIME = regex.compile(
    r"(?<![\d:.,])(?:[01]?\d|2[0-3])[:h][0-5]\d(?![\d:])(?:\s?[ap]\.?m\b\.?)?|(?<![\d:.,])1?\d\s?[ap]\.?m\b", regex.I
)
_NUMBER = regex.compile(
    r"""(?P<sign>(?<![\w'])-)?(?P<digits>\d+(?:[.,' ]?\d{3})*(?:[.,]\d+)?|\d+)
        \s?(?P<unit>%|percent\b|per\ cent\b|prozent\b|pct\b|pour\ cent\b|
            por\ ciento\b|por\ cento\b|per\ cento\b|procent\b|prosent\b|процент\w*)?""",
    regex.X | regex.I,
)
_CURRENCY = regex.compile(r"\p{Sc}")
_HAN_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "兩": 2}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}
_HAN_GROUPS = {"万": 10**4, "萬": 10**4, "億": 10**8, "亿": 10**8, "兆": 10**12}
_HAN = regex.compile(
    r"[〇零一二两兩三四五六七八九十百千万萬億亿兆]+(?=[人名年月日歳歲岁回件個个台元円分度頭位枚本隻つ%]|割|時|个|倍)|[二三四五六七八九十百千][〇零一二三四五六七八九十百千万億亿]+"
)
_MONTHS_AND_NAMES_LIST = "jan jun june april may august augusta mai mar avril abril julio juli july julia marta"
_MONTHS_AND_NAMES = frozenset(_MONTHS_AND_NAMES_LIST.split())
"""Words for months, in full or cut short, that people are called as well."""
_BEFORE_A_MONTH_LIST = """
    in since until till by from of last this next early mid late through during before after
    im seit bis ab anfang mitte ende en desde hasta de del depuis dal fino sedan i til
"""
_BEFORE_A_MONTH = frozenset(_BEFORE_A_MONTH_LIST.split())
_WORD = regex.compile(r"[\p{L}\p{M}]+(?:'[\p{L}\p{M}]+)*")


def number(edit: Edit) -> Iterator[tuple[Nature, str]]:
    """A number with another value, in digits of any script, words, percent or Han numerals ("number 12 → 20")."""
    old, new = values(edit.before, edit), values(edit.after, edit)
    gone, come = _left(old, new), _left(new, old)
    for before, after in zip(gone, come, strict=False):
        yield Nature.NUMBER, f"number {before} → {after}"
    for before in gone[len(come) :]:
        if before != "1":
            yield Nature.NUMBER, f"number {before} removed"
    for after in come[len(gone) :]:
        if after != "1":
            yield Nature.NUMBER, f"number {after} added"


def currency(edit: Edit) -> Iterator[tuple[Nature, str]]:
    """The sign of a currency changed beside a number that did not ("$ → €")."""
    old, new = (_CURRENCY.findall(t) for t in (edit.before, edit.after))
    gone, come = _left(old, new), _left(new, old)
    for before, after in zip(gone, come, strict=False):
        yield Nature.NUMBER, f"{before} → {after}"


def date(edit: Edit) -> Iterator[tuple[Nature, str]]:
    """A weekday, month or day of a month that changed ("Monday → Sunday", "5 March → 6 March")."""
    names = calendar_words(edit.language_code)
    old, new = (list(_dates(t, names)) for t in (edit.before, edit.after))
    gone, come = _left(old, new), _left(new, old)
    for before, after in zip(gone, come, strict=False):
        yield Nature.DATE, f"date {before} → {after}"
    for before in gone[len(come) :]:
        yield Nature.DATE, f"date {before} removed"
    for after in come[len(gone) :]:
        yield Nature.DATE, f"date {after} added"


def time_of_day(edit: Edit) -> Iterator[tuple[Nature, str]]:
    """A clock time that changed ("9:30 → 10:00")."""
    old, new = (_TIME.findall(fold(t)) for t in (edit.before, edit.after))
    gone, come = _left(old, new), _left(new, old)
    if gone or come:
        yield Nature.TIME, f"time {', '.join(gone) or 'none'} → {', '.join(come) or 'none'}"


def _dates(text: str, names: frozenset[str]) -> Iterator[str]:
    words = fold(text).replace(",", " ").split()
    for i, word in enumerate(words):
        if word.casefold().strip(".;:()'?!") not in names or not _capital_where_it_matters(word):
            continue
        day = next(
            (
                w.strip(".;:()'?!")
                for w in words[max(i - 1, 0) : i] + words[i + 1 : i + 2]
                if w[:1].isdigit() and len(w.strip(".;:()")) <= 2
            ),
            "",
        )
        if day or not _first_name(words, i):
            yield f"{day} {word.strip('.;:()?!')}".strip()


def _first_name(words: Sequence[str], i: int) -> bool:
    """Whether a month's word without a day is someone's first name: "Jun Takeda", but "in April Congress"."""
    following = words[i + 1] if i + 1 < len(words) else ""
    if words[i].casefold() not in _MONTHS_AND_NAMES or not following[:1].isupper() or following.isupper():
        return False
    return i == 0 or words[i - 1].casefold() not in _BEFORE_A_MONTH


def _capital_where_it_matters(word: str) -> bool:
    """English `may`, `march`, `sun` and `sat` are words; the month and the day have a capital."""
    return word[0].isupper() or word.casefold().strip(".,") not in {"may", "march", "mar", "sun", "sat", "second"}


def _left(these: list[str], those: list[str]) -> list[str]:
    spare = Counter(those)
    out = []
    for item in these:
        if spare[item]:
            spare[item] -= 1
        else:
            out.append(item)
    return out


def values(text: str, edit: Edit) -> list[str]:
    """The values of the numbers in `text`, clock times left out, as plain decimals with `%` where it is a share."""
    folded = _ascii_digits(_TIME.sub(" ", fold(text)))
    found = [(m.start(), _digits(m, comma=comma_decimal(edit.language))) for m in _NUMBER.finditer(folded)]
    found += [(m.start(), _han(m.group())) for m in _HAN.finditer(folded)]
    if edit.lexicon.numbers:
        found += _written(folded, edit)
    return [value for _, value in sorted(found)]


def _ascii_digits(text: str) -> str:
    return text if text.isascii() else "".join(str(int(c)) if c.isdecimal() else c for c in text)


def _digits(match: regex.Match[str], *, comma: bool) -> str:
    text = match["digits"].replace(" ", "").replace("'", "")
    mark, other = (",", ".") if comma else (".", ",")
    if text.count(mark) == 1:
        text = text.replace(other, "").replace(mark, ".")
    elif text.count(other) == 1 and len(text.split(other)[1]) != 3:
        text = text.replace(mark, "").replace(other, ".")
    else:
        text = text.replace(mark, "").replace(other, "")
    try:
        value = f"{Decimal(text).normalize():f}"
    except InvalidOperation:
        value = text
    return ("-" if match["sign"] else "") + value + ("%" if match["unit"] else "")


def _written(folded: str, edit: Edit) -> list[tuple[int, str]]:
    """Written-out numbers; a multiple stands by itself ("two million" is 2 and 1000000), which compares as well as
    their product."""
    numbers = edit.lexicon.numbers
    return [
        (m.start(), str(numbers[word]))
        for m in _WORD.finditer(folded)
        if (word := m.group().casefold()) in numbers and not (word in edit.lexicon.functions and numbers[word] < 2)
    ]


def _han(text: str) -> str:
    total = group = digit = 0
    for c in text:
        if c in _HAN_DIGITS:
            digit = digit * 10 + _HAN_DIGITS[c]
        elif c in _HAN_UNITS:
            group, digit = group + (digit or 1) * _HAN_UNITS[c], 0
        else:
            total, group, digit = total + (group + digit or 1) * _HAN_GROUPS[c], 0, 0
    return str(total + group + digit)
