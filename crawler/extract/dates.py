"""When a story was published and last modified, and the time line that tells a reader so.

Instants come from the page's linked data, then its metas, then its time line, then what other markup and the address say. The
time line as displayed is kept beside them: an edit of one without the other is seen either way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from lxml import etree
from lxml.html import HtmlElement

from crawler.extract import date_calendar as calendar
from crawler.extract import date_line
from crawler.extract import date_words as words
from crawler.extract.date_line import Line
from crawler.extract.date_marks import MODIFIED, PUBLISHED, machine_stamp
from crawler.extract.date_text import Hints, Moment, find, parse_stamp
from crawler.extract.date_zone import as_datetime, iso, month_first, page_zone, zone_of
from crawler.extract.document import Document


@dataclass(frozen=True, slots=True)
class Times:
    """The instants of a story, ISO 8601 (`YYYY-MM-DD` where the page gives a date alone), and its time line as displayed.

    `displayed_relative` says that the line counts from now ("2 hours ago"); an instant that only such a line gave has a
    provenance that begins with `relative`. Neither may make a change.
    """

    published: str | None = None
    modified: str | None = None
    displayed_time: str | None = None
    displayed_relative: bool = False
    provenance: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Candidate:
    moment: Moment
    where: str


_PLAIN: Final = 2
"""The score of a line that is marked as one, or says what it tells."""
_LD_PUBLISHED: Final = ("datePublished", "uploadDate", "dateCreated", "datePosted")
_LD_MODIFIED: Final = ("dateModified",)
_PAGE_TYPES: Final = frozenset({"WebPage", "ItemPage", "VideoObject", "WebSite", "AboutPage", "CollectionPage"})
_ADDRESS_DATE: Final = re.compile(
    r"(?<!\d)((?:19|20)\d\d)([/_.-])(0?[1-9]|1[0-2])\2(0?[1-9]|[12]\d|3[01])(?!\d)|(?<!\d)(20\d\d)()(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)"
    r"|/(20\d\d)()(?:/[A-Za-z][\w-]{1,30}){1,2}/(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])/"  # /2023/world/06/12/
)
_INLINE: Final = re.compile(
    r"[\"'](?:datePublished|published_?[aA]t|publish(?:ed)?_?[dD]ate|pub_?[dD]ate|first_?[pP]ublish\w{0,12})[\"']"
    r"\s*:\s*[\"']?(\d[\dT:.+Z -]{7,32})"
)
_DATED_CLASSES: Final = ("date", "time", "publish")
_MOST_MARKED: Final = 60
_PUBLISHED_CLASSES: Final = (" published ", " dt-published ")
_MOST_PUBLISHED: Final = 10
_SHORTEST_DATE: Final = 8
_BEFORE: Final = etree.XPath("preceding::*")


def read(doc: Document) -> Times:
    """The published and modified instants of the page and its time line. Never raises on what a page holds."""
    hints = _hints(doc)
    lines = date_line.find_lines(doc, hints)
    line = _main_line(lines)
    stamped = {kind: _candidates(doc, hints, kind, lines) for kind in (PUBLISHED, MODIFIED)}
    if not stamped[PUBLISHED]:
        stamped[PUBLISHED] = list(_last_resorts(doc, hints, stamped[MODIFIED]))
    everything = [*stamped[PUBLISHED], *stamped[MODIFIED]]
    provenance: dict[str, str] = {}
    instants = {kind: _choose(doc, found, everything, kind, provenance) for kind, found in stamped.items()}
    if line:
        provenance["displayed_time"] = "time line"
    _note_order(instants, provenance)
    return Times(
        instants[PUBLISHED],
        instants[MODIFIED],
        line.text or None if line else None,
        bool(line and line.relative),
        provenance,
    )


def _hints(doc: Document) -> Hints:
    language = re.split(r"[-_]", doc.language or "")[0].lower() or None
    return Hints(language, month_first(doc.url, doc.language, doc.zone), doc.fetched_at)


def _main_line(lines: list[Line]) -> Line | None:
    """The plainest line: one of the publication before one of updates alone, one that names its day before an age."""
    plain = [line for line in lines if line.score >= _PLAIN] or lines
    return max(plain, key=lambda line: (_tells_publication(line), not line.relative, line.score), default=None)


def _tells_publication(line: Line) -> bool:
    return not line.stamps or any(stamp.label != MODIFIED for stamp in line.stamps)


def _candidates(doc: Document, hints: Hints, kind: str, lines: list[Line]) -> list[_Candidate]:
    """Every moment that the page gives for `kind`, the most trusted first."""
    found = list(_from_linked(doc, hints, kind))
    found += _from_metas(doc, hints, words.PUBLISHED_METAS if kind == PUBLISHED else words.MODIFIED_METAS)
    found += _from_lines(lines, kind)
    if kind == PUBLISHED and found and found[0].moment.hour is None:
        found += _from_microformats(doc, hints)
    found += _from_metas(doc, hints, words.WEAK_METAS) if kind == PUBLISHED else ()
    return [one for one in found if not _in_the_future(one.moment, doc.fetched_at)]


def _in_the_future(moment: Moment, now: datetime | None) -> bool:
    return now is not None and moment.day > (now + timedelta(days=2)).date()


def _from_linked(doc: Document, hints: Hints, kind: str) -> Iterator[_Candidate]:
    keys = _LD_PUBLISHED if kind == PUBLISHED else _LD_MODIFIED
    for key in keys:
        moment = _stamp(doc.article.get(key), hints)
        if moment:
            yield _Candidate(moment, f"json_ld {key}")
    story = _stamp(doc.article.get("datePublished"), hints)
    for item in doc.linked:
        types = item.get("@type")
        named = {types} if isinstance(types, str) else set(map(str, types)) if isinstance(types, list) else set()
        twin = story is not None and kind == MODIFIED and _same_instant(story, _stamp(item.get("datePublished"), hints))
        moment = _stamp(item.get(keys[0]), hints) if twin or named & _PAGE_TYPES else None
        if moment:
            yield _Candidate(moment, f"json_ld {'twin' if twin else 'page'} {keys[0]}")
            return


def _same_instant(one: Moment, other: Moment | None) -> bool:
    """Whether two moments with zones are one instant: linked data that describe one story twice."""
    return other is not None and one.has_zone and other.has_zone and as_datetime(one, None) == as_datetime(other, None)


def _stamp(value: Any, hints: Hints) -> Moment | None:
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("@value")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return parse_stamp(str(value), hints)


def _from_metas(doc: Document, hints: Hints, names: tuple[str, ...]) -> Iterator[_Candidate]:
    for name in names:
        for content in doc.meta.get(name, ())[:2]:
            moment = parse_stamp(content, hints)
            if moment:
                yield _Candidate(moment, f"meta {name}")
                break


def _from_microformats(doc: Document, hints: Hints) -> Iterator[_Candidate]:
    """The instants that the page marks as the publication for machines, wherever they stand: hAtom's and microdata's."""
    for element in islice(filter(_names_publication, doc.root.iter()), _MOST_PUBLISHED):
        stamp = machine_stamp(element, hints)
        if stamp:
            yield _Candidate(stamp.moment, "marked published")


def _names_publication(element: HtmlElement) -> bool:
    names = element.get("class")
    if names and "published" in names and any(name in f" {names} " for name in _PUBLISHED_CLASSES):
        return True
    return bool(element.get("itemprop") == "datePublished")


def _from_lines(lines: list[Line], kind: str) -> list[_Candidate]:
    """The moments of the time lines with this label; an unlabelled one is the publication."""
    found = []
    for line in sorted(lines, key=lambda line: -line.score):
        for stamp in line.stamps:
            label = stamp.label or PUBLISHED
            if label == kind:
                where = (
                    "relative time line"
                    if stamp.moment.relative
                    else f"time line{'' if stamp.label else ' without label'}"
                )
                found.append(_Candidate(stamp.moment, where))
    return found


def _last_resorts(doc: Document, hints: Hints, modified: list[_Candidate]) -> Iterator[_Candidate]:
    """Where neither linked data, metas nor a time line gave a publication: other markup, inline data, the address.

    What stands above the headline and outside its containers is asked last, for there the page tells a reader today's date.
    """
    above = _above_headline(doc)
    marked = list(_from_microformats(doc, hints))
    yield from marked if len(marked) < date_line.LISTING else ()
    yield from _marked_elements(doc, hints, above)
    yield from _inline(doc, hints)
    yield from _bare_dates(date_line.from_headline(doc), hints)
    match = _ADDRESS_DATE.search(doc.url)
    if match:
        year, month, day = (int(next(filter(None, match.group(part, part + 4, part + 8)))) for part in (1, 3, 4))
        at = calendar.safe(year, month, day)
        if at:
            yield _Candidate(Moment(at), "address")
    for one in (*_marked_elements(doc, hints, frozenset()), *_bare_dates(doc.root.iter("*"), hints)):
        if not _is_about_now(one.moment, doc.fetched_at):
            yield one
    for one in modified[:1]:
        if not one.moment.relative:
            yield _Candidate(Moment(one.moment.day), f"day of the {one.where}")


def _above_headline(doc: Document) -> frozenset[HtmlElement]:
    """What stands before the headline, the elements in its nearest containers left out."""
    heading = date_line.headline_element(doc)
    if heading is None:
        return frozenset()
    above = islice(heading.iterancestors(), date_line.CONTAINERS - 1, None)
    holder = next((element for element in above if element.tag not in {"body", "html"}), None)
    near = heading if holder is None else holder
    return frozenset(cast("list[HtmlElement]", _BEFORE(near)))


def _is_about_now(moment: Moment, now: datetime | None) -> bool:
    """Whether a moment is the day of the fetch, wherever on earth the page is read: what a page's clock shows."""
    return now is not None and abs((moment.day - now.date()).days) <= 1


