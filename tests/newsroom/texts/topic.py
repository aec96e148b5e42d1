"""Topics with slots, and the drafts that come of them: plausible news without end."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

Slots = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Topic:
    """A story with slots in braces: {place} {person} {other} {town} {n} {m} {pct} {money}.

    `headlines` says the same in several ways; the first is the usual one and holds {n} or {person}.
    """

    slug: str
    section: str
    headlines: tuple[str, ...]
    deck: str
    caption: str
    paragraphs: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Language:
    """Word lists and topics of one language. `background` paragraphs lengthen a story."""

    code: str
    topics: tuple[Topic, ...]
    background: tuple[str, ...]
    people: tuple[str, ...]
    reporters: tuple[str, ...]
    cities: tuple[str, ...]
    towns: tuple[str, ...]
    additions: tuple[str, ...]
    correction: str
    synonyms: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A topic with its slots filled: enough to write the headline again with another number or name."""

    topic: Topic
    slots: Slots
    extra: tuple[str, ...] = ()
    variant: int = 0

    @property
    def headline(self) -> str:
        return self.topic.headlines[self.variant % len(self.topic.headlines)].format(**self.slots)

    @property
    def deck(self) -> str:
        return self.topic.deck.format(**self.slots)

    @property
    def caption(self) -> str:
        return self.topic.caption.format(**self.slots)

    @property
    def paragraphs(self) -> tuple[str, ...]:
        return tuple(p.format(**self.slots) for p in (*self.topic.paragraphs, *self.extra))

    def with_slot(self, name: str, value: str) -> Draft:
        return replace(self, slots={**self.slots, name: value})

    def with_variant(self, variant: int) -> Draft:
        return replace(self, variant=variant)


def draft(language: Language, topic: Topic, rng: random.Random) -> Draft:
    """Fill a topic's slots from the language's lists; `rng` decides all."""
    person, other = rng.sample(language.people, 2)
    slots = {
        "place": rng.choice(language.cities),
        "town": rng.choice(language.towns),
        "person": person,
        "other": other,
        "n": str(rng.randint(12, 68)),
        "m": str(rng.randint(103, 890)),
        "pct": str(rng.randint(3, 38)),
        "money": str(rng.randint(2, 95)),
    }
    extra = tuple(rng.sample(language.background, rng.randint(0, min(4, len(language.background)))))
    return Draft(topic, slots, extra)
