"""The examples of docs/api.md, sent as they stand there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.monitor.web.api.conftest import Api
from tests.monitor.web.api.home import furnished
from tests.monitor.web.api.test_guard import token

TEXT = Path("docs/api.md").read_text(encoding="utf-8")
EXAMPLES = [
    line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines() if "curl" in line
]


@dataclass
class Call:
    """A curl command, as far as the examples use curl."""

    url: str = ""
    method: str = "GET"
    body: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


def read(line: str, **variables: str) -> Call:
    for name, value in variables.items():
        line = line.replace(f"${name}", value)
    call = Call()
    words = iter(shlex.split(line)[1:])
    for word in words:
        if word == "-H":
            name, value = next(words).split(": ", 1)
            call.headers[name] = value
        elif word == "-X":
            call.method = next(words)
        elif word == "--json":
            call.body = next(words)
            call.headers["Content-Type"] = "application/json"
            call.method = "POST" if call.method == "GET" else call.method
        elif word == "-I":
            call.method = "HEAD"
        else:
            assert word in {"-N", "-i", "--compressed"} or word.startswith("http"), word
            call.url = word if word.startswith("http") else call.url
    return call


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with furnished(tmp_path_factory.mktemp("docs")) as (app, engine, ids), TestClient(app) as client:
        yield Api(client, engine, ids)


@pytest.fixture(scope="module")
def held(home: Api) -> str:
    return token(home.engine, "read").removeprefix("Bearer ")


@pytest.mark.parametrize("line", EXAMPLES)
def test_an_example_works_as_it_is_written(home: Api, held: str, line: str) -> None:
    call = read(line, NW="http://testserver/api/v1", TOKEN=held)
    answer = home.client.request(call.method, call.url, content=call.body, headers=call.headers)
    assert answer.status_code in {200, 201}, (line, answer.text)


def test_every_path_is_named_or_shown() -> None:
    assert len(EXAMPLES) > 30
    for path in ("/events", "/versions/", "/suppressions", "/statistics", "/hiding-rules", "/pin", "/triage/undo"):
        assert any(path in line for line in EXAMPLES), path
