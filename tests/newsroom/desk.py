"""The desk: every edit that a newsroom makes to what it has published."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.newsroom.outlets import Outlet
from tests.newsroom.story import Notice, Story, Version
from tests.newsroom.texts import LANGUAGES, Draft

FIRST_ID = 1782301


class Desk:
    """Methods that change stories. An edit bumps the modified time unless `bump` is false (a stealth edit)."""

    lock: threading.RLock

    def __init__(self, outlets: dict[str, Outlet], now: Callable[[], datetime]) -> None:
        self.outlets = outlets
        self.now = now
        self.next_id = FIRST_ID

    # What is there

    def outlet(self, key: str) -> Outlet:
        return self.outlets[key]

    def stories(self, outlet: str | None = None) -> list[Story]:
        """Stories, oldest first; of one outlet or of all."""
        with self.lock:
            return [s for o in self.outlets.values() if outlet in {None, o.key} for s in o.stories]

    def story(self, outlet: str, index: int = -1) -> Story:
        """An outlet's story by position; the newest by default."""
        with self.lock:
            return self.outlet(outlet).stories[index]

    def url(self, story: Story) -> str:
        return self.outlet(story.outlet).base + story.path

    def dateline(self, story: Story) -> str:
        """The dateline as printed, without the space at its end."""
        return self.outlet(story.outlet).dateline_text(story.now).strip()

    def time_line(self, story: Story) -> str:
        return self.outlet(story.outlet).time_text(story.now)

    # Publishing

    def publish(
        self,
        outlet: str,
        *,
        headline: str,
        paragraphs: Sequence[str],
        published: datetime | None = None,
        slug: str = "story",
        path: str | None = None,
        draft: Draft | None = None,
        **fields: Any,
    ) -> Story:
        """Publish a story; `fields` are those of `Version`. Its page, feeds and sitemaps show it at once."""
        with self.lock:
            house = self.outlet(outlet)
            moment = (published or self.now()).replace(microsecond=0)
            fields.setdefault("section", house.sections[0])
            version = Version(headline=headline, paragraphs=tuple(paragraphs), published=moment, **fields)
            number, self.next_id = self.next_id, self.next_id + 1
            where = path or house.address_path(number, slug, version.section, moment)
            story = Story(number, outlet, where, slug, [version], draft, saved=moment)
            house.stories.append(story)
            return story

    # Editing

    def edit(self, story: Story, *, bump: bool = True, **changes: Any) -> Version:
        """A new version with the named fields changed; the edit that the others are made of."""
        with self.lock:
            moment = self._tick(story)
            if bump:
                changes.setdefault("modified", moment)
            return story.revise(**changes)

    def _tick(self, story: Story) -> datetime:
        """Save the page now, at least a second after it was last saved: Last-Modified has whole seconds."""
        moment = self.now().replace(microsecond=0)
        last = story.saved or story.now.published
        story.saved = moment if moment > last else last + timedelta(seconds=1)
        return story.saved

    def edit_headline(
        self, story: Story, headline: str, *, bump: bool = True, surfaces: Sequence[str] | None = None
    ) -> Version:
        """Change the headline everywhere, or on the named surfaces only (h1, title, og, twitter, json_ld, feed)."""
        if surfaces is None:
            return self.edit(story, bump=bump, headline=headline, surfaces={})
        return self.edit(story, bump=bump, surfaces={**story.now.surfaces, **dict.fromkeys(surfaces, headline)})

    def edit_deck(self, story: Story, deck: str, *, bump: bool = True) -> Version:
        return self.edit(story, bump=bump, deck=deck)

    def edit_body(self, story: Story, index: int, text: str, *, bump: bool = True) -> Version:
        """Replace one paragraph."""
        paragraphs = list(story.now.paragraphs)
        paragraphs[index] = text
        return self.edit(story, bump=bump, paragraphs=tuple(paragraphs))

    def replace_text(self, story: Story, old: str, new: str, *, bump: bool = True) -> Version:
        """Replace words wherever they stand in the body; ValueError where they stand nowhere."""
        changed = tuple(p.replace(old, new) for p in story.now.paragraphs)
        if changed == story.now.paragraphs:
            raise ValueError(f"{old!r} is not in the body of {story.headline!r}")
        return self.edit(story, bump=bump, paragraphs=changed)

    def add_paragraph(self, story: Story, text: str, *, index: int | None = None, bump: bool = True) -> Version:
        paragraphs = list(story.now.paragraphs)
        paragraphs.insert(len(paragraphs) if index is None else index, text)
        return self.edit(story, bump=bump, paragraphs=tuple(paragraphs))

    def drop_paragraph(self, story: Story, index: int, *, bump: bool = True) -> Version:
        paragraphs = list(story.now.paragraphs)
        del paragraphs[index]
        return self.edit(story, bump=bump, paragraphs=tuple(paragraphs))

    def edit_dateline(self, story: Story, place: str, *, bump: bool = True) -> Version:
        """Change the place of the dateline; empty takes the dateline away."""
        return self.edit(story, bump=bump, place=place, dateline=None)

    def change_byline(self, story: Story, *names: str, bump: bool = True) -> Version:
        return self.edit(story, bump=bump, byline=names)

    def edit_caption(self, story: Story, caption: str, *, bump: bool = True) -> Version:
        return self.edit(story, bump=bump, caption=caption)

    def retag(self, story: Story, *tags: str, bump: bool = True) -> Version:
        return self.edit(story, bump=bump, tags=tags)

    def correct(self, story: Story, text: str = "", *, nature: str = "correction", place: str = "bottom") -> Version:
        """Add a notice; without `text` a usual one in the outlet's language."""
        if not text:
            person = story.draft.slots["person"] if story.draft else "the speaker"
            text = LANGUAGES[self.outlet(story.outlet).language].correction.format(person=person)
        return self.edit(story, notices=(*story.now.notices, Notice(nature, text, place)))

    def bump_modified(self, story: Story) -> Version:
        """Freshen: a new modified time and nothing else."""
        return self.edit(story)

    def change_published(self, story: Story, moment: datetime) -> Version:
        """Move the published time (and the displayed time line with it), leaving the modified time alone."""
        return self.edit(story, bump=False, published=moment.replace(microsecond=0), time_line=None)

    def backdate(self, story: Story, by: timedelta) -> Version:
        return self.change_published(story, story.now.published - by)

    def edit_time_line(self, story: Story, text: str) -> Version:
        """Change only the time line as displayed."""
        return self.edit(story, bump=False, time_line=text)

    def revert(self, story: Story) -> Version:
        """Publish the version before the current one again, byte for byte of content."""
        with self.lock:
            self._tick(story)
            story.versions.append(story.versions[-2])
            return story.now

    # Page state

    def remove(self, story: Story, status: int = 410) -> None:
        self._state(story, "removed", status=status, listed=False)

    def soft_404(self, story: Story) -> None:
        """The page says it is not found, with status 200."""
        self._state(story, "soft_404", listed=False)

    def restore(self, story: Story) -> None:
        """Back to a live page, whatever was done to its state, fault, variants or cache."""
        with self.lock:
            story.fault, story.variants, story.stale = "", (), None
            self._state(story, "live")

    def move(self, story: Story, path: str | None = None, *, status: int = 301) -> str:
        """Give the story a new path; the old one redirects. Returns the new address."""
        with self.lock:
            house = self.outlet(story.outlet)
            old = story.path
            new = path or house.address_path(self.next_id, story.slug + "-2", story.now.section, story.now.published)
            self.next_id += 1
            house.stories.append(Story(story.id, story.outlet, old, story.slug, list(story.versions)))
            ghost = house.stories[-1]
            ghost.state, ghost.moved_to, ghost.status, ghost.listed = "moved", new, status, False
            story.path = new
            return house.base + new

    def paywall(self, story: Story) -> None:
        """Show two paragraphs and a subscription box, and say so in the linked data."""
        self._state(story, "paywalled")

    def ab_test(self, story: Story, *headlines: str) -> None:
        """Serve these headlines in turn, one a visit; one headline is paired with the current one."""
        with self.lock:
            story.variants = headlines if len(headlines) > 1 else (story.headline, *headlines)

    def cdn_stale(self, story: Story, version: Version | None = None) -> None:
        """Serve an old version (by default the one before) on every other visit."""
        with self.lock:
            story.stale = version or story.versions[-2]

    def break_page(self, story: Story, fault: str) -> None:
        """Let a misbehaviour of the zoo (such as `http-500`, `hang`) answer instead of the page; `restore` ends it."""
        with self.lock:
            story.fault = fault

    def _state(self, story: Story, state: str, *, status: int = 200, listed: bool = True) -> None:
        with self.lock:
            self._tick(story)
            story.state, story.status, story.listed = state, status, listed
