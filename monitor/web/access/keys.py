"""Secrets: made here, shown once, kept as digests.

They have 256 bits of chance, so that a plain SHA-256 is enough to keep them; passwords are another matter (`passwords`).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode

TOKEN_PREFIX = "nw_"  # noqa: S105 - by which scanners of leaked secrets know ours


def session_secret() -> str:
    return secrets.token_urlsafe(32)


def token_secret() -> str:
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What the database keeps of a secret: 64 hexadecimal digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def form_token(session: str) -> str:
    """The form token of a signed-in browser: bound to its session, so that no other cookie can stand for it."""
    made = hmac.new(session.encode(), b"newswatch form token", hashlib.sha256).digest()
    return urlsafe_b64encode(made).rstrip(b"=").decode()
