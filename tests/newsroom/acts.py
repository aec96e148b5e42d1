"""The desk's acts for the script: each makes one edit and says in plain words what it did."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tests.newsroom import rewrites
from tests.newsroom.newsroom import Newsroom
from tests.newsroom.story import Story
from tests.newsroom.texts import LANGUAGES


@dataclass(frozen=True, slots=True)
class Done:
    """What was done: words for a person, and the kind and nature that a monitor should flag (`""` for none)."""

    words: str
    expect: str


Act = Callable[[Newsroom, Story, random.Random], Done | None]


def _headline(room: Newsroom, story: Story, new: str | None, expect: str) -> Done | None:
    if new is None or new == story.headline:
        return None
    old = story.headline
    room.edit_headline(story, new)
    return Done(f"edits a headline: {old} → {new}", f"headline: {expect}")


def headline_number(room: Newsroom, story: Story, rng: random.Random) -> Done | None:
    return _headline(room, story, rewrites.headline_number(story, rng), "number")


def headline_name(room: Newsroom, story: Story, rng: random.Random) -> Done | None:
    return _headline(room, story, rewrites.headline_name(story, rng, _language(room, story)), "name")


def headline_reworded(room: Newsroom, story: Story, rng: random.Random) -> Done | None:
    return _headline(room, story, rewrites.headline_reworded(story, rng), "reworded")


def dateline(room: Newsroom, story: Story, rng: random.Random) -> Done | None:
    cities = LANGUAGES[_language(room, story)].cities
    place = "TOKYO" if story.now.place == "SEOUL" else rng.choice([c for c in cities if c != story.now.place])
    old = room.dateline(story)
    room.edit_dateline(story, place)
    return Done(f"changes a dateline: {old} → {room.dateline(story)}", "dateline: place")


def byline(room: Newsroom, story: Story, rng: random.Random) -> Done | None:
    names = [n for n in LANGUAGES[_language(room, story)].reporters if n not in story.now.byline]
    old = ", ".join(story.now.byline)
    room.change_byline(story, rng.choice(names))
    return Done(f"changes a byline: {old} → {story.now.byline[0]}", "byline: name")


def correction(room: Newsroom, story: Story, _: random.Random) -> Done | None:
    room.correct(story)
    return Done(f"adds a correction: {story.now.notices[-1].text}", "notice: correction, added")


def stealth(room: Newsroom, story: Story, rng: random.Random) -> Done | None:
    made = rewrites.body_number(story, rng)
    if made is None:
        return None
    room.edit_body(story, *made, bump=False)
    return Done(f"changes a number in paragraph {made[0] + 1} without a new time", "body: number, stealth")


def body_reworded(room: Newsroom, story: Story, rng: random.Random) -> Done | None:
    made = rewrites.body_reworded(story, rng, _language(room, story))
    if made is None:
        return None
    room.edit_body(story, *made)
    return Done(f"rewords paragraph {made[0] + 1}: {made[1]}", "body: reworded")


def body_added(room: Newsroom, story: Story, rng: random.Random) -> Done | None:
    left = [t for t in LANGUAGES[_language(room, story)].additions if t not in story.now.paragraphs]
    if not left:
        return None
    room.add_paragraph(story, rng.choice(left))
    return Done(f"adds a paragraph: {story.now.paragraphs[-1]}", "body: added")


def freshened(room: Newsroom, story: Story, _: random.Random) -> Done | None:
    room.bump_modified(story)
    return Done("gives a story a new modified time and nothing else", "modified: freshened")


def time_line(room: Newsroom, story: Story, _: random.Random) -> Done | None:
    old, moved = room.time_line(story), story.now.published + timedelta(minutes=17)
    if moved > room.now():
        return None
    room.change_published(story, moved)
    return Done(f"changes the time line: {old} → {room.time_line(story)}", "published: time")


def backdated(room: Newsroom, story: Story, _: random.Random) -> Done | None:
    old = room.time_line(story)
    room.backdate(story, timedelta(days=1, hours=2))
    return Done(f"backdates a story: {old} → {room.time_line(story)}", "published: backdated")


def caption(room: Newsroom, story: Story, rng: random.Random) -> Done | None:
    topics = LANGUAGES[_language(room, story)].topics
    slots = story.draft.slots if story.draft else {}
    captions = [c for c in (t.caption.format(**slots) for t in topics) if c != story.now.caption] if slots else []
    if not captions:
        return None
    room.edit_caption(story, rng.choice(captions))
    return Done(f"changes a caption: {story.now.caption}", "caption")


def reverted(room: Newsroom, story: Story, _: random.Random) -> Done | None:
    if len(story.versions) < 2 or story.versions[-2].headline == story.headline:
        return None
    old = story.headline
    room.revert(story)
    story.draft = story.drafts.get(story.headline, story.draft)
    return Done(f"puts the old headline back: {old} → {story.headline}", "headline: reverted")


def flapping(room: Newsroom, story: Story, rng: random.Random) -> Done | None:
    was = story.draft
    other = rewrites.headline_reworded(story, rng)
    story.draft = was
    if other is None:
        return None
    room.ab_test(story, other)
    return Done(f"tests two headlines in turn: {story.headline} ⇄ {other}", "headline: flapping")


def stale(room: Newsroom, story: Story, _: random.Random) -> Done | None:
    if len(story.versions) < 2:
        return None
    room.cdn_stale(story)
    return Done("serves an old copy on every other visit (a stale cache)", "flapping")


def punctuation(room: Newsroom, story: Story, _: random.Random) -> Done | None:
    changed = rewrites.requoted(story)
    if changed is None:
        return None
    room.edit(story, bump=False, paragraphs=changed)
    return Done("changes the quotation marks of a body", "body: punctuation (cosmetic)")


def removal(room: Newsroom, story: Story, _: random.Random) -> Done | None:
    room.remove(story, 410)
    return Done("takes a story down (410 Gone)", "availability: removed")


def restoral(room: Newsroom, story: Story, _: random.Random) -> Done | None:
    room.restore(story)
    return Done("puts a story back", "availability: restored")


def soft_404(room: Newsroom, story: Story, _: random.Random) -> Done | None:
    room.soft_404(story)
    return Done("shows “not found” with status 200 instead of a story", "availability: removed")


def paywall(room: Newsroom, story: Story, _: random.Random) -> Done | None:
    room.paywall(story)
    return Done("puts a story behind a paywall", "availability: paywalled")


def _language(room: Newsroom, story: Story) -> str:
    return room.outlet(story.outlet).language
