"""The place line of East Asian papers: brackets that hold place, agency and reporter, and the wire's "4月24日电"."""

from __future__ import annotations

import re

from crawler.extract.datelines.agencies import is_agency
from crawler.extract.datelines.evidence import Line, Part
from crawler.extract.datelines.places import PLACE, tiers
from crawler.extract.datelines.words import is_date

MAX_HEAD = 120
MAX_UNKNOWN = 11

_BRACKETED = re.compile(r"\s*[【〔［\[(（〈]([^【】〔〕［］\[\]()（）〈〉\n]{2,44})[】〕］\])）〉]\s*")
_REPORTER = re.compile(
    r"(?:[가-힣]{2,4}(?:[·,\s]{1,2}[가-힣]{2,4}){0,3}\s?(?:선임|인턴|수습)?\s?(?:기자|특파원|통신원)\s*)?[=＝]\s*"
)
_CLOSING_DASH = re.compile(r"[-–—―]+\s*")
_REPORTER_NAME = re.compile(r"[\u3400-\u9fff\u3040-\u309f]{3,6}")
_KATAKANA = re.compile(r"[\u30a0-\u30ff]{3,12}")
_KOREAN = re.compile(r"[가-힣]")
_EAST_ASIAN_NAME = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{2,10}")
_ROLE = re.compile(r"(?<!\s)\s*(?:기자|특파원|통신원|記者|记者|特派員|支局|通信員)$")
_WIRE = re.compile(
    r"\s*[（(〔]?(?P<agency>[^\s\d（(，,。、]{2,8}?)?(?:記者|记者)?(?P<place>[\u3400-\u9fff·]{2,8}?)"
    r"(?P<date>(?:\d{1,2}\s?月\s?)?\d{1,2}\s?日)\s?(?:综合|專|综合外)?[电電讯訊](?:\s?[）)〕])?\s*[，,:：—-]?\s*"
)
_REPORT_SLASH = re.compile(
    r"\s*[（(〔［【](?:記者)?[^／/）)〕］】]{2,20}[／/](?P<place>[\u3400-\u9fff]{2,5}?)(?:綜合|即時|專訪)?(?:報導|報道|报道|電)[）)〕］】]\s*"
)


def parse(text: str) -> tuple[Line, int] | None:
    """The line that opens the text, and where the text goes on; None where none of these forms opens it."""
    head = text[:MAX_HEAD]
    return _wire(head) or _slashed(head) or _bracketed(head)


def _wire(head: str) -> tuple[Line, int] | None:
    """`新华社北京4月24日电`, `（中央社台北25日電）`: the place is what the gazetteer finds between agency and date."""
    found = _WIRE.match(head)
    if not found:
        return None
    run = (found["agency"] or "") + found["place"]
    agency, place = _cut(run)
    if not place:
        return None
    parts = [Part("agency", agency)] if agency else []
    return Line((*parts, Part("place", place), Part("date", found["date"])), "电"), found.end()


def _cut(run: str) -> tuple[str, str]:
    """The run's agency and place: the longest known place at its end, after an agency or nothing."""
    for at in range(len(run) - 1):
        reporter = run[:at].partition("記者")[0]
        if "記者" in run[:at] and tiers(run[at:]) & PLACE and is_agency(reporter):
            return reporter, run[at:]
        before, place = run[:at].removesuffix("記者").removesuffix("记者"), run[at:]
        if tiers(place) & PLACE and (not before or is_agency(before)):
            return before, place
    for size in range(4, 1, -1):
        if is_agency(run[:size]) and len(run) - size >= 2:
            return run[:size], run[size:]
    return "", ""


def _slashed(head: str) -> tuple[Line, int] | None:
    found = _REPORT_SLASH.match(head)
    if not found:
        return None
    return Line((Part("place", found["place"]),), "〕"), found.end()


def _bracketed(head: str) -> tuple[Line, int] | None:
    found = _BRACKETED.match(head)
    if not found:
        return None
    inner, end = found.group(1).strip(), found.end()
    parts = _equated(inner) or _spaced(inner)
    if not parts:
        return None
    tail = _REPORTER.match(head, end) or _CLOSING_DASH.match(head, end)
    return Line(parts, "】"), tail.end() if tail else end


def _equated(inner: str) -> tuple[Part, ...]:
    """`ソウル＝小池和樹`, `서울=연합뉴스`, `부산=스포츠조선 선수민 기자`: the place stands left of the sign."""
    left, sign, right = re.sub("＝", "=", inner).partition("=")
    left, right = left.strip(), right.strip()
    if not sign or not left or not right:
        return ()
    place, before = _known_place(left)
    unknown = " " not in left and len(left) < MAX_UNKNOWN
    if not place and unknown and (is_agency(right) if _KOREAN.search(inner) else _EAST_ASIAN_NAME.fullmatch(left)):
        place = left
    if not place:
        return ()
    parts = [Part("place", place)]
    agency = _agency_of(right) or (before if is_agency(before) else "")
    return (*parts, Part("agency", agency)) if agency else tuple(parts)


def _known_place(left: str) -> tuple[str, str]:
    """The known place among the words left of the sign, and the words before it."""
    words = left.split()
    for size in range(len(words), 0, -1):
        name = " ".join(words[-size:])
        if tiers(name) & PLACE:
            return name, " ".join(words[:-size])
    first = words[0] if words else ""
    if tiers(first) & PLACE and all(is_agency(word) for word in words[1:]):
        return first, " ".join(words[1:])
    return "", ""


def _agency_of(right: str) -> str:
    """The agency or paper right of the sign; reporters alone give none."""
    if is_agency(right):
        return right
    words = _ROLE.sub("", right).split()
    if len(words) >= 2 and _KOREAN.search(right):
        return words[0]
    return words[0] if words and is_agency(words[0]) else ""


def _spaced(inner: str) -> tuple[Part, ...]:
    """`東京 12日 ロイター`, `ワシントン共同`, `ニューヨーク時事`: place first, agency last."""
    place, dot, reporter = inner.partition("・")
    if dot and tiers(place) & PLACE and _REPORTER_NAME.fullmatch(reporter):
        return (Part("place", place),)
    words = inner.replace("　", " ").split()
    if len(words) > 1 and tiers(words[0]) & PLACE:
        kinds = [("date" if is_date(word) else "agency" if is_agency(word) else None) for word in words[1:]]
        if all(kinds):
            rest = [Part("date" if k == "date" else "agency", w) for k, w in zip(kinds, words[1:], strict=True)]
            return (Part("place", words[0]), *rest)
    for size in range(2, min(6, len(inner) - 1)):
        place = inner[:-size].rstrip("・･ ")
        if is_agency(inner[-size:]) and (tiers(place) & PLACE or _KATAKANA.fullmatch(place)):
            return Part("place", place), Part("agency", inner[-size:])
    return ()
