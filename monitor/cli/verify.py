"""`newswatch verify`: whether what is stored is what was seen."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db.archive.store import StoreError
from db.engine import reading
from db.evidence import keys, merkle, tree
from db.evidence.audit import AWAY, ERROR, NOTE, Finding, Scope
from db.evidence.note import Head, NoteError, opened
from db.evidence.note import Verifier as NoteVerifier
from db.home import Home
from db.queries import changes, revisions, sources
from db.queries.changes import ChangeFilter
from monitor.cli.changes import page_of
from monitor.cli.common import console, database, existing_home, home_of, instant, now, on_terminal, settings_of
from monitor.cli.errors import CommandError, UsageError
from monitor.report.json_lines import line
from monitor.report.safe import safe

if TYPE_CHECKING:
    from crawler.sources import Settings
    from monitor.service.verifying import Verifier


MOST = 1_000_000  # changes of one article
NOTES_SHOWN = 20  # of what is no harm; `--json` has them all


class Teller:
    """Prints findings as they come, and counts them."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self.errors = self.notes = 0
        self.away: Counter[str] = Counter()

    def __call__(self, finding: Finding) -> None:
        self.errors += finding.level == ERROR
        self.notes += finding.level == NOTE
        self.away.update([finding.what] if finding.level == AWAY else [])
        if self._as_json:
            typer.echo(line({"level": finding.level, "where": finding.where, "what": finding.what}))
            return
        if finding.level == AWAY or (finding.level == NOTE and self.notes > NOTES_SHOWN):
            return
        style = "bold red" if finding.level == ERROR else "dim"
        console().print(f"{finding.level:6} {safe(finding.where)}: {safe(finding.what)}", style=style, markup=False)


def verify(
    context: typer.Context,
    target: Annotated[
        str | None, typer.Argument(help="A change's number or an article's address; all where left out.")
    ] = None,
    full: Annotated[
        bool,
        typer.Option("--full", help="Also read every archived answer again and compare again (some ms a version)."),
    ] = False,
    since: Annotated[str | None, typer.Option(help="Only versions and changes since: 24h, 7d, 2026-05-04.")] = None,
    after: Annotated[int, typer.Option(min=0, help="Go on behind this version, where a run was broken off.")] = 0,
    checkpoint: Annotated[
        Path | None, typer.Option(help="A checkpoint exported earlier: also check that the log only grew since.")
    ] = None,
    processes: Annotated[int | None, typer.Option(min=1, max=64, help="Processes that read; one a core.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a finding, and a summary.")] = False,
) -> None:
    """Check archive, readings, changes, log and signatures. Ends with 0 where all that was looked at is as it was sealed, with 1
    where not. What other machines hold is counted apart: look there, or share a store (archive_store)."""
    home = existing_home(home_of(context))
    settings = settings_of(home)
    tell = Teller(as_json=as_json)
    with database(home, settings) as engine:
        scope = _scope(engine, target, since, after)
        bar = _Bar() if on_terminal() and not as_json else None
        verifier = _verifier(home, engine, settings, bar)
        try:
            for finding in verifier.stored(scope):
                tell(finding)
            if checkpoint:
                for finding in _grew(engine, home, checkpoint):
                    tell(finding)
            if full or target:
                asyncio.run(_derive(verifier, tell, processes or os.cpu_count() or 1))
        except KeyboardInterrupt:
            last = max(verifier.tally.revisions, default=after)
            raise CommandError(f"broken off; `newswatch verify --after {last}` goes on") from None
        except StoreError as error:
            raise CommandError(str(error)) from error
        finally:
            if bar:
                bar.stop()
    _sum_up(verifier, tell, as_json=as_json)
    if tell.errors:
        raise typer.Exit(1)


def _scope(engine: Engine, target: str | None, since: str | None, after: int) -> Scope:
    if target is None:
        return Scope(since=instant(since, now()), after=after)
    if since or after:
        raise UsageError("--since and --after choose among all versions; leave them out beside a change or an address")
    with reading(engine) as session:
        return _of_change(session, int(target)) if target.isdecimal() else _of_url(session, target)


