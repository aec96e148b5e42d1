"""Calls the API as its description allows and as it does not (schemathesis), and checks each answer against the description."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from monitor.web.api.app import create_api
from monitor.web.desk import Desk
from tests.monitor.web.api.home import furnished

EXAMPLES = 8
# words that no rule of JSON Schema holds (cursors, views by name) may be refused, and on loopback nobody need sign in
LEFT_OUT = ("positive_data_acceptance", "ignored_auth")


def labels() -> list[str]:
    """The operations of the API, as schemathesis names them."""
    desk: Any = object.__new__(Desk)  # the description is made without a database
    paths = create_api(desk).openapi()["paths"]
    return [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]


FUZZED = labels()


class Caller:
    """The application under calls."""

    def __init__(self, app: Any) -> None:
        self._schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)
        load_all_checks()
        self._left_out = [CHECKS.get_one(name) for name in LEFT_OUT]
        self._operations = {found.ok().label: found.ok() for found in self._schema.get_all_operations()}

    def fuzz(self, operation: str, examples: int) -> int:
        """Make about so many calls of one operation, half of them wrong. Gives how many; raises for an answer that is wrong."""
        made = 0
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            if mode is GenerationMode.NEGATIVE and not _can_be_wrong(self._operations[operation]):
                continue

            @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
            @given(case=self._operations[operation].as_strategy(generation_mode=mode))
            def call(case: Any) -> None:
                nonlocal made
                made += 1
                case.call_and_validate(excluded_checks=self._left_out)

            call()
        return made


def _can_be_wrong(operation: Any) -> bool:
    return bool(list(operation.iter_parameters()) or operation.body)


@contextmanager
def calls(folder: Path) -> Iterator[Caller]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # schemathesis' own
        with furnished(folder) as (app, _, _):
            yield Caller(app)
