"""Nobody asks without end for what costs much."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from db.engine import open_engine
from monitor.web.api.guard import LIMITS
from monitor.web.app import create_app
from tests.databases import database_at
from tests.monitor.seeded import seed


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[TestClient]:
    engine = open_engine(database_at(tmp_path / "newswatch.db"))
    seed(engine)
    with TestClient(create_app(engine), base_url="http://127.0.0.1") as client:
        yield client
    engine.dispose()


def test_exports_in_a_row_are_refused_and_told_when_to_come_back(desk: TestClient) -> None:
    most = int(LIMITS["export"].partition("/")[0])
    assert {desk.get("/export.csv").status_code for _ in range(most)} == {200}
    refused = desk.get("/export.csv")
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert desk.get("/").status_code == 200
