"""Feeds that somebody scraped into a git repository: what each commit's file says of each story."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from crawler.backfill.capture import Capture, ImportTroubleError, noted
from crawler.discover.feed import Entry, parse
from db.types import Article, Failure

READER = "feed/1"
_EPOCH_FIELDS = 2


@dataclass(slots=True)
class _Story:
    """The sights of one story: the first and the last of each run of equal entries, by which windows are exact."""

    sights: list[tuple[datetime, str, Entry]] = field(default_factory=list)
    last: tuple[datetime, str, Entry] | None = None

    def see(self, at: datetime, commit: str, entry: Entry) -> None:
        sight = at, commit, entry
        if self.last is None or _said(self.last[2]) != _said(entry):
            if self.last is not None and self.sights[-1] is not self.last:
                self.sights.append(self.last)
            self.sights.append(sight)
        self.last = sight

    def every(self) -> list[tuple[datetime, str, Entry]]:
        return [*self.sights, *([self.last] if self.last and self.sights[-1] is not self.last else [])]


def stories(repository: Path, file: str, zone: str | None = None) -> Iterator[Capture]:
    """What the commits of a feed's file say, story by story. Raises `ImportTroubleError` where git cannot tell."""
    found: dict[str, _Story] = {}
    for commit, at in commits(repository, file):
        made = parse(f"https://feed.invalid/{file}", git(repository, "show", f"{commit}:{file}"), None, zone)
        if isinstance(made, Failure):
            continue  # a commit that holds an error page is no feed: nothing is known of that moment
        for entry in made.entries:
            if entry.title:
                found.setdefault(entry.url, _Story()).see(at, commit, entry)
    for url, story in found.items():
        for at, commit, entry in story.every():
            yield _capture(url, at, commit, file, entry)


def commits(repository: Path, file: str) -> list[tuple[str, datetime]]:
    """The commits that touched a file, oldest first, with their times."""
    lines = git(repository, "log", "--reverse", "--no-merges", "--diff-filter=AM", "--format=%H %ct", "--", file)
    pairs = [line.split() for line in lines.decode("ascii", "replace").splitlines()]
    found = [(one[0], datetime.fromtimestamp(int(one[1]), UTC)) for one in pairs if len(one) == _EPOCH_FIELDS]
    if not found:
        raise ImportTroubleError(f"no commit of {repository} touched {file}; name a file by its path in the repository")
    return sorted(found, key=lambda one: one[1])


def git(repository: Path, *words: str) -> bytes:
    """What git prints. Raises `ImportTroubleError` with what it says where it fails."""
    command = ["git", "-C", str(repository), *words]
    try:
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - no shell; git of the path
    except FileNotFoundError as error:
        raise ImportTroubleError("git is not installed here; install it") from error
    if done.returncode:
        why = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
        raise ImportTroubleError(f"git says of {repository}: {why[0]}")
    return done.stdout


def _said(entry: Entry) -> tuple[str | None, str | None]:
    return entry.title, entry.published


def _capture(url: str, at: datetime, commit: str, file: str, entry: Entry) -> Capture:
    title = entry.title or ""
    article = Article(
        url, title, {"feed": title}, published=entry.published, provenance={"headline": "feed"}, body_complete=False
    )
    said = {"title": entry.title, "link": url, "published": entry.published, "updated": entry.updated}
    return Capture(url, noted(url, at, said, f"git {commit} {file}"), article, READER)
