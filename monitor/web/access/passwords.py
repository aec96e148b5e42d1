"""Passwords: what is taken for one, and how it is kept.

Argon2id with the parameters that argon2-cffi recommends (RFC 9106, low memory: 64 MiB, 3 passes); hashes made with older ones are
made anew at the next sign-in. Length is the only rule of make-up (NIST SP 800-63B, 3.1.1.2).
"""

from __future__ import annotations

import unicodedata
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from monitor.web.access.keys import session_secret

SHORTEST, LONGEST = 12, 1000
AT_ONCE = 2  # hashes reckoned at once; each takes 64 MiB
PATIENCE_S = 10.0
_hasher = PasswordHasher()
_room = BoundedSemaphore(AT_ONCE)
_nobody: list[str] = []


class BusyError(Exception):
    """Too many sign-ins at once."""


def problem(password: str, name: str) -> str | None:
    """Why a word cannot be a password."""
    if len(password) < SHORTEST:
        return f"A password has at least {SHORTEST} characters; a few words in a row are easy to remember."
    if len(password) > LONGEST:
        return f"A password has at most {LONGEST} characters."
    if password.casefold().strip() == name.casefold() or len(set(password)) < 4:
        return "This password is too easy to guess."
    return None


def _normal(password: str) -> str:
    # one word typed on two keyboards is one password
    return unicodedata.normalize("NFKC", password)


def hashed(password: str) -> str:
    return _hasher.hash(_normal(password))


def matches(known: str | None, password: str) -> bool:
    """Whether it is the password of a hash. For `None` (no such account) as much is reckoned, and the answer is no.

    Raises `BusyError` where too many wait already.
    """
    if not _room.acquire(timeout=PATIENCE_S):
        raise BusyError
    try:
        return _hasher.verify(known or _stand_in(), _normal(password)) and known is not None
    except (VerificationError, InvalidHashError):
        return False
    finally:
        _room.release()


def _stand_in() -> str:
    """The hash of a secret that nobody has, by which names that do not exist take as long."""
    if not _nobody:
        _nobody.append(_hasher.hash(session_secret()))
    return _nobody[0]


def outdated(known: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(known)