def _marked_elements(doc: Document, hints: Hints, above: frozenset[HtmlElement]) -> Iterator[_Candidate]:
    marked = list(islice(filter(_names_date, doc.root.iter()), _MOST_MARKED))
    for where, elements in (("time element", doc.all("time")[:40]), ("marked element", marked)):
        found = []
        for element in elements:
            if element in above:
                continue
            text = date_line.short_text(element, date_line.MAX_LINE)
            line = date_line.line_of(element, text or "", doc, hints) if text is not None else None
            stamps = [stamp for stamp in line.stamps if stamp.label != MODIFIED] if line and not line.relative else []
            found += [(element, stamp.moment) for stamp in stamps[:1]]
        yield from _alone(found, where)


def _names_date(element: HtmlElement) -> bool:
    names = element.get("class", "")
    if names and any(mark in names for mark in _DATED_CLASSES):
        return True
    return "date" in element.get("id", "") or "date" in element.get("itemprop", "")


def _bare_dates(elements: Iterable[HtmlElement], hints: Hints) -> Iterator[_Candidate]:
    """The first text among the elements' that is a whole date and nothing else."""
    found = []
    for element in islice(elements, 3000):
        text = element.text
        if not text or len(text) < _SHORTEST_DATE:
            continue
        clean = text.strip(" \t\r\n-–—|/()[]")
        if _SHORTEST_DATE <= len(clean) <= 40 and any(char.isdigit() for char in clean):
            dates = find(clean, hints)
            if len(dates) == 1 and date_line.left_over(clean, dates) == 0 and not date_line.is_elsewhere(element):
                found.append((element, dates[0].moment))
    yield from _alone(found, "date on the page")


