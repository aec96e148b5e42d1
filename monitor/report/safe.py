"""Text from the web on a terminal: control characters and direction overrides are shown, never obeyed."""

from __future__ import annotations

import re

# C0 and C1 controls but tab and newline; bidirectional overrides (CVE-2021-42574 shows what they can hide)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def safe(text: str | None) -> str:
    """The text with every control character replaced by `�`."""
    return _CONTROL.sub("\ufffd", text or "")


def shorten(text: str | None, width: int) -> str:
    """One line of at most `width` characters."""
    line = " ".join(safe(text).split())
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"
