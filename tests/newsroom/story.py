"""A story and its versions: what an outlet publishes and then edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tests.newsroom.texts.topic import Draft


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice printed on the page; `place` is "top" or "bottom" of the body."""

    nature: str
    text: str
    place: str = "bottom"


@dataclass(frozen=True, slots=True)
class Version:
    """One state of the text. Instants are aware. A paragraph that starts with "## " is a heading, with "> " a quote.

    `place` and `agency` make the dateline in the outlet's own style; `dateline` overrides it with text as printed (`""`
    for none). `surfaces` overrides the headline on single surfaces: h1, title, og, twitter, json_ld, feed.
    `time_line` overrides the displayed time.
    """

    headline: str
    published: datetime
    paragraphs: tuple[str, ...]
    deck: str = ""
    byline: tuple[str, ...] = ()
    place: str = ""
    agency: str = ""
    dateline: str | None = None
    modified: datetime | None = None
    caption: str = ""
    tags: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    section: str = ""
    time_line: str | None = None
    surfaces: Mapping[str, str] = field(default_factory=dict)

    def surface(self, name: str) -> str:
        return self.surfaces.get(name, self.headline)


@dataclass(eq=False, slots=True)
class Story:
    """A page of an outlet. Change it through `Newsroom`'s methods only; reading is free.

    `state` is live, removed, soft_404, moved or paywalled; `fault` names a misbehaviour of the zoo that answers instead of
    the page; `variants` are headlines that take turns; `stale` is an old version that takes turns with the current one;
    `false_304` answers 304 to every conditional request; `saved` is when anything about the page last changed;
    `shown` is what the last visit saw: how many versions there were, and the state.
    """

    id: int
    outlet: str
    path: str
    slug: str
    versions: list[Version] = field(default_factory=list)
    draft: Draft | None = None
    drafts: dict[str, Draft] = field(default_factory=dict)
    state: str = "live"
    status: int = 200
    moved_to: str = ""
    fault: str = ""
    variants: tuple[str, ...] = ()
    stale: Version | None = None
    false_304: bool = False
    listed: bool = True
    visits: int = 0
    saved: datetime | None = None
    shown: tuple[int, str] = (0, "")

    @property
    def now(self) -> Version:
        """The current version."""
        return self.versions[-1]

    @property
    def headline(self) -> str:
        return self.now.headline

    @property
    def seen(self) -> bool:
        """Whether a visit has come since the last edit or change of state."""
        return self.shown == (len(self.versions), self.state)

    @property
    def turning(self) -> bool:
        """Whether visits take turns between texts."""
        return bool(self.variants) or self.stale is not None

    def revise(self, **changes: Any) -> Version:
        """Append a version that differs from the current one in the named fields."""
        self.versions.append(replace(self.now, **changes))
        return self.now

    def served(self) -> tuple[Version, str]:
        """The version and the validator's tag for this visit; visits are counted by the caller."""
        version, tag = self.now, f"{self.id}-{len(self.versions)}-{self.state}"
        if self.stale is not None and self.visits % 2:
            version, tag = self.stale, f"{self.id}-stale-{self.state}"
        if self.variants:
            turn = self.visits % len(self.variants)
            version, tag = replace(version, headline=self.variants[turn], surfaces={}), f"{tag}-v{turn}"
        return version, tag
