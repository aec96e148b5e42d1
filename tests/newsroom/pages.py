"""HTML of articles, front and section pages, and the page that is not there."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tests.newsroom.labels import LABELS
from tests.newsroom.noise import Teaser, Visit, ago, make_visit, padding
from tests.newsroom.outlets import Outlet
from tests.newsroom.story import Story, Version

if TYPE_CHECKING:
    from tests.newsroom.newsroom import Newsroom

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
SHOWN_BEHIND_PAYWALL = 2


@dataclass(frozen=True, slots=True)
class Item:
    """A block of the page's text column: lead, p, h2, quote, ad or related."""

    role: str
    text: str = ""


@lru_cache(maxsize=4)
def _pad(kilobytes: int) -> str:
    return padding(kilobytes)


def article(room: Newsroom, outlet: Outlet, story: Story, version: Version, dice: random.Random) -> str:
    """One visit's page of a version."""
    visit = _visit(room, outlet, dice, story, version)
    paywalled = story.state == "paywalled"
    context = {
        "o": outlet,
        "v": version,
        "n": visit,
        "t": LABELS[outlet.language],
        "url": outlet.base + story.path,
        "items": items(version, visit, paywalled=paywalled),
        "dateline": outlet.dateline_text(version),
        "published": outlet.local(version.published),
        "modified": outlet.local(version.modified) if version.modified else None,
        "time_line": outlet.time_text(version),
        "modified_line": outlet.time_line(outlet.local(version.modified)) if version.modified else "",
        "top": [n for n in version.notices if n.place == "top"],
        "bottom": [n for n in version.notices if n.place != "top"],
        "paywalled": paywalled,
        "image": f"{outlet.base}/media/{story.id}.jpg" + (f"?v={visit.nonce}" if visit.nonce else ""),
        "linked_data": linked_data(outlet, story, version, paywalled=paywalled),
        "byline": byline(outlet.language, version.byline),
        "story": story,
    }
    return TEMPLATES.get_template(outlet.template).render(context)


def byline(language: str, names: tuple[str, ...]) -> str:
    """Author names joined as the language joins them, without the word "by"."""
    if len(names) < 2 or language == "ja":
        return "、".join(names) if language == "ja" else "".join(names)
    word = {"de": "und", "es": "y"}.get(language, "and")
    return f"{', '.join(names[:-1])} {word} {names[-1]}"


def items(version: Version, visit: Visit, *, paywalled: bool = False) -> list[Item]:
    """Paragraphs with the visit's advertisements and boxes between them."""
    shown = version.paragraphs[:SHOWN_BEHIND_PAYWALL] if paywalled else version.paragraphs
    out: list[Item] = []
    for index, text in enumerate(shown):
        out.append(_item(index, text))
        if visit.ad_every and index % visit.ad_every == visit.ad_every - 1 and index + 1 < len(shown):
            out.append(Item("ad"))
        if visit.related and index == 2:
            out.append(Item("related"))
    return out


def _item(index: int, text: str) -> Item:
    if text.startswith("## "):
        return Item("h2", text[3:])
    if text.startswith("> "):
        return Item("quote", text[2:])
    return Item("lead" if index == 0 else "p", text)


def linked_data(outlet: Outlet, story: Story, version: Version, *, paywalled: bool) -> Markup:
    """JSON-LD NewsArticle, safe inside a script element."""
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": {"@type": "WebPage", "@id": outlet.base + story.path},
        "headline": version.surface("json_ld"),
        "description": version.deck,
        "datePublished": outlet.local(version.published).isoformat(),
        "dateModified": outlet.local(version.modified or version.published).isoformat(),
        "author": [{"@type": "Person", "name": name} for name in version.byline],
        "publisher": {"@type": "Organization", "name": outlet.name},
        "articleSection": version.section,
        "keywords": list(version.tags),
        "inLanguage": outlet.language,
        "isAccessibleForFree": not paywalled,
    }
    text = json.dumps(data, ensure_ascii=False, indent=1).replace("</", "<\\/")
    return Markup(text)


def front(room: Newsroom, outlet: Outlet, section: str | None) -> str:
    """The front page, or a section's, newest first."""
    room.visits += 1
    dice = random.Random(f"{room.seed}-{room.visits}")
    listed = [s for s in reversed(outlet.stories) if s.listed and section in {None, s.now.section}]
    cards = [
        {
            "url": outlet.base + s.path,
            "title": s.now.surface("feed"),
            "deck": s.now.deck,
            "ago": ago(outlet.language, s.now.published, room.now()) if room.noise.relative_times else "",
        }
        for s in listed
    ]
    return TEMPLATES.get_template("front.html").render(
        o=outlet, t=LABELS[outlet.language], cards=cards, section=section, n=_visit(room, outlet, dice, None, None)
    )


def not_found(outlet: Outlet) -> str:
    return TEMPLATES.get_template("not_found.html").render(o=outlet, t=LABELS[outlet.language])


def _visit(room: Newsroom, outlet: Outlet, dice: random.Random, story: Story | None, version: Version | None) -> Visit:
    now = room.now()
    others = [s for s in outlet.stories if s is not story and s.listed]
    teasers = [Teaser(outlet.base + s.path, s.now.headline, ago(outlet.language, s.now.published, now)) for s in others]
    relative = ago(outlet.language, version.published, now) if version else ""
    return make_visit(room.noise, dice, outlet.local(now), teasers=teasers, relative=relative, pad=_pad(outlet.pad_kb))
