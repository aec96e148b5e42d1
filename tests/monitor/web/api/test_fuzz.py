"""Schemathesis calls every operation with what its description allows and with what it does not: no server error, and every
answer as described."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.monitor.web.api.fuzzing import EXAMPLES, FUZZED, Caller, calls


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with tempfile.TemporaryDirectory() as folder, calls(Path(folder)) as found:
        yield found


@pytest.mark.slow
@pytest.mark.parametrize("operation", FUZZED)
def test_no_call_is_answered_by_an_error_of_ours(caller: Caller, operation: str) -> None:
    assert caller.fuzz(operation, EXAMPLES) > 0
