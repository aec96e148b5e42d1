"""What a kind's rules say before the whole pair is judged, and the pair they look at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import regex

from db.types import ARTICLE_TYPES, Article, Nature, PageType
from monitor.changes.cuts import shared_extent
from monitor.changes.diff import Ops, word_ops
from monitor.changes.edit import edit_of, words_of
from monitor.changes.natures import classify
from monitor.changes.natures.names import NamesIn
from monitor.changes.story import story

NAMES_FROM = 60_000
"""Characters of both bodies in which names are looked for."""
_REMARK = regex.compile(r"[;,(]")
_ORIGIN = regex.compile(r"same day as ([^;]+)")


@dataclass(frozen=True, slots=True)
class Draft:
    """A change before its significance is known; `suppressed_by` names the noise rule that hides it."""

    kind: str
    before: str | None
    after: str | None
    natures: tuple[Nature, ...] = ()
    facts: tuple[str, ...] = ()
    ops: Ops = ()
    surface: str | None = None
    suppressed_by: str | None = None

    def plus(self, *natures: Nature, facts: tuple[str, ...] = ()) -> Draft:
        """The same with more natures and facts."""
        return replace(
            self,
            natures=tuple(dict.fromkeys((*self.natures, *natures))),
            facts=tuple(dict.fromkeys((*self.facts, *facts))),
        )


@dataclass(frozen=True)
class Pair:
    """Two readings of one page, by one reader version."""

    before: Article
    after: Article

    @cached_property
    def language(self) -> str | None:
        """The story's language, as the newer reading names it."""
        return self.after.language or self.before.language

    @cached_property
    def comparable(self) -> bool:
        """Whether both are articles at all; an error or consent page is never compared with one."""
        return self.before.page_type in ARTICLE_TYPES and self.after.page_type in ARTICLE_TYPES

    @cached_property
    def bodies_comparable(self) -> bool:
        """Whether both bodies were read whole from pages of one type."""
        return self._two_bodies and self.before.body_complete and self.after.body_complete

    @cached_property
    def previews_comparable(self) -> bool:
        """Whether both bodies are cut short, and may be compared as far as both reach."""
        return self._two_bodies and not self.before.body_complete and not self.after.body_complete

    @cached_property
    def _two_bodies(self) -> bool:
        same_type = self.before.page_type == self.after.page_type
        return self.comparable and same_type and bool(self.before.body) and bool(self.after.body)

    @cached_property
    def live(self) -> bool:
        """Whether both are rolling pages."""
        return self.before.page_type == self.after.page_type == PageType.LIVE

    @cached_property
    def stories(self) -> tuple[list[str], list[str]]:
        """The paragraphs of both bodies that are the story; of previews, as far as both reach."""
        old, new = story(self.before, self.after), story(self.after, self.before)
        return shared_extent(old, new) if self.previews_comparable else (old, new)

    @cached_property
    def names(self) -> NamesIn:
        """Words known as names from both bodies."""
        texts = dict.fromkeys(block.text for side in (self.before, self.after) for block in side.body)
        return NamesIn("\n".join(texts)[:NAMES_FROM])

    def same_place(self, name: str) -> bool:
        """Whether both readings took the field from the same place of the page (or neither says where)."""
        return place(self.before.provenance.get(name)) == place(self.after.provenance.get(name))


def place(provenance: str | None) -> str:
    """The place a provenance names, without the remarks after it ("json_ld datePublished; no zone …" gives "json_ld
    datePublished")."""
    if not provenance:
        return ""
    origin = _ORIGIN.search(provenance)
    return _REMARK.split(origin[1] if origin else provenance, maxsplit=1)[0].strip()


def text_draft(
    kind: str, before: str, after: str, pair: Pair, *, headline: bool = False, surface: str | None = None
) -> Draft:
    """A draft for a short text that differs, judged by every rule of natures."""
    ops = word_ops(before, after, pair.language)
    verdict = classify(edit_of(before, after, pair.language, ops=ops, headline=headline, names=pair.names))
    return Draft(kind, before, after, verdict.natures, verdict.facts, ops, surface)


def field_drafts(kind: str, name: str, pair: Pair) -> list[Draft]:
    """The change of a text field that both readings took from the same place. A field missing on one side may be the reader's
    miss, so it is kept but hidden."""
    before, after = getattr(pair.before, name), getattr(pair.after, name)
    if before == after:
        return []
    if before and after:
        return [text_draft(kind, before, after, pair)] if pair.same_place(name) else []
    return [one_sided(kind, before, after, suppressed_by="missing_field")]


def one_sided(kind: str, before: str | None, after: str | None, *, suppressed_by: str | None = None) -> Draft:
    """A text that stands on one side alone."""
    nature, tag = (Nature.ADDED, "insert") if after else (Nature.REMOVED, "delete")
    ops = ((tag, before or "", after or ""),)
    return Draft(
        kind, before or None, after or None, (nature,), (f"{kind} {nature}",), ops, suppressed_by=suppressed_by
    )


def byline_alone(ops: Ops, pair: Pair) -> bool:
    """Whether an edit only repeats that the byline has other names now, as an author's note or a photo credit does."""
    gone, come = ({w for name in side.authors for w in words_of(name)} for side in (pair.before, pair.after))
    if not gone or not come or gone == come:
        return False
    words = [(_unmarked(b), _unmarked(a)) for tag, b, a in ops if tag != "equal"]
    words = [(b, a) for b, a in words if b or a]
    return bool(words) and all(set(b) <= gone and set(a) <= come for b, a in words)


def _unmarked(text: str) -> list[str]:
    """The words of `text` without the figure of a footnote or affiliation that is glued to a name."""
    return [w.rstrip("0123456789") or w for w in words_of(text)]
