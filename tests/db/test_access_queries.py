"""Accounts, sessions and tokens, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from db.engine import reading, writing
from db.queries import accounts, tokens

NOW = datetime(2026, 5, 4, 8, tzinfo=UTC)
DAY = timedelta(days=1)


def test_a_session_lasts_while_its_account_may_be_used(engine: Engine) -> None:
    with writing(engine) as session:
        assert not accounts.any_account(session)
        ada = accounts.add(session, "ada", "hash", NOW)
        for digest in ("a" * 64, "b" * 64):
            accounts.sign_in(session, ada.id, digest, now=NOW, until=NOW + DAY, agent="Firefox")
        with pytest.raises(ValueError, match="already"):
            accounts.add(session, "ada", "hash", NOW)
    with reading(engine) as session:
        found = accounts.signed_in(session, "a" * 64, NOW)
        assert found
        assert (found.name, found.agent, found.expires_at) == ("ada", "Firefox", NOW + DAY)
        assert accounts.signed_in(session, "a" * 64, NOW + DAY) is None
        assert accounts.signed_in(session, "c" * 64, NOW) is None
        assert [(one.name, one.sessions) for one in accounts.every(session, NOW)] == [("ada", 2)]
    with writing(engine) as session:
        accounts.seen(session, "a" * 64, NOW + DAY / 2, NOW + 2 * DAY)
        assert accounts.sign_out(session, ada.id, but="a" * 64) == 1
        assert [one.digest for one in accounts.sessions_of(session, ada.id, NOW + DAY)] == ["a" * 64]
        accounts.set_disabled(session, ada.id, True)
    with reading(engine) as session:
        assert accounts.signed_in(session, "a" * 64, NOW) is None
        assert accounts.any_account(session)
        assert not accounts.any_enabled(session)


def test_signing_in_drops_what_has_expired(engine: Engine) -> None:
    with writing(engine) as session:
        ada = accounts.add(session, "ada", "hash", NOW)
        accounts.sign_in(session, ada.id, "a" * 64, now=NOW, until=NOW + DAY, agent="")
        accounts.sign_in(session, ada.id, "b" * 64, now=NOW + DAY, until=NOW + 2 * DAY, agent="")
        assert accounts.sign_out(session, ada.id) == 1


def test_a_token_ends_when_revoked_or_expired_and_frees_its_name(engine: Engine) -> None:
    with writing(engine) as session:
        kept = tokens.add(session, "ci", "a" * 64, {"read", "crawl"}, now=NOW, until=None)
        tokens.add(session, "desk", "b" * 64, {"read"}, now=NOW, until=NOW + DAY)
        with pytest.raises(ValueError, match="already"):
            tokens.add(session, "ci", "c" * 64, {"read"}, now=NOW, until=None)
        tokens.used(session, kept.id, NOW)
    with writing(engine) as session:
        found = tokens.by_digest(session, "a" * 64, NOW)
        assert found
        assert (found.scopes, found.last_used_at, found.living(NOW)) == ({"read", "crawl"}, NOW, True)
        assert tokens.by_digest(session, "b" * 64, NOW + DAY) is None
        assert tokens.revoke(session, kept.id, NOW)
        assert not tokens.revoke(session, kept.id, NOW)
        assert tokens.by_digest(session, "a" * 64, NOW) is None
        assert tokens.any_living(session, NOW)
        assert not tokens.any_living(session, NOW + DAY)
        tokens.add(session, "ci", "d" * 64, {"read"}, now=NOW, until=None)
        assert [one.name for one in tokens.every(session)] == ["ci", "desk", "ci"]
