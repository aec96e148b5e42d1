"""How a desk rewrites: the new text for each sort of edit. None where the text gives no occasion for it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from tests.newsroom.story import Story
from tests.newsroom.texts import LANGUAGES, Draft

NUMBER_SLOTS = ("n", "m", "pct", "money")
NUMBER = re.compile(r"(?<![\d.,:\w])\d{2,3}(?![\d.,:%０-９])")
QUOTES = (("“", '"'), ("”", '"'), ("„", "»"), ("«", "“"), ("»", "”"), ("「", "『"), ("」", "』"))


def headline_number(story: Story, rng: random.Random) -> str | None:
    """The same headline with another number."""
    return _reslot(story, rng, NUMBER_SLOTS, lambda old: str(int(old) + rng.choice((-3, -2, 2, 3, 4, 9))))


def headline_name(story: Story, rng: random.Random, language: str) -> str | None:
    """The same headline with another person."""

    def another(old: str) -> str:
        return rng.choice([name for name in LANGUAGES[language].people if name != old])

    return _reslot(story, rng, ("person",), another)


def headline_reworded(story: Story, rng: random.Random) -> str | None:
    """The same news in another sentence."""
    if story.draft is None:
        return None
    others = [v for v in range(len(story.draft.topic.headlines)) if v != story.draft.variant]
    redraft(story, story.draft.with_variant(rng.choice(others)))
    return story.draft.headline if story.draft.headline != story.headline else None


def redraft(story: Story, draft: Draft) -> None:
    """Take a draft as the story's, and keep the one before for a headline that returns."""
    if story.draft is not None:
        story.drafts[story.draft.headline] = story.draft
    story.draft = draft


def _reslot(story: Story, rng: random.Random, names: tuple[str, ...], change: Callable[[str], str]) -> str | None:
    draft = story.draft
    if draft is None:
        return None
    template = draft.topic.headlines[draft.variant % len(draft.topic.headlines)]
    usable = [name for name in names if "{" + name + "}" in template]
    if not usable:
        return None
    name = rng.choice(usable)
    redraft(story, draft.with_slot(name, change(draft.slots[name])))
    return story.draft.headline if story.draft else None


def body_number(story: Story, rng: random.Random) -> tuple[int, str] | None:
    """A paragraph by index, with one number changed."""
    spots = [(i, m) for i, p in enumerate(story.now.paragraphs) for m in NUMBER.finditer(p)]
    if not spots:
        return None
    index, match = rng.choice(spots)
    text = story.now.paragraphs[index]
    number = str(int(match.group()) + rng.choice((1, 2, 5, 11)))
    return index, text[: match.start()] + number + text[match.end() :]


def body_reworded(story: Story, rng: random.Random, language: str) -> tuple[int, str] | None:
    """A paragraph by index, with one word said otherwise."""
    pairs = [
        (i, old, new)
        for i, p in enumerate(story.now.paragraphs)
        for old, new in LANGUAGES[language].synonyms
        if i > 0 and _word(old).search(p)
    ]
    if not pairs:
        return None
    index, old, new = rng.choice(pairs)
    return index, _word(old).sub(new, story.now.paragraphs[index], count=1)


def _word(text: str) -> re.Pattern[str]:
    """The text as whole words; Japanese has no spaces to bound them."""
    return re.compile(re.escape(text) if ord(text[0]) > 0x3000 else rf"\b{re.escape(text.strip())}\b")


def requoted(story: Story) -> tuple[str, ...] | None:
    """The body with other quotation marks: a cosmetic edit."""
    changed = []
    for text in story.now.paragraphs:
        new = text
        for old, mark in QUOTES:
            new = new.replace(old, mark)
        changed.append(new)
    return tuple(changed) if tuple(changed) != story.now.paragraphs else None
