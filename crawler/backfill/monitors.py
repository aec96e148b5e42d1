"""The databases of other monitors: NewsDiffs (with its git repository of texts) and diffengine."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lxml import html
from lxml.etree import ParserError

from crawler.backfill.capture import Capture, ImportTroubleError, noted
from crawler.backfill.dump import as_database
from crawler.backfill.feed_history import git
from crawler.discover.address import AddressError, canonical
from db.types import Article, Block, Role

NEWSDIFFS, DIFFENGINE = "newsdiffs/1", "diffengine/1"
_SPACE = re.compile(r"\s+")
_SCHEME = re.compile(r"^https?://")
_HEADING = re.compile(r"h[1-6]")
_NEWSDIFFS_ROWS = """
    SELECT a.url, v.v, v.title, v.byline, v.date FROM version v JOIN "Articles" a ON a.id = v.article_id
    WHERE NOT v.boring ORDER BY a.id, v.date, v.id"""
_DIFFENGINE_ROWS = """
    SELECT url, title, summary, created, archive_url FROM entryversion ORDER BY entry_id, created, id"""


def newsdiffs(file: Path, texts: Path | None) -> Iterator[Capture]:
    """The versions of a NewsDiffs database: a SQLite file, or a dump of MySQL. `texts` is the git repository that it names its
    versions in; without it, headlines and bylines alone are taken. Raises `ImportTroubleError` for what is none."""
    for row in _rows(file, _NEWSDIFFS_ROWS, "NewsDiffs (tables Articles and version)"):
        at, url = _instant(row["date"]), _address(row["url"])
        if at is None or url is None:
            continue
        text = _text(texts, str(row["v"]), str(row["url"])) if texts else None
        title, byline = _plain(row["title"]), _plain(row["byline"]) or None
        body = tuple(Block(Role.PARAGRAPH, line) for line in _lines(text, title, byline))
        article = Article(
            url, title, {"title": title} if title else {}, byline=byline, body=body, body_complete=text is not None
        )
        said = {"url": row["url"], "v": row["v"], "title": row["title"], "byline": row["byline"], "text": text}
        yield Capture(url, noted(url, at, said, f"newsdiffs {file.name}"), article, NEWSDIFFS)


def diffengine(file: Path) -> Iterator[Capture]:
    """The versions of a diffengine database (SQLite). Raises `ImportTroubleError` for what is none."""
    for row in _rows(file, _DIFFENGINE_ROWS, "diffengine (table entryversion)"):
        at, url = _instant(row["created"]), _address(row["url"])
        if at is None or url is None:
            continue
        title = _plain(row["title"])
        article = Article(url, title, {"title": title} if title else {}, body=_blocks(str(row["summary"] or "")))
        said = {name: row[name] for name in ("url", "title", "summary", "archive_url")}
        yield Capture(url, noted(url, at, said, f"diffengine {file.name}"), article, DIFFENGINE)


def _rows(file: Path, query: str, what: str) -> Iterator[dict[str, Any]]:
    try:
        with closing(as_database(file)) as database:
            database.row_factory = sqlite3.Row
            for row in database.execute(query):
                yield dict(row)
    except sqlite3.Error as error:
        raise ImportTroubleError(f"{file} is no database of {what}: {error}") from error
    except OSError as error:
        raise ImportTroubleError(f"{file} cannot be read: {error.strerror or error}") from error


def _text(repository: Path, commit: str, url: str) -> str | None:
    """An article's text in a commit, under its address without the scheme, as NewsDiffs names its files."""
    if not re.fullmatch(r"[0-9a-f]{7,64}", commit):
        return None
    try:
        found = git(repository, "show", f"{commit}:{_SCHEME.sub('', url).rstrip('/')}")
    except ImportTroubleError:
        return None
    return found.decode("utf-8", "replace")


def _lines(text: str | None, title: str, byline: str | None) -> Iterator[str]:
    """The paragraphs of a text, whose first lines repeat date, title and byline."""
    lines = [_plain(line) for line in (text or "").splitlines()]
    head = next((n for n, line in enumerate(lines[:6], 1) if line and line in {title, byline or title}), 0)
    for number, line in enumerate(lines):
        if line and number >= head and line not in {title, byline}:
            yield line


def _blocks(summary: str) -> tuple[Block, ...]:
    if not summary.strip():
        return ()
    try:
        root = html.fromstring(f"<div>{summary}</div>")
    except (ParserError, ValueError):
        return ()
    blocks = []
    for element in root.iter("p", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"):
        words = _plain("".join(map(str, element.itertext())))
        if words and not any(child.tag == "p" for child in element):
            role = Role.HEADING if _HEADING.fullmatch(str(element.tag)) else Role.PARAGRAPH
            blocks.append(Block(role, words))
    whole = _plain("".join(map(str, root.itertext())))
    return tuple(blocks) or ((Block(Role.PARAGRAPH, whole),) if whole else ())


def _plain(text: object) -> str:
    return _SPACE.sub(" ", str(text or "")).strip()


def _address(url: object) -> str | None:
    try:
        return canonical(str(url or ""))
    except AddressError:
        return None


def _instant(value: object) -> datetime | None:
    """A time as these databases keep it: UTC without saying so."""
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
