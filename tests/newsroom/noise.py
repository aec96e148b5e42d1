"""What differs on every visit to a real page although nobody edited anything."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Noise:
    """Switches. `Noise()` is all on; `Noise.quiet()` gives the same bytes for the same version."""

    nonces: bool = True
    ads: bool = True
    related: bool = True
    newsletter: bool = True
    clock: bool = True
    ticker: bool = True
    counters: bool = True
    relative_times: bool = True
    ab_classes: bool = True
    cookies: bool = True

    @classmethod
    def quiet(cls) -> Noise:
        return cls(*([False] * 10))


@dataclass(frozen=True, slots=True)
class Teaser:
    """A link to another story, as boxes show it."""

    url: str
    title: str
    ago: str


@dataclass(frozen=True, slots=True)
class Visit:
    """What one visit's page carries; a switched-off part is empty."""

    nonce: str = ""
    csrf: str = ""
    build: str = "0"
    ab: str = ""
    clock: str = ""
    weather: str = ""
    ticker: str = ""
    views: int = 0
    comments: int = 0
    ad_every: int = 0
    ad_id: str = ""
    ago: str = ""
    newsletter: bool = False
    cookies: bool = False
    related: tuple[Teaser, ...] = ()
    most_read: tuple[Teaser, ...] = ()
    year: int = 2024
    pad: str = ""
    extra: tuple[str, ...] = field(default=())


AGO = {
    "en": ("{n} minutes ago", "{n} hours ago"),
    "de": ("vor {n} Minuten", "vor {n} Stunden"),
    "es": ("hace {n} minutos", "hace {n} horas"),
    "ja": ("{n}分前", "{n}時間前"),
}


def ago(language: str, then: datetime, now: datetime) -> str:
    """A relative time as pages print it."""
    minutes = max(1, int((now - then).total_seconds() // 60))
    short, long = AGO[language]
    return short.format(n=minutes) if minutes < 120 else long.format(n=minutes // 60)


def make_visit(
    noise: Noise, rng: random.Random, local: datetime, *, teasers: list[Teaser], relative: str, pad: str
) -> Visit:
    """Roll the dice for one visit; `teasers` are all that may be shown, `local` the outlet's own time."""
    shown = rng.sample(teasers, min(3, len(teasers))) if noise.related else []
    most = rng.sample(teasers, min(4, len(teasers))) if noise.related else []
    token = f"{rng.getrandbits(64):016x}"
    return Visit(
        nonce=token if noise.nonces else "",
        csrf=f"{rng.getrandbits(128):032x}" if noise.nonces else "",
        build=f"{rng.getrandbits(32):08x}" if noise.nonces else "0",
        ab=rng.choice(("exp-a", "exp-b", "ctl-7")) + f"-{rng.randint(1, 99)}" if noise.ab_classes else "",
        clock=f"{local:%A, %B} {local.day}, {local.year} {local:%H:%M:%S}" if noise.clock else "",
        weather=f"{rng.randint(4, 34)}°C" if noise.clock else "",
        ticker=_ticker(rng) if noise.ticker else "",
        views=rng.randint(1000, 99000) if noise.counters else 0,
        comments=rng.randint(1, 400) if noise.counters else 0,
        ad_every=rng.randint(2, 4) if noise.ads else 0,
        ad_id=f"div-gpt-ad-{rng.getrandbits(40)}" if noise.ads else "",
        ago=relative if noise.relative_times else "",
        newsletter=noise.newsletter,
        cookies=noise.cookies,
        related=tuple(shown),
        most_read=tuple(most),
        year=local.year,
        pad=pad,
    )


def _ticker(rng: random.Random) -> str:
    marks = ("PSEi", "DAX", "IBEX 35", "Nikkei 225", "S&P 500")
    return " · ".join(f"{m} {rng.uniform(900, 40000):,.2f} {rng.choice('▲▼')}{rng.uniform(0, 3):.2f}%" for m in marks)


def padding(kilobytes: int) -> str:
    """Script and navigation markup that makes a page as heavy as real ones; the same for every visit."""
    if not kilobytes:
        return ""
    rng = random.Random(kilobytes)
    parts: list[str] = []
    size = 0
    while size < kilobytes * 1024:
        part = _pad_script(rng) if len(parts) % 3 else _pad_menu(rng)
        parts.append(part)
        size += len(part)
    return "\n".join(parts)


def _pad_script(rng: random.Random) -> str:
    keys = ",".join(
        f'"k{rng.getrandbits(24):x}":[{rng.randint(0, 999)},{rng.randint(0, 999)},"{rng.getrandbits(48):x}"]'
        for _ in range(60)
    )
    return f"<script>window.__cfg=Object.assign(window.__cfg||{{}},{{{keys}}});</script>"


def _pad_menu(rng: random.Random) -> str:
    words = ("World", "Nation", "Sport", "Business", "Opinion", "Lifestyle", "Weather", "Video")
    items = "".join(
        f'<li class="menu-item menu-item-{rng.randint(100, 9999)}"><a href="/topic/{rng.getrandbits(20):x}" data-ga="nav">'
        f'<svg viewBox="0 0 16 16"><path d="M{rng.randint(0, 16)} {rng.randint(0, 16)}h8v8z"/></svg>{rng.choice(words)}</a></li>'
        for _ in range(25)
    )
    return f'<nav class="mega-menu" aria-hidden="true"><ul>{items}</ul></nav>'
