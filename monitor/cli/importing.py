"""`newswatch import`: past versions from archives, public archives, scraped feeds and other monitors' databases."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from sqlalchemy import Engine

from crawler.backfill import feed_history, monitors, wayback
from crawler.backfill.capture import Capture, ImportTroubleError
from crawler.discover.address import AddressError, canonical
from db.engine import reading, writing
from db.home import Home
from db.queries import notes, pages, sources
from monitor.cli.common import console, database, existing_home, home_of, instant, now, settings_of
from monitor.cli.errors import CommandError, UsageError
from monitor.report.safe import safe

if TYPE_CHECKING:
    from crawler.sources import Settings
    from monitor.service.importing import Importer

T = TypeVar("T")
group = typer.Typer(no_args_is_help=True, help="Take in past versions; nobody is told of old changes.")
CHUNK = 200  # captures in memory at a time
WORDS = {
    "new": "first versions",
    "changed": "versions put in their place",
    "rebased": "versions that nothing could be compared with",
    "same": "sights of a version that is known",
    "known": "taken in before",
    "changes": "changes",
    "gone": "times that it was not there",
    "held": "not believed until another says the same",
    "covered": "told better by the pages themselves",
    "unread": "no article",
    "elsewhere": "of no source (name one by --source, or --all)",
    "forgotten": "of articles that were forgotten",
}

SourceName = Annotated[str | None, typer.Option("--source", help="Put articles of no known site under this source.")]
Anyone = Annotated[bool, typer.Option("--all", help="Take articles of no known site as well (source adhoc).")]
Watch = Annotated[bool, typer.Option("--watch", help="Watch articles that were not known from now on.")]


@group.command("warc")
def of_warc(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="WARC files, packed or not.")],
    source: SourceName = None,
    everything: Anyone = False,
    watch: Watch = False,
) -> None:
    """Pages in WARC files, of the sources' sites unless said otherwise."""
    from crawler.backfill import warc  # with it comes the engine, which takes a second to load

    home, settings, skipped = *_opened(context), Counter[str]()

    async def work(importer: Importer, _engine: Engine) -> None:
        for file in files:
            found = warc.pages(file, importer.wanted, lambda why: skipped.update([why]))
            while chunk := await asyncio.to_thread(_portion, found, CHUNK):
                await importer.take(sorted(chunk, key=lambda capture: (capture.url, capture.at)))

    _run(home, settings, work, source, everything, watch)
    _left(skipped)


@group.command("wayback")
def of_wayback(
    context: typer.Context,
    target: Annotated[str, typer.Argument(help="An article's address, or a source: all its known articles.")],
    since: Annotated[str | None, typer.Option("--from", help="Only copies from then on: 2024-05-01, 90d.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Only copies up to then.")] = None,
    most: Annotated[int | None, typer.Option(min=1, help="Copies to fetch in this run.")] = None,
    base: Annotated[
        str, typer.Option("--archive", envvar="NEWSWATCH_WAYBACK", help="The archive's address.")
    ] = wayback.DEFAULT,
    pause: Annotated[float, typer.Option(min=0.0, help="Seconds between two requests.")] = 1.0,
    again: Annotated[bool, typer.Option("--again", help="From the beginning, not where the last run ended.")] = False,
    source: SourceName = None,
    watch: Watch = False,
) -> None:
    """Copies of a public archive (the Wayback Machine). Broken off, the same command goes on where it ended."""
    home, settings, skipped = *_opened(context), Counter[str]()
    at = now()
    window = tuple(wayback.stamp(found) if found else None for found in (instant(since, at), instant(until, at)))
    agent = f"newswatch (+{settings.contact})" if settings.contact else "newswatch"
    try:
        archive = wayback.Archive(base, agent, pause, skipped=lambda why: skipped.update([why]))
    except ImportTroubleError as error:
        raise UsageError(str(error)) from error

    async def work(importer: Importer, engine: Engine) -> None:
        left = most
        for url in _urls(engine, target):
            note = _note(base, url, window)
            cursor = None if again else await asyncio.to_thread(_noted, engine, note)
            copies = archive.copies(url, since=cursor or window[0], until=window[1])
            left = await _copies(importer, engine, archive, url, copies, note, cursor, left)
            if left == 0:
                break

    _run(home, settings, work, source, True, watch)
    _left(skipped)


async def _copies(
    importer: Importer,
    engine: Engine,
    archive: wayback.Archive,
    url: str,
    copies: Iterator[wayback.Copy],
    note: str,
    cursor: str | None,
    left: int | None,
) -> int | None:
    """Fetch copies in portions, each stored before the next is asked for. Gives how many more may be fetched."""
    rest = (copy for copy in copies if cursor is None or copy.stamp > cursor)
    while left != 0:
        size = min(20, left) if left is not None else 20
        portion = await asyncio.to_thread(_portion, rest, size)
        if not portion:
            break
        made = [await asyncio.to_thread(archive.capture, url, copy) for copy in portion]
        await importer.take([capture for capture in made if capture])
        await asyncio.to_thread(_put, engine, note, portion[-1].stamp)
        left = left - len(portion) if left is not None else None
    return left


