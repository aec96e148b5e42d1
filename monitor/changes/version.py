"""Which rules compared two readings: a digest of all that decides what a comparison finds."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

_CODE = Path(__file__).parent
_LIBRARIES = ("icu4py", "rapidfuzz", "regex", "sentencex")


def rules_version(table: Mapping[str, str] | None = None) -> str:
    """Sixteen hex digits that change when the rules can find something else: their code and words, the libraries they stand on,
    Python's Unicode version, and the table of significance."""
    digest = hashlib.sha256(_code_digest())
    digest.update(json.dumps(dict(table or {}), sort_keys=True).encode())
    return digest.hexdigest()[:16]


@cache
def _code_digest() -> bytes:
    digest = hashlib.sha256()
    for path in sorted(path for suffix in ("py", "toml") for path in _CODE.rglob(f"*.{suffix}")):
        digest.update(path.relative_to(_CODE).as_posix().encode() + b"\0" + path.read_bytes())
    for name in _LIBRARIES:
        digest.update(f"{name}={version(name)}".encode())
    digest.update(unicodedata.unidata_version.encode())
    return digest.digest()
