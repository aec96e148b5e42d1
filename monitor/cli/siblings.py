"""`newswatch siblings`: the same wire story on other outlets."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.text import Text

from db.engine import reading, writing
from db.records import ChangeRecord
from monitor import siblings as finding
from monitor.cli.changes import page_of
from monitor.cli.common import console, database, existing_home, home_of, settings_of
from monitor.report.json_lines import line
from monitor.report.safe import safe, shorten
from monitor.siblings import Sibling
from monitor.syndication import CARRIED, NOT_CARRIED

_STYLES = {CARRIED: "green", NOT_CARRIED: "bold red"}


def siblings(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="The article's address.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a sibling.")] = False,
) -> None:
    """List where else the same story stands, and whether each copy carries this article's edits."""
    home = existing_home(home_of(context))
    with database(home, settings_of(home)) as engine:
        with writing(engine) as session:
            while finding.keep(session, finding.prints(session)):
                pass  # what a one-off stored while no service ran
        with reading(engine) as session:
            page_id = page_of(session, url)
            edits = finding.edits_of(session, page_id)
            found = finding.siblings(session, page_id, edits)
    if as_json:
        for sibling in found:
            typer.echo(line(_json(sibling)))
        return
    if not found:
        console().print("No other outlet that is watched has this story.")
    for sibling in found:
        console().print(_told(sibling, edits))


def _json(sibling: Sibling) -> dict[str, Any]:
    return {
        "url": sibling.page.url,
        "source": sibling.source,
        "headline": sibling.headline,
        "state": sibling.page.state,
        "alike": round(sibling.contained, 2),
        "edits": [{"change": change, "carried": verdict} for change, verdict in sibling.carried.items()],
    }


def _told(sibling: Sibling, edits: list[ChangeRecord]) -> Text:
    text = Text.assemble((f"{safe(sibling.source)}: {safe(sibling.headline)}", "bold"))
    text.append(f"\n{safe(sibling.page.url)} · {sibling.contained:.0%} of the shorter text", style="dim")
    for record in edits:
        change, verdict = record.change, sibling.carried[record.id]
        what = f"{shorten(change.before, 60) or '—'} → {shorten(change.after, 60) or '—'}"
        text.append(f"\n  {verdict}", style=_STYLES.get(verdict, "dim"))
        text.append(f" change {record.id}, {change.kind}: {safe(what)}")
    return text


def register(app: typer.Typer) -> None:
    app.command()(siblings)