def _of_change(session: Session, number: int) -> Scope:
    record = changes.get(session, number)
    if record is None:
        raise CommandError(f"there is no change {number}; `newswatch changes` lists them")
    both = (record.revision_before, record.revision_after)
    return Scope(revisions=tuple(found for found in both if found is not None), changes=(number,))


def _of_url(session: Session, url: str) -> Scope:
    page = page_of(session, url)
    versions = tuple(found.id for found in revisions.of_page(session, page))
    found = changes.find(session, ChangeFilter(page_id=page, suppressed=True, limit=MOST))
    return Scope(versions, tuple(record.id for record in found))


def _verifier(home: Home, engine: Engine, settings: Settings, bar: _Bar | None) -> Verifier:
    from monitor.service.verifying import Verifier

    with reading(engine) as session:
        zones = {record.id: record.effective.get("zone") for record in sources.every(session)}
    show = bar.show if bar else lambda *_: None
    return Verifier(home, engine, zone_of=zones.get, table=settings.significance or None, tell=show)


class _Bar:
    """How far it is, on standard error."""

    def __init__(self) -> None:
        self._progress = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), console=console(stderr=True), transient=True
        )
        self._task = self._progress.add_task("")
        self._progress.start()

    def show(self, what: str, count: int) -> None:
        self._progress.update(self._task, description=f"{count:,} {what}")

    def stop(self) -> None:
        self._progress.stop()


async def _derive(verifier: Verifier, tell: Teller, count: int) -> None:
    from crawler.readers import Readers

    readers = Readers(count)
    try:
        async for finding in verifier.derived(verifier.tally.revisions, readers, count):
            tell(finding)
    finally:
        await asyncio.to_thread(readers.close)


def _grew(engine: Engine, home: Home, path: Path) -> list[Finding]:
    """Whether the log still begins with what an exported checkpoint was signed over."""
    try:
        head = Head.parse(opened(path.read_text(encoding="utf-8"), _known(engine, home)))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except (NoteError, UnicodeDecodeError) as error:
        return [Finding(ERROR, str(path), str(error))]
    with reading(engine) as session:
        size = tree.size(session)
        if head.size > size:
            return [Finding(ERROR, str(path), f"it is over {head.size} leaves, the log has {size}")]
        try:
            root = merkle.root(head.size, tree.Nodes(session))
        except LookupError as error:
            return [Finding(ERROR, str(path), str(error))]
    return [] if root == head.root else [Finding(ERROR, str(path), "the log was rewritten since it was signed")]


def _known(engine: Engine, home: Home) -> list[NoteVerifier]:
    with reading(engine) as session:
        return keys.known(session, home.path)


def _sum_up(verifier: Verifier, tell: Teller, *, as_json: bool) -> None:
    tally = verifier.tally
    if not as_json and tell.notes > NOTES_SHOWN:
        console().print(f"note   and {tell.notes - NOTES_SHOWN:,} more of that sort; --json has them all", style="dim")
    if as_json:
        counts = {name: getattr(tally, name) for name in ("leaves", "changes", "bytes", "reread", "rederived")}
        counts |= {"other_reader": tally.other_reader, "other_rules": tally.other_rules}
        counts |= {"revisions": len(tally.revisions), "errors": tell.errors, "notes": tell.notes}
        counts |= {"away": dict(tell.away)}
        typer.echo(line({"summary": counts}))
        return
    words = f"{tally.leaves:,} leaves, {len(tally.revisions):,} versions, {tally.changes:,} changes"
    words += f", {tally.bytes / 1e6:,.1f} MB of sealed archive files" if tally.bytes else ""
    console().print(f"Looked at {words}.", markup=False)
    if tally.reread or tally.other_reader:
        console().print(
            f"{tally.reread:,} versions were read again and came out the same or are told above; {tally.other_reader:,} were read"
            f" by another reader than today's, {tally.other_rules:,} compared by other rules: their bytes alone were checked."
        )
    for holder, count in sorted(tell.away.items()):
        console().print(
            f"{count:,} records and files are held on {holder}: not checked here.", style="yellow", markup=False
        )
    clean = "Nothing was altered." if not tell.away else "Nothing that was looked at was altered."
    verdict = clean if not tell.errors else f"{tell.errors} things are not as they were sealed."
    console().print(verdict, style="green" if not tell.errors else "bold red")


def register(app: typer.Typer) -> None:
    app.command()(verify)
