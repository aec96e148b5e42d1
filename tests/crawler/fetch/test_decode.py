"""Content encodings, undone strictly and within a limit."""

from __future__ import annotations

import contextlib
import gzip
import sys
import zlib

import brotli  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.fetch.decode import decode, layers
from crawler.fetch.reasons import Refusal
from db.types import Reason

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LIMIT = 1 << 20
PAGE = b"<p>The ferry was late again.</p>" * 3000
RAW_DEFLATE = zlib.compressobj(wbits=-15)
PACKED = {
    "gzip": gzip.compress(PAGE),
    "x-gzip": gzip.compress(PAGE),
    "deflate": zlib.compress(PAGE),
    "br": brotli.compress(PAGE),
    "zstd": zstd.compress(PAGE),
}
BOMB = {
    "gzip": gzip.compress(bytes(4 * LIMIT)),
    "deflate": zlib.compress(bytes(4 * LIMIT)),
    "br": brotli.compress(bytes(4 * LIMIT)),
    "zstd": zstd.compress(bytes(4 * LIMIT)),
}


def refused(body: bytes, encodings: list[str]) -> Reason:
    with pytest.raises(Refusal) as caught:
        decode(body, encodings, LIMIT)
    return caught.value.reason


@pytest.mark.parametrize("name", PACKED)
def test_each_encoding_is_undone(name: str) -> None:
    assert decode(PACKED[name], [name], LIMIT) == PAGE


@pytest.mark.parametrize("name", PACKED)
def test_a_cut_stream_is_truncated_wherever_it_is_cut(name: str) -> None:
    whole = PACKED[name]
    for end in (len(whole) - 1, len(whole) // 2, 20):
        assert refused(whole[:end], [name]) == Reason.TRUNCATED


@pytest.mark.parametrize("name", BOMB)
def test_a_bomb_is_stopped_at_the_limit(name: str) -> None:
    assert refused(BOMB[name], [name]) == Reason.BOMB


@given(st.binary(min_size=1, max_size=200), st.sampled_from(sorted(BOMB)))
def test_noise_is_refused_or_decoded_and_never_raises_otherwise(noise: bytes, name: str) -> None:
    with contextlib.suppress(Refusal):
        assert isinstance(decode(noise, [name], LIMIT), bytes)


def test_layers_are_undone_from_the_outside() -> None:
    body = gzip.compress(brotli.compress(PAGE))
    assert decode(body, layers(["br, identity", "GZIP"]), LIMIT) == PAGE


def test_several_members_and_rubbish_behind_them() -> None:
    assert decode(gzip.compress(b"one ") + gzip.compress(b"two") + b"\0\0", ["gzip"], LIMIT) == b"one two"
    assert decode(zstd.compress(b"one ") + zstd.compress(b"two"), ["zstd"], LIMIT) == b"one two"


def test_deflate_without_its_header_and_plain_text_called_gzip() -> None:
    assert decode(RAW_DEFLATE.compress(PAGE) + RAW_DEFLATE.flush(), ["deflate"], LIMIT) == PAGE
    assert decode(PAGE, ["gzip"], LIMIT) == PAGE


def test_unknown_and_deeply_layered_encodings_are_unreadable() -> None:
    assert refused(PAGE, ["compress"]) == Reason.UNREADABLE
    assert refused(PAGE, ["gzip"] * 9) == Reason.UNREADABLE


def test_an_empty_body_stays_empty() -> None:
    assert decode(b"", ["gzip"], LIMIT) == b""
