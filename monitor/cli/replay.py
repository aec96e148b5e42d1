"""`newswatch replay`: the archive through today's reader and rules."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db.engine import reading, writing
from db.home import Home
from db.queries import pages, replays, sources
from monitor import replay as replaying
from monitor.cli.changes import page_of
from monitor.cli.common import console, database, existing_home, home_of, instant, now, settings_of
from monitor.cli.errors import CommandError, UsageError
from monitor.replay import Difference, Step
from monitor.report.json_lines import line
from monitor.report.safe import safe, shorten

if TYPE_CHECKING:
    from crawler.sources import Settings
    from monitor.service.replaying import Replayer, Tally

STYLES = {replaying.APPEAR: "green", replaying.VANISH: "red", replaying.ALTER: "yellow"}
Pairs = Sequence[tuple[int, int, int]]


@dataclass(slots=True)
class Run:
    """One replay: what to do with each step."""

    engine: Engine
    apply: bool
    as_json: bool
    batch: str
    counts: Counter[str]


def replay(
    context: typer.Context,
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    url: Annotated[str | None, typer.Option(help="Only this article.")] = None,
    since: Annotated[str | None, typer.Option(help="Only versions seen since: 24h, 7d, 2026-05-04.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Make the changes say what the replay finds.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take the last replay that was applied back.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a difference.")] = False,
) -> None:
    """Read archived versions again with today's reader and rules, and list which changes would appear, vanish or alter."""
    if undo and (apply or source or url or since):
        raise UsageError("--undo takes back the whole last replay; give it alone")
    home = existing_home(home_of(context))
    settings = settings_of(home)
    with database(home, settings) as engine:
        if undo:
            _undo(engine)
            return
        with reading(engine) as session:
            pairs = _pairs(session, source, url, since)
        run = Run(engine, apply, as_json, uuid.uuid4().hex, Counter())
        tally = asyncio.run(_replay(run, home, settings, pairs))
    if not as_json:
        _sum_up(run, tally)


def _undo(engine: Engine) -> None:
    with writing(engine) as session:
        count = replaying.take_back(session, now())
    if count is None:
        raise CommandError("no replay was applied that could be taken back")
    console().print(f"{count} changes are as they were before the replay.")


def _pairs(session: Session, source: str | None, url: str | None, since: str | None) -> Pairs:
    record = sources.by_name(session, source) if source else None
    if source and record is None:
        raise UsageError(f"no such source: {source!r}; `newswatch sources list` shows them")
    return replays.pairs(
        session,
        source_id=record.id if record else None,
        page_id=page_of(session, url) if url else None,
        since=instant(since, now()),
    )


async def _replay(run: Run, home: Home, settings: Settings, pairs: Pairs) -> Tally:
    from crawler.readers import Readers
    from monitor.service.replaying import Replayer

    with reading(run.engine) as session:
        zones = {record.id: record.effective.get("zone") for record in sources.every(session)}
    readers = Readers(1)
    try:
        table = settings.significance or None
        replayer = Replayer(run.engine, home.archive_dir, readers, zone_of=zones.get, table=table)
        await _all(run, replayer, pairs)
    finally:
        await asyncio.to_thread(readers.close)
    return replayer.tally


async def _all(run: Run, replayer: Replayer, pairs: Pairs) -> None:
    async for step in replayer.steps(pairs):
        with reading(run.engine) as session:
            page = pages.get(session, step.after.revision.page_id)
        for difference in step.differences:
            run.counts[difference.verdict] += 1
            _tell(run, page.url if page else "?", step, difference)
        if run.apply:
            with writing(run.engine) as session:
                replaying.apply(session, step, batch=run.batch, at=now())


def _tell(run: Run, url: str, step: Step, difference: Difference) -> None:
    if run.as_json:
        typer.echo(line(_json(url, step, difference)))
        return
    was, change = difference.was, difference.now
    text = Text.assemble((difference.verdict, STYLES[difference.verdict]), f" {change.kind}")
    text.append(f" ({change.surface})" if change.surface else "")
    text.append(f", change {was.id}" if was else "")
    text.append(f": {shorten(change.before, 60) or '—'} → {shorten(change.after, 60) or '—'}")
    old = f"{', '.join(was.change.natures)} → " if was and difference.verdict == replaying.ALTER else ""
    text.append(f"\n    {old}{', '.join(change.natures)} · {change.significance} · {safe(url)}", style="dim")
    console().print(text)


def _json(url: str, step: Step, difference: Difference) -> dict[str, Any]:
    was, change = difference.was, difference.now
    return {
        "verdict": difference.verdict,
        "url": url,
        "change": was.id if was else None,
        "revision_before": step.before.revision.id,
        "revision_after": step.after.revision.id,
        "kind": str(change.kind),
        "surface": change.surface,
        "before": change.before,
        "after": change.after,
        "natures": [str(nature) for nature in change.natures],
        "natures_before": [str(nature) for nature in was.change.natures] if was else None,
        "significance": str(change.significance),
        "suppressed_by": change.suppressed_by,
    }


def _sum_up(run: Run, tally: Tally) -> None:
    verb = "" if run.apply else "would "
    words = ", ".join(
        f"{run.counts[name]} {verb}{name}" for name in (replaying.APPEAR, replaying.VANISH, replaying.ALTER)
    )
    console().print(f"{tally.compared} pairs of versions of {len(tally.pages)} articles read again: {words}.")
    if tally.unreadable:
        console().print(
            f"{tally.unreadable} pairs could not be read again; their archived answers are gone or no article."
        )
    if sum(run.counts.values()):
        hint = "`newswatch replay --undo` takes it back" if run.apply else "`--apply` makes it so"
        console().print(f"{hint}.", style="dim")


def register(app: typer.Typer) -> None:
    app.command()(replay)
