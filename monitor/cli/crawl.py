"""`newswatch crawl` and `newswatch watch`: fetch addresses now."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.text import Text

from db.engine import reading
from db.home import Home
from db.queries import feeds, sources
from monitor.cli.addresses import checked
from monitor.cli.common import console, database, home_of, on_terminal, settings_of, zone_of
from monitor.cli.errors import CommandError, UsageError
from monitor.cli.wiring import works_settings
from monitor.report.json_lines import change_json, line
from monitor.report.safe import safe, shorten
from monitor.report.terminal import change_table

if TYPE_CHECKING:
    from crawler.oneoff import Options
    from crawler.sources import Settings
    from db.records import CrawlItem, CrawlRecord
    from monitor.service.crawls import Answer

Teller = Callable[["Answer", "CrawlRecord"], None]


def crawl(
    context: typer.Context,
    targets: Annotated[
        list[str] | None,
        typer.Argument(help="Addresses, names of sources, or addresses of feeds.", metavar="TARGET..."),
    ] = None,
    due: Annotated[bool, typer.Option("--due", help="Everything that is due now.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Keep watching it.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be stored; store nothing.")] = False,
    render: Annotated[
        bool | None,
        typer.Option("--render/--no-render", help="Render them in a browser, now and from now on; or no more."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a page.")] = False,
) -> None:
    """Fetch pages now, through the engine that runs or one of its own, and show what changed.

    Ends with 0 where every target was answered, with 1 where one failed.
    """
    from crawler.oneoff import Options

    if not targets and not due:
        raise UsageError("name an address, a source or a feed, or say --due")
    if render is not None and due:
        raise UsageError("--render and --no-render are for pages that you name, not for all that is due")
    if watch and dry_run:
        raise UsageError("--watch stores and --dry-run does not: choose one")
    home = home_of(context)
    settings = settings_of(home)
    wanted = _targets(home, settings, targets or [])
    _run(home, settings, wanted, Options(due=due, dry_run=dry_run, watch=watch, render=render), as_json=as_json)


def watch(
    context: typer.Context,
    urls: Annotated[list[str], typer.Argument(help="Addresses of articles.", metavar="URL...")],
    render: Annotated[
        bool | None, typer.Option("--render/--no-render", help="Render them in a browser; or no more.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a page.")] = False,
) -> None:
    """Watch single articles from now on: fetch each once and check it again as it ages."""
    from crawler.oneoff import Options

    home = home_of(context)
    settings = settings_of(home)
    _run(home, settings, [checked(url) for url in urls], Options(watch=True, render=render), as_json=as_json)


def _targets(home: Home, settings: Settings, named: Sequence[str]) -> list[str]:
    """Sources by name, feeds and addresses as they are. Raises `UsageError` for what is none of these."""
    known = {source.name for source in settings.sources}
    with database(home, settings) as engine, reading(engine) as session:
        known |= {record.name for record in sources.every(session)}
        lists = {feed.url for feed in feeds.every(session)}
    return [name if name in known or name in lists else _address(name) for name in named]


def _address(name: str) -> str:
    if "://" not in name:
        raise UsageError(f"{name!r} is no source (`newswatch sources list`) and no address; write https://…")
    return checked(name)


def _run(home: Home, settings: Settings, targets: Sequence[str], options: Options, *, as_json: bool) -> None:
    from monitor.service.crawls import NoWorkerError
    from monitor.service.crawls import crawl as see_through

    works = works_settings(settings)
    try:
        if as_json:
            ended = see_through(home, works, targets, options, lambda answer, _: typer.echo(line(answer_json(answer))))
        else:
            ended = _with_bar(lambda tell: see_through(home, works, targets, options, tell), settings)
    except NoWorkerError as error:
        raise CommandError(str(error)) from error
    if ended.state != "done":
        raise CommandError(
            "the crawl was ended early; what was fetched is stored, and the service goes on with the rest"
        )
    if ended.failed:
        raise typer.Exit(1)


def answer_json(answer: Answer) -> dict[str, Any]:
    """A page of a crawl in the contract's shape, with the reason of a failure or what a dry run would store."""
    item = answer.item
    found: dict[str, Any] = {
        "url": item.url,
        "status": item.status,
        "outcome": item.outcome,
        "revision": item.revision_id,
        "changes": [change_json(record) for record in answer.changes],
    }
    if item.reason == "dry_run":
        return {**found, "would_store": json.loads(item.detail or "{}")}
    return {**found, "reason": item.reason, "detail": item.detail} if item.reason else found


def _with_bar(run: Callable[[Teller], CrawlRecord], settings: Settings) -> CrawlRecord:
    """Run with a progress bar on a terminal, then show what changed."""
    answers: list[Answer] = []
    out = console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console(stderr=True), transient=True, disable=not on_terminal()) as bar:
        task: TaskID = bar.add_task("Fetching", total=None)

        def tell(answer: Answer, crawl: CrawlRecord) -> None:
            answers.append(answer)
            bar.update(task, total=crawl.total, completed=crawl.done + crawl.failed)
            bar.console.print(_line(answer.item)) if bar.live.is_started and on_terminal() else out.print(
                _line(answer.item)
            )

        ended = run(tell)
    changes = [record for answer in answers for record in answer.changes]
    out.print(f"{ended.done} fetched, {ended.failed} failed, {len(changes)} changes")
    if changes:
        out.print(change_table(changes, zone_of(settings.display_zone)))
    return ended


def _line(item: CrawlItem) -> Text:
    style = "red" if item.state == "failed" else "green"
    text = Text.assemble((f"{item.outcome or item.state:13}", style), safe(item.url))
    if item.reason == "dry_run":
        found = json.loads(item.detail or "{}")
        text.append(f"\n{'':13}would store: {shorten(found.get('headline'), 90)}", style="dim")
        rest = [found.get("published"), found.get("byline"), f"{found.get('characters')} characters of text"]
        text.append(f"\n{'':13}{shorten(' · '.join(part for part in rest if part), 110)}", style="dim")
    elif item.reason:
        text.append(f"\n{'':13}{item.reason}: {shorten(item.detail, 110)}", style="dim")
    return text


def register(app: typer.Typer) -> None:
    app.command()(crawl)
    app.command()(watch)
