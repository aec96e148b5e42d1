"""A site over a seeded home."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser

from db.engine import open_engine
from monitor.web.app import create_app
from tests import chromium
from tests.databases import database_at
from tests.monitor.seeded import seed
from tests.monitor.web.site import Site


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.browser() as found:
        yield found


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    engine = open_engine(database_at(tmp_path / "newswatch.db"))
    ids = seed(engine)
    app = create_app(engine, display_zone="Asia/Tokyo", archive=tmp_path / "archive")
    with TestClient(app) as client:
        yield Site(client, ids, engine)
    engine.dispose()
