"""The home's signing key: made at the first sealing, readable by its owner alone, its public half beside it.

`evidence.key` is the private key; `evidence.pub` has a line for every public key that ever signed here, oldest first.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from db.evidence.note import NoteError, Signer, Verifier

KEY_FILE, PUBLIC_FILE = "evidence.key", "evidence.pub"


def signer(home: Path) -> Signer:
    """The home's key, made where there is none. Raises `NoteError` for a file that holds none, `OSError` as the disk says."""
    path = home / KEY_FILE
    try:
        found = Signer.parse(path.read_text(encoding="utf-8").strip())
    except FileNotFoundError:
        found = _make(path)
    except UnicodeDecodeError as error:
        raise NoteError(f"{path} holds no key") from error
    if found.verifier not in _written(home):
        with (home / PUBLIC_FILE).open("a", encoding="utf-8") as file:
            file.write(found.verifier.text + "\n")
    return found


def anew(home: Path) -> Signer:
    """A new key in the old one's place, which is kept beside it. Raises `OSError` as the disk says."""
    path = home / KEY_FILE
    if path.exists():
        path.rename(path.with_name(f"{KEY_FILE}.{secrets.token_hex(4)}.old"))
    return signer(home)


def _make(path: Path) -> Signer:
    made = Signer.make(f"newswatch/{secrets.token_hex(8)}")
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(made.text + "\n")
        file.flush()
        os.fsync(file.fileno())
    return made


def _written(home: Path) -> list[Verifier]:
    try:
        return verifiers(home)
    except (OSError, NoteError):
        return []


def verifiers(home: Path) -> list[Verifier]:
    """The public keys that signed in this home. Raises `OSError` where there is no file, `NoteError` where a line is no key."""
    try:
        lines = (home / PUBLIC_FILE).read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise NoteError(f"{PUBLIC_FILE} holds no keys") from error
    if lines.pop():
        raise NoteError(f"{PUBLIC_FILE} does not end with a line break")
    return [Verifier.parse(line) for line in lines]
