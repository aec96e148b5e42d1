"""A change's page says how it is sealed, and gives a bundle that a plain Python checks."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, update
from starlette.testclient import TestClient

from db.engine import open_engine, writing
from db.home import Home
from db.models import Revision
from monitor.service.sealing import Sealer
from monitor.web.access.policy import Access
from monitor.web.app import create_app
from tests.monitor.seeded import seeded_home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = seeded_home(tmp_path / "home")
    made.archive_dir.mkdir()
    return made


@pytest.fixture
def engine(home: Home) -> Iterator[Engine]:
    found = open_engine(home.database_url())
    with writing(found) as session:
        session.execute(update(Revision).values(segment=None, offset=None, length=None))
    yield found
    found.dispose()


@pytest.fixture
def desk(home: Home, engine: Engine) -> Iterator[TestClient]:
    with TestClient(create_app(engine, archive=home.archive_dir)) as client:
        yield client


def test_what_is_not_sealed_says_so_and_offers_no_bundle(desk: TestClient) -> None:
    assert "not yet; the service seals" in desk.get("/changes/2").text
    assert desk.get("/changes/2/evidence.zip").status_code == 409
    assert desk.get("/changes/999/evidence.zip").status_code == 404
    assert desk.get("/changes/x/evidence.zip").status_code == 422


def test_what_is_sealed_says_where_and_its_bundle_holds(
    desk: TestClient, home: Home, engine: Engine, tmp_path: Path
) -> None:
    Sealer(home, engine).run(datetime.now(UTC))
    page = desk.get("/changes/2").text
    assert "under checkpoint 1 of" in page
    assert "/changes/2/evidence.zip" in page
    assert "under checkpoint 1 of" in desk.get("/versions/1").text
    answer = desk.get("/changes/2/evidence.zip")
    assert answer.headers["content-type"] == "application/zip"
    assert 'filename="newswatch-change-2.zip"' in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        file.extractall(tmp_path / "there")
    program = tmp_path / "there" / "change-2" / "data" / "verify.py"
    done = subprocess.run([sys.executable, "-I", "-S", program], capture_output=True, text=True, check=False)
    assert (done.returncode, "Everything holds" in done.stdout) == (0, True), done.stdout


def test_without_the_archive_there_is_no_bundle(engine: Engine) -> None:
    with TestClient(create_app(engine)) as client:
        assert client.get("/changes/2/evidence.zip").status_code == 409


def test_the_public_reads_how_it_is_sealed_and_gets_no_bundle(home: Home, engine: Engine) -> None:
    """The archived answers hold what is kept from the public elsewhere, such as cookies."""
    Sealer(home, engine).run(datetime.now(UTC))
    app = create_app(engine, archive=home.archive_dir, access=Access("192.0.2.7", public=True))
    with TestClient(app, base_url="http://192.0.2.7") as client:
        page = client.get("/changes/2")
        assert page.status_code == 200
        assert "under checkpoint 1 of" in page.text
        assert "evidence.zip" not in page.text
        assert client.get("/changes/2/evidence.zip").status_code == 401
