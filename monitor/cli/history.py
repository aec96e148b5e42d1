"""`newswatch history`: all versions of one article."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from db.engine import reading
from db.queries import changes, pages, revisions
from monitor import siblings
from monitor.cli.changes import page_of
from monitor.cli.common import console, database, existing_home, home_of, settings_of, zone_of
from monitor.report.json_lines import iso, line
from monitor.report.safe import safe
from monitor.report.terminal import history_table


def history(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="The article's address.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a version.")] = False,
    zone: Annotated[str | None, typer.Option(help="The zone times are shown in.")] = None,
) -> None:
    """Show every version of an article, oldest first."""
    home = existing_home(home_of(context))
    settings = settings_of(home)
    with database(home, settings) as engine, reading(engine) as session:
        page = pages.get(session, page_of(session, url))
        assert page is not None
        versions = revisions.of_page(session, page.id)
        brought = {revision.id: changes.of_revision(session, revision.id) for revision in versions}
        aliases = pages.aliases(session, page.id)
        others = siblings.siblings(session, page.id)
    if as_json:
        for revision in versions:
            typer.echo(
                line(
                    {
                        "revision": revision.id,
                        "seq": revision.seq,
                        "headline": revision.headline,
                        "not_before": iso(revision.not_before),
                        "not_after": iso(revision.not_after),
                        "same_as": revision.same_as,
                        "changes": [record.id for record in brought[revision.id]],
                    }
                )
            )
        return
    out = console()
    out.print(Text.assemble((safe(page.url), "bold"), f"  {page.state}"))
    for alias in aliases:
        out.print(f"also {safe(alias)}", style="dim", markup=False)
    for sibling in others:
        out.print(f"the same story at {safe(sibling.source)}: {safe(sibling.page.url)}", style="dim", markup=False)
    out.print(history_table(versions, brought, zone_of(zone or settings.display_zone)))


def register(app: typer.Typer) -> None:
    app.command()(history)
