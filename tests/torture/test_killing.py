"""Short in CI; `make torture KILLS=300 DATABASE=postgresql` is the long form of the same test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.databases import ON_POSTGRESQL
from tests.newsroom.newsroom import Newsroom
from tests.newsroom.noise import Noise
from tests.receivers import hook
from tests.torture.killing import Torture
from tests.torture.ledger import book

KILLS = int(os.environ.get("NEWSWATCH_TORTURE_KILLS", "2"))
SEED = int(os.environ.get("NEWSWATCH_TORTURE_SEED", "8"))
EVERY_S = 0.7
FLEETS = (False, True) if ON_POSTGRESQL else (False,)  # half of the kills each


@pytest.mark.slow
@pytest.mark.timeout(300 + 120 * KILLS)
@pytest.mark.xdist_group("kill")
@pytest.mark.parametrize("fleet", FLEETS, ids=lambda fleet: "fleet" if fleet else "one machine")
def test_kills_at_random_moments_lose_and_double_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, fleet: bool
) -> None:
    kills = KILLS // len(FLEETS)
    room = Newsroom(stories=3, outlets=["harbour", "meridian"], noise=Noise.quiet())
    with book(room) as ledger, hook() as mail:
        torture = Torture(room, ledger, mail, tmp_path, seed=SEED, fleet=fleet)
        torture.rounds(kills, every_s=EVERY_S)
    with capsys.disabled():
        if "NEWSWATCH_TORTURE_KILLS" in os.environ:
            print("\n" + "\n".join(torture.report.lines()))
    assert torture.report.faults == []
    assert torture.report.kills == kills == sum(torture.report.survived.values())
    assert torture.report.revisions > len(ledger.published)
