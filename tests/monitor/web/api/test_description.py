"""The API's description: complete, in OpenAPI 3.1, and the reference page made of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import lxml.html
import pytest

from monitor.web.api.guard import SECURITY
from tests.monitor.web.api.conftest import Api

OPERATIONS = re.compile("get|post|put|patch|delete")


@pytest.fixture
def told(lasting: Api) -> dict[str, Any]:
    found: dict[str, Any] = lasting.get("/openapi.json").json()
    return found


def operations(told: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            assert OPERATIONS.fullmatch(method)
            yield path, method, operation


def test_it_is_openapi_31_of_the_api_alone(told: dict[str, Any]) -> None:
    assert told["openapi"].startswith("3.1")
    assert told["servers"] == [{"url": "/api/v1"}]
    assert {"/changes", "/crawls/{crawl_id}/events", "/triage/undo"} <= set(told["paths"])
    assert not [path for path in told["paths"] if path.startswith(("/api", "/static", "/login", "/healthz"))]


def test_every_operation_says_what_it_does_needs_and_answers(told: dict[str, Any]) -> None:
    ids = []
    for path, method, operation in operations(told):
        ids.append(operation["operationId"])
        assert operation["description"], path
        assert operation["tags"], path
        assert operation["security"][0][SECURITY][0] in {"read", "triage", "crawl"}
        assert (operation["security"][0][SECURITY] == ["read"]) == (method == "get")
        assert "application/problem+json" in operation["responses"]["default"]["content"]
        assert "422" not in operation["responses"]
    assert len(set(ids)) == len(ids)


def test_every_reference_leads_somewhere(told: dict[str, Any]) -> None:
    shapes = told["components"]["schemas"]
    for target in set(re.findall(r'"\$ref": ?"#/components/schemas/([^"]+)"', str(told).replace("'", '"'))):
        assert target in shapes


def test_the_reference_pages_have_every_call_and_value_and_no_script(lasting: Api, told: dict[str, Any]) -> None:
    trees = {path: lxml.html.fromstring(lasting.client.get(path).text) for path in ("/api", "/api/values")}
    text = trees["/api"].text_content()
    for path, method, operation in operations(told):
        assert f"{method.upper()} {path}" in text
        assert trees["/api"].get_element_by_id(operation["operationId"]) is not None
    for name in told["components"]["schemas"]:
        assert trees["/api/values"].get_element_by_id(name) is not None
    for here, tree in trees.items():
        for link in tree.xpath("//main//a/@href[contains(., '#')]"):
            path, _, place = link.partition("#")
            assert trees[path or here].get_element_by_id(place) is not None
        assert not tree.xpath("//script[not(@src)] | //style | //@style")
        assert not [link for link in tree.xpath("//@src | //link/@href") if "//" in link]
