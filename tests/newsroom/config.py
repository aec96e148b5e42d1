"""A newswatch.toml that watches a newsroom."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tests.newsroom.feeds import INDEX, SITEMAPS
from tests.newsroom.outlets import Outlet

if TYPE_CHECKING:
    from tests.newsroom.newsroom import Newsroom

LOOPBACK = ("127.0.0.0/8",)


def config_toml(
    newsroom: Newsroom,
    *,
    pace: float = 0.2,
    outlets: Iterable[str] | None = None,
    sitemaps: bool = True,
    settings: Mapping[str, object] | None = None,
) -> str:
    """The text: `[newswatch]` opened for loopback, with `settings` added, and a `[[source]]` an outlet.

    The newsroom must be running, for its ports stand in it.
    """
    general: dict[str, object] = {"allow_addresses": list(LOOPBACK), **(settings or {})}
    parts = ["[newswatch]\n" + _table(general)]
    wanted = None if outlets is None else set(outlets)
    parts += [
        "[[source]]\n" + _table(source(outlet, pace, sitemaps=sitemaps))
        for outlet in newsroom.outlets.values()
        if wanted is None or outlet.key in wanted
    ]
    return "\n".join(parts)


def write_config(
    newsroom: Newsroom, home: Path, *, pace: float = 0.2, settings: Mapping[str, object] | None = None
) -> Path:
    """Write `newswatch.toml` into a home folder, which is made where it is missing."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / "newswatch.toml"
    path.write_text(config_toml(newsroom, pace=pace, settings=settings), encoding="utf-8")
    return path


def source(outlet: Outlet, pace: float, *, sitemaps: bool = True) -> dict[str, object]:
    """An outlet's `[[source]]` as a mapping."""
    return {
        "name": outlet.name,
        "home": outlet.base + "/",
        "feeds": [outlet.base + path for path in outlet.feeds],
        "sitemaps": [outlet.base + INDEX, outlet.base + SITEMAPS[2]] if sitemaps else [],
        "zone": outlet.zone,
        "language": outlet.language,
        "pace": pace,
        "exclude": ["/section/", "/tag/", "/topic/"],
    }


def _table(values: Mapping[str, object]) -> str:
    # JSON's strings, numbers, booleans and flat lists of them are TOML's as well.
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())
