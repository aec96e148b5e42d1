"""A public archive on loopback: lists in portions, redirects between copies, waiting when asked, copies that are missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.backfill.capture import ImportTroubleError
from crawler.backfill.wayback import Archive, stamp
from tests.crawler.backfill.wayback_server import Wayback

URL = "https://harbour.example/news/ferry?id=1&b=ü"
DAY = datetime(2024, 5, 4, 8, 0, tzinfo=UTC)
TIMES = [DAY + timedelta(hours=number) for number in range(8)]


@pytest.fixture
def server():  # type: ignore[no-untyped-def]
    made = Wayback(URL, [(at, f"<p>{number}</p>".encode()) for number, at in enumerate(TIMES)])
    with made.serving():
        yield made


def archive(server: Wayback, **given: object) -> tuple[Archive, list[float], list[str]]:
    slept: list[float] = []
    skipped: list[str] = []
    made = Archive(server.base + "/", "test", 0.5, slept.append, skipped.append, **given)  # type: ignore[arg-type]
    return made, slept, skipped


def test_the_list_is_asked_for_in_portions(server: Wayback) -> None:
    found, slept, _ = archive(server)
    assert [copy.stamp for copy in found.copies(URL)] == [stamp(at) for at in TIMES]
    assert len(server.asked) == 4  # three portions of pages, and one of what was gone
    assert slept == [0.5, 0.5, 0.5]
    window = found.copies(URL, since=stamp(TIMES[2]), until=stamp(TIMES[4]))
    assert [copy.stamp for copy in window] == [stamp(at) for at in TIMES[2:5]]
    assert list(found.copies("https://other.example/")) == []


def test_a_copy_keeps_what_the_archive_says_of_it(server: Wayback) -> None:
    found, _, _ = archive(server)
    copy = next(iter(found.copies(URL)))
    made = found.capture(URL, copy)
    assert made is not None
    assert (made.at, made.url, made.fetched.body) == (TIMES[0], URL, b"<p>0</p>")
    assert made.fetched.header("memento-datetime") == "Sat, 04 May 2024 08:00:00 GMT"
    assert f"{server.base}/web/20240504080000/" in (made.fetched.header("link") or "")


def test_a_redirect_to_another_copy_has_that_ones_time_and_none_leads_away(server: Wayback) -> None:
    found, _, skipped = archive(server)
    copies = list(found.copies(URL))
    server.moved[copies[0].stamp] = copies[1].stamp
    server.moved[copies[2].stamp] = copies[2].stamp
    server.away[copies[3].stamp] = "http://127.0.0.1:9/web/elsewhere"
    made = found.capture(URL, copies[0])
    assert made is not None
    assert made.at == TIMES[1]
    assert found.capture(URL, copies[2]) is None
    assert found.capture(URL, copies[3]) is None
    assert len(skipped) == 2


def test_an_answer_that_it_was_gone_is_a_copy_and_a_missing_copy_is_none(server: Wayback) -> None:
    found, _, skipped = archive(server)
    gone, lost = stamp(TIMES[2]), stamp(TIMES[5])
    server.status = {gone: 410, lost: 404}
    server.missing.add(lost)
    copies = {copy.stamp: copy for copy in found.copies(URL)}
    assert list(copies) == [stamp(at) for at in TIMES]
    made = found.capture(URL, copies[gone])
    assert made is not None
    assert (made.fetched.status, made.at) == (410, TIMES[2])
    assert found.capture(URL, copies[lost]) is None
    assert skipped == ["listed but not given (404)"]


def test_a_copy_that_is_listed_and_missing_is_left_out(server: Wayback) -> None:
    found, _, skipped = archive(server)
    copy = next(iter(found.copies(URL)))
    server.missing.add(copy.stamp)
    assert found.capture(URL, copy) is None
    assert skipped == ["listed but not given (404)"]


def test_an_archive_that_asks_to_wait_is_waited_for(server: Wayback) -> None:
    found, slept, _ = archive(server)
    server.busy = [(429, "7"), (503, "Fri, 01 Jan 1999 00:00:00 GMT"), (503, None)]
    assert len(list(found.copies(URL))) == 8
    assert slept[0] == 7.0
    assert 1.0 in slept
    assert 120.0 in slept
    server.busy = [(429, "99999999999")] * 4
    with pytest.raises(ImportTroubleError, match="asks to wait"):
        list(found.copies(URL))
    assert max(slept) == 600.0


def test_what_is_no_archive_is_told(server: Wayback) -> None:
    found, _, _ = archive(server)
    server.busy = [(500, None)]
    with pytest.raises(ImportTroubleError, match="answered 500"):
        list(found.copies(URL))
    server.list = lambda _query: b"<html>"  # type: ignore[method-assign, assignment]
    with pytest.raises(ImportTroubleError, match="no list"):
        list(found.copies(URL))
    for address in ("ftp://a.example", "nonsense", "http://"):
        with pytest.raises(ImportTroubleError, match="not an archive"):
            Archive(address)


def test_an_archive_that_is_away_is_told(server: Wayback) -> None:
    with Wayback(URL, []).serving() as gone:
        base = gone.base
    away = Archive(base, sleep=lambda _: None)
    with pytest.raises(ImportTroubleError, match="does not answer"):
        list(away.copies(URL))
