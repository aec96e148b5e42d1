"""Signed notes in C2SP's form, checked against a known one; keys and their files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from db.evidence import key
from db.evidence.note import Head, NoteError, Signer, Verifier, opened

NOW = datetime(2026, 5, 4, 8, 30, tzinfo=UTC)
# the example of Go's golang.org/x/mod/sumdb/note
SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
NOTE = TEXT + (
    "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_keys_and_notes_are_those_of_the_reference_implementation() -> None:
    signer = Signer.parse(SKEY)
    assert (signer.text, signer.verifier.text) == (SKEY, VKEY)
    assert signer.sign(TEXT) == NOTE
    assert opened(NOTE, [Verifier.parse(VKEY)]) == TEXT


@pytest.mark.parametrize("at", range(0, len(NOTE), 3))
def test_no_byte_of_a_note_is_loose(at: int) -> None:
    spoilt = NOTE[:at] + chr(ord(NOTE[at]) ^ 1) + NOTE[at + 1 :]
    with pytest.raises(NoteError):
        opened(spoilt, [Verifier.parse(VKEY)])


@pytest.mark.parametrize("at", range(len(VKEY)))
def test_no_byte_of_a_key_is_loose(at: int) -> None:
    spoilt = VKEY[:at] + chr(ord(VKEY[at]) ^ 1) + VKEY[at + 1 :]
    with pytest.raises(NoteError):
        opened(NOTE, [Verifier.parse(spoilt)])


def test_a_note_that_nobody_known_signed_is_refused() -> None:
    with pytest.raises(NoteError, match="no key that is known"):
        opened(NOTE, [Signer.make("somebody").verifier])
    with pytest.raises(NoteError, match="not a signed note"):
        opened("words", [])


def test_a_head_says_what_it_was_given() -> None:
    head = Head("newswatch/ab", 12, b"\x01" * 32, 3, NOW)
    assert Head.parse(head.text) == head
    assert head.text.splitlines()[3:] == ["number 3", "time 2026-05-04T08:30:00Z"]
    for bad in ("", "a\n1\n!!\ntime x\n", "a\n1\nAAAA\ntime 2026-05-04T08:30:00Z\n", head.text + "more\n"):
        with pytest.raises(NoteError):
            Head.parse(bad)


def test_a_homes_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    made = key.signer(tmp_path)
    assert key.signer(tmp_path) == made
    assert (tmp_path / "evidence.key").stat().st_mode & 0o777 == 0o600
    assert key.verifiers(tmp_path) == [made.verifier]


def test_a_new_key_stands_beside_the_old_one(tmp_path: Path) -> None:
    old = key.signer(tmp_path)
    (tmp_path / "evidence.key").unlink()
    new = key.signer(tmp_path)
    assert key.verifiers(tmp_path) == [old.verifier, new.verifier]


@pytest.mark.parametrize("text", ["", "nonsense", SKEY.replace("c74f", "c74e"), SKEY[:-4]])
def test_a_spoilt_key_file_is_an_error_that_says_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "evidence.key").write_text(text)
    with pytest.raises(NoteError):
        key.signer(tmp_path)
