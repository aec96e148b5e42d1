"""Text from the web where it is shown: control characters and direction overrides are seen, never obeyed."""

from __future__ import annotations

import json
import re
from urllib.parse import quote, urlsplit

# C0 and C1 controls but tab and newline; bidirectional overrides (CVE-2021-42574 shows what they can hide)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_NOT_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")  # what XML 1.0 (2.2) forbids beside the controls
_KEPT = "%/:=&?~#+!$,;'@()*[]"  # characters with a meaning in an address (RFC 3986, 2.2)


def safe(text: str | None) -> str:
    """The text with every control character replaced by `�`."""
    return _CONTROL.sub("\ufffd", text or "")


def json_text(value: object, *, indent: int | None = None) -> str:
    """The value as JSON, letters as they are. What would command a terminal stands there by its number: a parser reads the same,
    and whoever looks on is safe. JSON itself escapes the controls below U+0020 alone. Instants and the like become texts."""
    return _CONTROL.sub(_by_number, json.dumps(value, ensure_ascii=False, default=str, indent=indent))


def _by_number(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def markup_safe(text: str | None) -> str:
    """As `safe`, and without the code points that no XML document may hold."""
    return _NOT_XML.sub("\ufffd", safe(text))


def web_link(url: str | None) -> str | None:
    """The address as a URI, what is not allowed in one escaped; None unless it is of the web (http, https)."""
    text = markup_safe(url).strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return quote(text, safe=_KEPT) if parts.scheme in {"http", "https"} and parts.netloc else None


def shorten(text: str | None, width: int) -> str:
    """One line of at most `width` characters."""
    line = " ".join(safe(text).split())
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"
