"""The real application over a seeded home, and how its forms are sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import lxml.html
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Engine

from monitor.web.forms import FIELD


@dataclass
class Site:
    """A visitor with a browser's cookies."""

    client: TestClient
    ids: list[int]
    engine: Engine

    def tree(self, path: str, status: int = 200) -> lxml.html.HtmlElement:
        response = self.client.get(path)
        assert response.status_code == status, response.text[:300]
        return lxml.html.fromstring(response.text)

    def text(self, path: str) -> str:
        """A page's words, white space made single."""
        return " ".join(self.tree(path).text_content().split())

    def post(
        self, path: str, values: Mapping[str, str | list[str]], *, follow: bool = False, **headers: str
    ) -> Response:
        """Send a form as our own page does."""
        token = self.tree("/preferences").xpath(f"string(//input[@name='{FIELD}']/@value)")
        return self.client.post(path, data={FIELD: token, **values}, follow_redirects=follow, headers=headers)
