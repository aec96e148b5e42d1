"""Every input that fuzzing ever found, and a handful of hostile ones, against its target."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*-*"))
HOSTILE = [
    b"",
    b"\x00" * 200,
    b"\xff\xfe<\x00h\x001\x00>\x00",
    b"<" * 5000,
    b"<div>" * 3000 + b"text",
    b"&#x110000;&#0;&amp;amp;amp;" * 50,
    b"<h1>" + "\u202e\u0000\ud7ff".encode() * 100,
    b"<script type='application/ld+json'>" + b"[" * 5000 + b"</script>",
    b"SEOUL " * 2000 + b"\xe2\x80\x94",
    b"1" * 5000 + b" January " + b"9" * 5000,
    b"http://[::1" + b"]" * 50 + b":99999999/\x7f%zz",
    b'[[source]]\nname = "' + b"\\u0000" * 20 + b'"',
    b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><rss><channel><item><link>&b;</link></item></channel></rss>",
]


@pytest.mark.parametrize("target", sorted(TARGETS))
@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_input_ends_in_a_promised_way(target: str, number: int) -> None:
    TARGETS[target](HOSTILE[number])


def test_findings_stay_mended() -> None:
    for path in CORPUS:
        TARGETS[path.name.split("-", 1)[0]](path.read_bytes())
