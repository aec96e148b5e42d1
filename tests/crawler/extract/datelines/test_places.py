"""The gazetteer: names in every script, folded alike however they are written."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract.datelines.agencies import is_agency
from crawler.extract.datelines.places import DATA, PLACE, SECTIONS, Tier, fold, pack, tiers, unpack
from crawler.extract.datelines.words import is_date
from crawler.extract.reader import code_files

CITIES = (
    "Berlin|SÃO PAULO|Sao Paulo|St. Louis|Saint Louis|Tel-Aviv|Kyiv|Kiev|Łódź|Москва|Αθήνα"
    "|القاهرة|ירושלים|वाराणसी|ঢাকা|กรุงเทพฯ|北京|ソウル|부산"
)


@pytest.mark.parametrize("name", CITIES.split("|"))
def test_a_city_is_known_as_it_is_written(name: str) -> None:
    assert Tier.CITY in tiers(name)


@pytest.mark.parametrize("name", ["Philippines", "Alemania", "ILLINOIS", "Deutschland", "日本"])
def test_countries_and_states_are_known(name: str) -> None:
    assert Tier.COUNTRY in tiers(name)


@pytest.mark.parametrize("name", ["BREAKING", "FILE PHOTO", "Mr. Quardle", "Chinese Aggression", "", "—", "x" * 500])
def test_other_words_are_no_place(name: str) -> None:
    assert not tiers(name) & PLACE


def test_case_accents_hyphens_and_stops_fold_away() -> None:
    assert fold("ST. GALLEN") == fold("Saint-Gallen") == "saint gallen"
    assert fold("İSTANBUL") == fold("istanbul")
    assert fold("Ærø") == "aero"


@given(st.text(max_size=80))
def test_folding_twice_changes_nothing_more(name: str) -> None:
    assert fold(fold(name)) == fold(name) or len(fold(name).split()) > 1


@pytest.mark.parametrize(
    "name", ["AP", "Reuters", "dpa", "dpa/AFP", "AFP/kle", "KOMPAS.com", "РИА Новости", "연합뉴스", "新华社", "भाषा"]
)
def test_agencies_are_known_by_their_signature(name: str) -> None:
    assert is_agency(name)


@pytest.mark.parametrize("name", ["Jane Doe", "Felix Schröder/dpa", "WATCH", "", "a", "srf/hosb", "x" * 300])
def test_others_are_no_agency(name: str) -> None:
    assert not is_agency(name)


@pytest.mark.parametrize(
    "words",
    ["April 25", "25 April 2024", "12 июня", "27.6.2025", "Dec. 23", "4月24日", "le 12 mai", "Thursday", "२५ अप्रैल"],
)
def test_dates_are_told_in_many_languages(words: str) -> None:
    assert is_date(words)


@pytest.mark.parametrize("words", ["Berlin", "25", "April Quardle", "10:56 AM", "", "the", "May I ask", "1" * 200])
def test_other_words_are_no_date(words: str) -> None:
    assert not is_date(words)


@given(st.lists(st.lists(st.integers(0, 2**32 - 1), max_size=20), min_size=len(SECTIONS), max_size=len(SECTIONS)))
def test_what_is_packed_unpacks(numbers: list[list[int]]) -> None:
    sections = [array("I", sorted(section)) for section in numbers]
    assert list(unpack(pack(sections))) == sections


def test_the_gazetteer_is_part_of_the_readers_version() -> None:
    assert DATA in code_files()
