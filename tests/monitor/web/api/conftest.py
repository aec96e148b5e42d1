"""The API over a furnished home."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Engine

from tests.monitor.web.api.home import furnished

ROOT = "/api/v1"


@dataclass
class Api:
    """A program without a token, on the same machine."""

    client: TestClient
    engine: Engine
    ids: list[int]

    def get(self, path: str, status: int = 200, **headers: str) -> Response:
        return self.call("GET", path, status, **headers)

    def call(self, method: str, path: str, status: int, body: Any = None, **headers: str) -> Response:
        """Call; header names with `_` for `-`. The answer has that status, or the test fails with its words."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        response = self.client.request(method, ROOT + path, json=body, headers=sent)
        assert response.status_code == status, response.text[:400]
        if status >= 400:
            assert response.headers["content-type"] == "application/problem+json"
            assert response.json()["status"] == status
        return response

    def items(self, path: str) -> list[Any]:
        found = self.get(path).json()["items"]
        assert isinstance(found, list)
        return found


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with furnished(tmp_path) as (app, engine, ids), TestClient(app) as client:
        yield Api(client, engine, ids)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """One home for all that only read."""
    with furnished(tmp_path_factory.mktemp("api")) as (app, engine, ids), TestClient(app) as client:
        yield Api(client, engine, ids)
