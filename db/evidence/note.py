"""Signed notes and checkpoints in the forms of C2SP (signed-note, tlog-checkpoint), so that the tools of transparency logs read
them: origin, size, root, and two lines of ours that say the how many-th it is, and when.

A signature line is `— name base64(key id ‖ signature)`; Ed25519, key id the first four bytes of
SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
_DASH = "— "


class NoteError(ValueError):
    """A note, key or checkpoint that is none, or whose signature does not hold; the message says which."""


def key_id(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def _decoded(text: str, what: str) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError(f"{what} is not base64") from error
    if base64.b64encode(found).decode() != text:
        raise NoteError(f"{what} is not written as base64 is")
    return found


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key by its name. `text` is how keys of transparency logs are written: `name+id+key`."""

    name: str
    public: bytes

    @property
    def text(self) -> str:
        return f"{self.name}+{key_id(self.name, self.public).hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Raises `NoteError` where the text is no Ed25519 key, or its id is not the key's."""
        name, given, key = ([*text.split("+", 2), "", ""])[:3]
        raw = _decoded(key, "the public key")
        if len(raw) != 33 or raw[:1] != ED25519:
            raise NoteError("not an Ed25519 public key")
        if key_id(name, raw[1:]).hex() != given:
            raise NoteError("the public key's id is not its own")
        return cls(name, raw[1:])


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key by its name. `text` is Go's form: `PRIVATE+KEY+name+id+key`."""

    name: str
    private: bytes

    @classmethod
    def make(cls, name: str) -> Signer:
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> Signer:
        """Raises `NoteError` where the text is no private key of this form."""
        head, _, rest = text.partition("PRIVATE+KEY+")
        name, given, key = ([*rest.split("+", 2), "", ""])[:3]
        raw = _decoded(key, "the private key")
        if head or len(raw) != 33 or raw[:1] != ED25519:
            raise NoteError("not an Ed25519 private key")
        signer = cls(name, raw[1:])
        if key_id(name, signer.verifier.public).hex() != given:
            raise NoteError("the private key's id is not its own")
        return signer

    @property
    def text(self) -> str:
        ident = key_id(self.name, self.verifier.public).hex()
        return f"PRIVATE+KEY+{self.name}+{ident}+{base64.b64encode(ED25519 + self.private).decode()}"

    @property
    def verifier(self) -> Verifier:
        key = Ed25519PrivateKey.from_private_bytes(self.private)
        return Verifier(self.name, key.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The note: `text`, which ends with a line break, an empty line, and the signature."""
        signature = Ed25519PrivateKey.from_private_bytes(self.private).sign(text.encode())
        blob = base64.b64encode(key_id(self.name, self.verifier.public) + signature).decode()
        return f"{text}\n{_DASH}{self.name} {blob}\n"


def opened(note: str, verifiers: Iterable[Verifier]) -> str:
    """A note's text, where one of the keys signed it. Raises `NoteError` otherwise."""
    text, parted, signatures = note.rpartition("\n\n")
    if not parted or not signatures.endswith("\n"):
        raise NoteError("not a signed note")
    text += "\n"
    known = {(found.name, key_id(found.name, found.public)): found for found in verifiers}
    signed = False
    for line in signatures.splitlines():
        name, _, blob = line.removeprefix(_DASH).rpartition(" ")
        raw = _decoded(blob, "a signature")
        verifier = known.get((name, raw[:4]))
        if not line.startswith(_DASH):
            raise NoteError("a signature line is not one")
        if verifier is None:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(verifier.public).verify(raw[4:], text.encode())
        except InvalidSignature as error:
            raise NoteError(f"the signature of {name} does not hold") from error
        signed = True
    if not signed:
        raise NoteError("no key that is known signed it")
    return text


@dataclass(frozen=True, slots=True)
class Head:
    """What a checkpoint says: the log's name, how many leaves, the root over them; the how many-th it is, and when."""

    origin: str
    size: int
    root: bytes
    number: int
    at: datetime

    @property
    def text(self) -> str:
        stamp = self.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return (
            f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\nnumber {self.number}\ntime {stamp}\n"
        )

    @classmethod
    def parse(cls, text: str) -> Head:
        """Raises `NoteError` where the text is no checkpoint of ours."""
        lines = text.split("\n")
        if len(lines) != 6 or lines[3][:7] + lines[4][:5] != "number time ":
            raise NoteError("not a checkpoint")
        try:
            size, number, at = int(lines[1]), int(lines[3][7:]), datetime.fromisoformat(lines[4][5:])
        except ValueError as error:
            raise NoteError("the checkpoint's size, number or time is none") from error
        head = cls(lines[0], size, _decoded(lines[2], "the root"), number, at)
        if len(head.root) != 32 or head.text != text:
            raise NoteError("not a checkpoint")
        return head
