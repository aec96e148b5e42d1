"""`newswatch noise`: what was hidden, by which rule, where; and showing it again."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text
from sqlalchemy.orm import Session

from db.engine import reading, writing
from db.queries import changes, rulings, sources, suppressions, templates
from db.queries.suppressions import Suppressed
from db.queries.templates import SourceEventRecord
from db.records import ChangeRecord
from monitor import sitewide
from monitor.cli.changes import page_of
from monitor.cli.common import console, database, existing_home, home_of, now, settings_of
from monitor.cli.errors import CommandError, UsageError
from monitor.report.json_lines import iso, line
from monitor.report.safe import safe, shorten

EXAMPLES = 3
PAGES = 10

Source = Annotated[str | None, typer.Option(help="Only this source.")]
Rule = Annotated[str | None, typer.Option(help="Only this rule.")]
Url = Annotated[str | None, typer.Option(help="Only this article.")]

app = typer.Typer(
    name="noise",
    help="Count what the noise rules hid, by rule, source and article; show any of it again.",
    invoke_without_command=True,
    no_args_is_help=False,
)


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to show: suppressions by page, examples of each rule, source events, changes shown again by rule."""

    pages: Sequence[Suppressed]
    examples: dict[str, list[ChangeRecord]]
    events: Sequence[SourceEventRecord]
    undone: dict[str, int]

    def by(self, name: str) -> list[tuple[str, int]]:
        """Totals by `rule` or `source`, most first."""
        totals: Counter[str] = Counter()
        for row in self.pages:
            totals[getattr(row, name)] += row.count
        return totals.most_common()


@app.callback()
def noise(
    context: typer.Context,
    source: Source = None,
    rule: Rule = None,
    url: Url = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a rule and article.")] = False,
) -> None:
    """Count what the noise rules hid, with examples."""
    if context.invoked_subcommand is not None:
        return
    home = existing_home(home_of(context))
    with database(home, settings_of(home)) as engine, reading(engine) as session:
        found = _find(session, source, rule, url)
    if as_json:
        for row in found.pages:
            typer.echo(line(_json(row)))
        for event in found.events:
            typer.echo(line(_event_json(event)))
        return
    if not found.pages and not found.events:
        console().print("Nothing was hidden.")
        return
    _print(found)


@app.command()
def undo(
    context: typer.Context,
    change: Annotated[int | None, typer.Argument(help="The change's id.")] = None,
    rule: Annotated[str | None, typer.Option(help="All that this rule hid.")] = None,
    source: Annotated[str | None, typer.Option(help="With --rule: at this source only.")] = None,
    event: Annotated[int | None, typer.Option(help="All that a source's template change hid.")] = None,
) -> None:
    """Show again what a rule hid. It is recorded; the rule goes on for other changes."""
    if sum(given is not None for given in (change, rule, event)) != 1:
        raise UsageError("give a change's id, or --rule RULE, or --event ID")
    home = existing_home(home_of(context))
    with database(home, settings_of(home)) as engine, writing(engine) as session:
        count = _undo(session, change, rule, source, event)
    console().print(f"{count} {'change is' if count == 1 else 'changes are'} shown again.")


def _undo(session: Session, change: int | None, rule: str | None, source: str | None, event: int | None) -> int:
    at = now()
    if event is not None:
        shown = sitewide.undo(session, event, at)
        if shown is None:
            raise CommandError(f"there is no template change {event}; `newswatch noise` lists them")
        return shown
    ids = [change] if change is not None else _ids(session, rule, source)
    batch = uuid.uuid4().hex
    count = sum(rulings.show(session, number, batch=batch, at=at) for number in ids)
    if change is not None and not count:
        raise CommandError(f"no hidden change has the id {change}; `newswatch changes --all` lists them")
    return count


def _ids(session: Session, rule: str | None, source: str | None) -> list[int]:
    return rulings.hidden_ids(session, rule=rule, source_id=_source_id(session, source))


def _source_id(session: Session, source: str | None) -> int | None:
    if source is None:
        return None
    record = sources.by_name(session, source)
    if record is None:
        raise UsageError(f"no such source: {source!r}; `newswatch sources list` shows them")
    return record.id


def _find(session: Session, source: str | None, rule: str | None, url: str | None) -> Found:
    source_id = _source_id(session, source)
    page_id = page_of(session, url) if url else None
    rows = suppressions.by_page(session, rule=rule, source=source, page_id=page_id)
    examples = {}
    for name in dict.fromkeys(row.rule for row in rows):
        ids = rulings.hidden_ids(session, rule=name, source_id=source_id, page_id=page_id)[:EXAMPLES]
        examples[name] = [record for number in ids if (record := changes.get(session, number))]
    events = templates.every(session, source=source) if rule in {None, rulings.TEMPLATE} and not url else []
    return Found(rows, examples, events, rulings.undone_by_rule(session))


def _print(found: Found) -> None:
    out = console()
    for name, total in found.by("rule"):
        on = sum(1 for row in found.pages if row.rule == name)
        shown = f", {found.undone[name]} shown again" if found.undone.get(name) else ""
        out.print(Text.assemble((name, "bold"), f"  hid {total} on {on} articles{shown}"))
        for record in found.examples.get(name, []):
            before, after = (shorten(side, 50) or "—" for side in (record.change.before, record.change.after))
            out.print(Text(f"    change {record.id}, {record.change.kind}: {before} → {after}", style="dim"))
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim")
    for column in ("hidden", "rule", "source", "article"):
        table.add_column(column, overflow="fold")
    for row in found.pages[:PAGES]:
        table.add_row(str(row.count), row.rule, safe(row.source), safe(row.url))
    out.print()
    out.print(", ".join(f"{safe(name)} {total}" for name, total in found.by("source")), markup=False)
    out.print(table)
    for event in found.events:
        out.print(_event(event))


def _event(event: SourceEventRecord) -> Text:
    where = f"{event.kind}{f' ({event.surface})' if event.surface else ''}"
    text = Text.assemble((f"\n{safe(event.source)} changed its template", "bold"), f", {where}, event {event.id}")
    text.append(f": {shorten(event.before, 60) or '—'} → {shorten(event.after, 60) or '—'}")
    text.append(f"\n    {sitewide.fact(event)}{'; undone' if event.undone else ''}", style="dim")
    return text


def _json(row: Suppressed) -> dict[str, Any]:
    times = {"first": iso(row.first_at), "last": iso(row.last_at)}
    return {"rule": row.rule, "source": row.source, "url": row.url, "count": row.count, **times}


def _event_json(event: SourceEventRecord) -> dict[str, Any]:
    return {
        "event": event.id,
        "source": event.source,
        "kind": event.kind,
        "surface": event.surface,
        "before": event.before,
        "after": event.after,
        "pages": event.pages,
        "compared": event.compared,
        "first": iso(event.first_at),
        "last": iso(event.last_at),
        "undone": event.undone,
        "facts": [sitewide.fact(event)],
    }


def register(parent: typer.Typer) -> None:
    parent.add_typer(app)