@group.command("feed-history")
def of_feed_history(
    context: typer.Context,
    repository: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="The git repository.")],
    file: Annotated[str, typer.Argument(help="The feed's file, by its path in the repository.")],
    source: SourceName = None,
    everything: Anyone = False,
    watch: Watch = False,
) -> None:
    """Headlines of a feed that somebody scraped into a git repository, commit by commit."""
    _given(context, feed_history.stories(repository, file), source, everything, watch)


@group.command("newsdiffs")
def of_newsdiffs(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Its SQLite file, or a dump of MySQL.")],
    texts: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="The git repository of the articles' texts.")
    ] = None,
    source: SourceName = None,
    everything: Anyone = False,
    watch: Watch = False,
) -> None:
    """Versions of a NewsDiffs database."""
    _given(context, monitors.newsdiffs(file, texts), source, everything, watch)


@group.command("diffengine")
def of_diffengine(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Its SQLite file.")],
    source: SourceName = None,
    everything: Anyone = False,
    watch: Watch = False,
) -> None:
    """Versions of a diffengine database."""
    _given(context, monitors.diffengine(file), source, everything, watch)


def _given(
    context: typer.Context, captures: Iterable[Capture], source: str | None, everything: bool, watch: bool
) -> None:
    home, settings = _opened(context)

    async def work(importer: Importer, _engine: Engine) -> None:
        found = iter(captures)
        while chunk := await asyncio.to_thread(_portion, found, CHUNK):
            await importer.take(chunk)

    _run(home, settings, work, source, everything, watch)


# ------------------------------------------------------------------------------------------- shared


def _portion(found: Iterator[T], size: int) -> list[T]:
    return list(islice(found, size))


def _opened(context: typer.Context) -> tuple[Home, Settings]:
    home = existing_home(home_of(context))
    return home, settings_of(home)


def _run(home: Home, settings: Settings, work: object, source: str | None, everything: bool, watch: bool) -> None:
    from monitor.service.importing import PROCESS, Where
    from monitor.service.lock import HomeBusyError, engine_lock
    from monitor.service.sealing import Sealer

    try:
        with engine_lock(home.path / "import.lock", PROCESS), database(home, settings) as engine:
            _sync(engine, settings, source)
            tally = asyncio.run(_worked(home, engine, settings, Where(source, everything, watch), work))
            Sealer(home, engine).run(now(), ended=PROCESS, daily=True)
    except HomeBusyError as error:
        raise CommandError(f"another import runs on {home.path}; wait for its end") from error
    except ImportTroubleError as error:
        raise CommandError(str(error)) from error
    for name, words in WORDS.items():
        if tally[name]:
            console().print(f"{tally[name]:>8,} {words}", markup=False)
    if not any(tally.values()):
        console().print("Nothing was found to take in.")


async def _worked(home: Home, engine: Engine, settings: Settings, where: object, work: object) -> Counter[str]:
    async with _importer(home, engine, settings, where) as importer:
        await work(importer, engine)  # type: ignore[operator]
        return importer.tally


@asynccontextmanager
async def _importer(home: Home, engine: Engine, settings: Settings, where: object) -> AsyncIterator[Importer]:
    from crawler.readers import Readers
    from monitor.service.importing import Importer, Where

    assert isinstance(where, Where)
    readers = Readers(min(settings.readers, os.cpu_count() or 1))
    importer = Importer(home, engine, readers, where, table=settings.significance or None)
    try:
        yield importer
    finally:
        await asyncio.to_thread(importer.close)
        await asyncio.to_thread(readers.close)


def _sync(engine: Engine, settings: Settings, source: str | None) -> None:
    from monitor.cli.wiring import declared
    from monitor.service.works import sync

    with writing(engine) as session:
        sync(session, tuple(declared(found) for found in settings.sources), now())
        names = {found.name for found in sources.every(session)}
    if source is not None and source not in names:
        raise UsageError(f"there is no source {source!r}; `newswatch sources list` shows them")


def _urls(engine: Engine, target: str) -> list[str]:
    with reading(engine) as session:
        named = next((found for found in sources.every(session) if found.name == target), None)
        if named:
            return [page.url for page in pages.of_source(session, named.id)]
    try:
        return [canonical(target)]
    except AddressError as error:
        raise UsageError(f"{target!r} is neither a source nor an address: {error}") from error


def _note(base: str, url: str, window: tuple[str | None, ...]) -> str:
    return "wayback:" + hashlib.sha256(f"{base}\0{url}\0{window}".encode()).hexdigest()[:32]


def _noted(engine: Engine, name: str) -> str | None:
    with reading(engine) as session:
        return notes.get(session, name)


def _put(engine: Engine, name: str, value: str) -> None:
    with writing(engine) as session:
        notes.put(session, name, value)


def _left(skipped: Counter[str]) -> None:
    for why, count in skipped.most_common():
        console().print(f"{count:>8,} left out: {safe(why)}", markup=False)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="import")
