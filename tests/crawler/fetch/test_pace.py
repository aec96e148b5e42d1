"""Pace, holds and Retry-After, without a network."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.fetch import address
from crawler.fetch.limits import FetchSettings, Pace
from crawler.fetch.pace import PaceBook, host_of, retry_after

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DAY = 86400.0


def book() -> PaceBook:
    return PaceBook(FetchSettings(pace=Pace(1.0, 2)))


def test_retry_after_in_seconds_and_as_a_date() -> None:
    assert retry_after("120", NOW, DAY) == NOW + timedelta(seconds=120)
    later = NOW + timedelta(hours=2)
    assert retry_after(format_datetime(later, usegmt=True), NOW, DAY) == later


def test_retry_after_is_capped() -> None:
    assert retry_after("99999999999", NOW, DAY) == NOW + timedelta(days=1)
    assert retry_after("Fri, 01 Jan 2100 00:00:00 GMT", NOW, DAY) == NOW + timedelta(days=1)


@pytest.mark.parametrize(
    "value", [None, "", "soon", "-5", "1.5", "0", "٣", "Fri, 01 Jan 2020 00:00:00 GMT", "Fri, 99 Foo"]
)
def test_nonsense_and_the_past_are_no_retry_after(value: str | None) -> None:
    assert retry_after(value, NOW, DAY) is None


@given(st.text(max_size=60))
def test_retry_after_never_raises_and_never_passes_its_cap(value: str) -> None:
    until = retry_after(value, NOW, DAY)
    assert until is None or NOW < until <= NOW + timedelta(days=1)


def test_the_slower_of_source_and_crawl_delay_holds() -> None:
    hosts = book()
    assert hosts.pace("a.example") == Pace(1.0, 2)
    hosts.ask("a.example", Pace(3.0, 2))
    hosts.crawl_delay("a.example", 2.0)
    assert hosts.pace("a.example") == Pace(3.0, 1)
    hosts.crawl_delay("a.example", 5.0)
    assert hosts.pace("a.example") == Pace(5.0, 1)
    hosts.crawl_delay("a.example", None)
    assert hosts.pace("a.example") == Pace(3.0, 2)


def test_a_crawl_delay_is_capped() -> None:
    hosts = book()
    hosts.crawl_delay("a.example", 86400.0)
    assert hosts.pace("a.example").delay == 60.0
    assert hosts.crawl_delay_of("a.example") == 60.0


@pytest.mark.parametrize("seconds", [None, 0.0, -1.0])
def test_no_crawl_delay_changes_nothing(seconds: float | None) -> None:
    hosts = book()
    hosts.crawl_delay("a.example", seconds)
    assert hosts.pace("a.example") == Pace(1.0, 2)


def test_a_hold_ends() -> None:
    hosts = book()
    hosts.hold("a.example", NOW + timedelta(seconds=5))
    assert hosts.held_until("a.example", NOW) == NOW + timedelta(seconds=5)
    assert hosts.held_until("a.example", NOW + timedelta(seconds=5)) is None
    assert hosts.held_until("b.example", NOW) is None


def test_refusals_in_a_row_double_the_hold_to_an_hour_and_an_answer_forgives_them() -> None:
    hosts = book()
    holds = [(hosts.too_many("a.example", NOW) - NOW).total_seconds() for _ in range(9)]
    assert holds[:3] == [60.0, 120.0, 240.0]
    assert holds[-1] == 3600.0
    hosts.answered("a.example")
    assert hosts.too_many("a.example", NOW) == NOW + timedelta(seconds=60)


def test_a_host_is_named_with_its_port_where_that_is_not_the_scheme_s_own() -> None:
    assert host_of("https://News.Example/a") == "news.example"
    assert host_of("https://news.example:443/") == "news.example"
    assert host_of("http://news.example:443/") == "news.example:443"
    assert host_of("http://127.0.0.1:8000/") == "127.0.0.1:8000"
    assert host_of("nonsense") == ""


@given(st.text(max_size=80))
def test_any_text_is_judged_as_an_address_without_raising(text: str) -> None:
    said = address.trouble(text)
    assert said is None or said


@pytest.mark.parametrize(
    "url", ["http://a.example", "https://a.example:8443/x?y#z", "http://[2606:4700::1]/", "http://bücher.example/"]
)
def test_good_addresses_pass(url: str) -> None:
    assert address.trouble(url) is None
