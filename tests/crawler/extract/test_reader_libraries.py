"""What a reading rests on is installed with newswatch, not only with the tools of its developers."""

from __future__ import annotations

import re
from importlib import metadata

from crawler.extract.reader import LIBRARIES


def test_every_reading_library_is_a_dependency_of_the_program() -> None:
    required = metadata.requires("newswatch") or []
    names = {re.split(r"[^A-Za-z0-9_.-]", text, maxsplit=1)[0].lower() for text in required if "extra ==" not in text}
    assert set(LIBRARIES) <= names