def _alone(found: list[tuple[HtmlElement, Moment]], where: str) -> Iterator[_Candidate]:
    """The first of the dates that is not one of a listing."""
    shapes = Counter(date_line.shape_of(element) for element, _ in found)
    for element, moment in found:
        if shapes[date_line.shape_of(element)] < date_line.LISTING:
            yield _Candidate(moment, where)
            return


def _inline(doc: Document, hints: Hints) -> Iterator[_Candidate]:
    for script in doc.all("script"):
        text = script.text or ""
        if len(text) < 2_000_000:
            for match in islice(_INLINE.finditer(text), 3):
                moment = parse_stamp(match[1].strip(), hints)
                if moment:
                    yield _Candidate(moment, "inline data")
                    return


def _choose(
    doc: Document, found: list[_Candidate], everything: list[_Candidate], kind: str, provenance: dict[str, str]
) -> str | None:
    if not found:
        return None
    best = _most_exact(found)
    fallback, why = _zone_for(doc, best.moment, everything)
    note = best.where
    if best.moment.hour is not None and not best.moment.has_zone:
        note += f"; no zone, read in {why}"
    elif best is not found[0]:
        note += f"; same day as {found[0].where}"
    provenance[kind] = note
    return iso(best.moment, fallback)


def _most_exact(found: list[_Candidate]) -> _Candidate:
    """The first candidate, or one of the same day that says more: a time where it has none, a zone where it has none."""
    first = found[0]
    if first.moment.hour is None or (first.moment.hour, first.moment.minute, first.moment.second) == (0, 0, 0):
        for other in found[1:]:
            if other.moment.hour is not None and other.moment.day == first.moment.day and not other.moment.relative:
                return other
        return first
    if not first.moment.has_zone:
        for other in found[1:]:
            if other.moment.has_zone and _same_clock(first.moment, other.moment):
                return other
    return first


