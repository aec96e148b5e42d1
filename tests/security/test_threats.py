"""Each line of the threat model names a test that exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
LINES = [line for line in TEXT.splitlines() if line.count("|") == 4 and "---" not in line and "| test |" not in line]


def test_the_threats_are_found() -> None:
    assert len(LINES) > 40


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.split("|")[1].strip()[:40])
def test_each_threat_has_a_test_that_exists(line: str) -> None:
    named = NAMED.findall(line.split("|")[3])
    assert named, line
    for path, function in named:
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        tests = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert (function or next(one for one in tests if one.startswith("test_"))) in tests