def _same_clock(one: Moment, other: Moment) -> bool:
    return (one.day, one.hour, one.minute) == (other.day, other.hour, other.minute)


def _zone_for(doc: Document, moment: Moment, everything: list[_Candidate]) -> tuple[ZoneInfo | timezone | None, str]:
    """The zone for a moment without one: the source's, then the page's other stamps', then its country's or language's."""
    source = zone_of(doc.zone) if doc.zone else None
    if source:
        return source, f"the source's zone {doc.zone}"
    suggested = page_zone(doc.url, doc.language)
    zone = zone_of(suggested[0]) if suggested else None
    for other in everything:
        at = as_datetime(other.moment, None) if other.moment.has_zone and not other.moment.relative else None
        if at is None or moment.hour is None:
            continue
        offset = _offset_between(moment, at) or at.utcoffset()
        if not offset:
            continue
        if zone and at.astimezone(zone).utcoffset() == offset:
            return zone, f"the page's zone {suggested[0] if suggested else ''}"
        return timezone(offset), f"the page's offset ({other.where})"
    if zone and suggested:
        return zone, f"{suggested[0]}, by the {suggested[1]}"
    return None, "UTC, as nothing tells the zone"


def _offset_between(naive: Moment, at: datetime) -> timedelta | None:
    """The offset that makes `naive` the instant `at`: whole quarters of an hour between -12 and +14 hours, else None."""
    local = as_datetime(naive, UTC)
    if local is None:
        return None
    gap = local - at
    if gap.total_seconds() % 900 == 0 and timedelta(hours=-12) <= gap <= timedelta(hours=14):
        return gap
    return None


def _note_order(instants: Mapping[str, str | None], provenance: dict[str, str]) -> None:
    published, modified = instants[PUBLISHED], instants[MODIFIED]
    if not published or not modified:
        return
    if len(published) > 10 and len(modified) > 10:
        earlier = datetime.fromisoformat(modified) < datetime.fromisoformat(published)
    else:
        earlier = modified[:10] < published[:10]
    if earlier:
        provenance[MODIFIED] += "; before the publication"
