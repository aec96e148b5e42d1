"""`newswatch search`: words in headlines and bodies of all versions of all articles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.text import Text

from db.engine import reading, writing
from db.queries import sources
from db.queries.texts import Wanted
from db.words import QueryError, parse
from monitor import searching
from monitor.cli.common import console, database, existing_home, home_of, instant, now, settings_of, zone_of
from monitor.cli.errors import UsageError
from monitor.report.json_lines import iso, line
from monitor.report.safe import safe
from monitor.report.when import stamp
from monitor.searching import Found, Hit, Part, Span

CATCH_UP = 2000  # versions indexed here, where no service did it


def search(
    context: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(help="What to look for: words, 'a phrase', begin*; after -- also -not.", show_default=False),
    ],
    within: Annotated[str | None, typer.Option("--in", help="Only in: headline, body.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only this source; may be given again.")] = None,
    since: Annotated[str | None, typer.Option(help="Versions seen since: 24h, 7d, 2026-05-04.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Articles at most.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object an article.")] = False,
    zone: Annotated[str | None, typer.Option(help="The zone times are shown in.")] = None,
) -> None:
    """Search the texts of all versions: which articles have or had the words, from which version until which.

    An argument with spaces is a phrase. All words must stand in one version; case and accents do not matter.
    """
    try:
        wanted = Wanted(parse(" ".join(_phrase(word) for word in words)), since=instant(since, now()))
    except QueryError as error:
        raise UsageError(str(error)) from error
    if within is not None and within not in searching.WITHIN:
        raise UsageError(f"--in is headline or body, not {within!r}")
    home = existing_home(home_of(context))
    settings = settings_of(home)
    shown_in = zone_of(zone or settings.display_zone)
    with database(home, settings) as engine:
        with writing(engine) as session:
            searching.catch_up(session, CATCH_UP)
        with reading(engine) as session:
            _known(source or (), {one.name for one in sources.every(session)})
            wanted = replace(wanted, within=within, sources=tuple(source or ()))
            found = searching.search(session, wanted, limit)
    _tell(found, as_json, shown_in)


def _phrase(word: str) -> str:
    """The shell took the quotation marks of a phrase away."""
    if '"' in word or len(word.split()) < 2:
        return word
    return f'-"{word[1:]}"' if word.startswith("-") else f'"{word}"'


def _known(names: Iterable[str], every: set[str]) -> None:
    for name in names:
        if name not in every:
            raise UsageError(f"no source is named {name!r}; `newswatch sources list` names them")


def _tell(found: Found, as_json: bool, zone: ZoneInfo) -> None:
    out = console()
    for hit in found.hits:
        if as_json:
            typer.echo(line(_json(hit)))
        else:
            out.print(_told(hit, zone))
    if not found.hits and not as_json:
        out.print("No version of an article that is watched has these words.")
    if found.behind:
        note = f"{found.behind} versions are not indexed yet; the service goes on with them"
        console(stderr=True).print(note, style="dim")
    if found.more is not None and not as_json:
        out.print("There are more; --limit, --since or --source narrow or widen the list.", style="dim")


def _json(hit: Hit) -> dict[str, Any]:
    return {
        "url": hit.url,
        "source": hit.source,
        "headline": hit.version.headline,
        "revision": hit.version.id,
        "seq": hit.version.seq,
        "versions": hit.versions,
        "spans": [
            {
                "first_seq": span.first.seq,
                "first_seen": iso(span.first.not_after),
                "gone_seq": span.gone.seq if span.gone else None,
                "gone_seen": iso(span.gone.not_after) if span.gone else None,
            }
            for span in hit.spans
        ],
        "snippet": "".join(part.text for part in hit.body),
    }


def _told(hit: Hit, zone: ZoneInfo) -> Text:
    text = Text()
    _mark(text, hit.headline, "bold")
    text.append(f"\n{safe(hit.source)} · {safe(hit.url)}", style="dim")
    for span in hit.spans:
        text.append(f"\n  {_when(span, hit, zone)}", style="yellow" if span.gone else "green")
    text.append("\n  ")
    _mark(text, hit.body, "")
    return text.append("\n")


def _mark(text: Text, parts: Iterable[Part], style: str) -> None:
    for part in parts:
        text.append(safe(part.text), style=f"{style} reverse".strip() if part.hit else style)


def _when(span: Span, hit: Hit, zone: ZoneInfo) -> str:
    first = f"since version {span.first.seq} of {hit.versions} (seen {stamp(span.first.not_after, zone)})"
    if span.gone is None:
        return f"{first}, and still there"
    return f"{first}, gone since version {span.gone.seq} (seen {stamp(span.gone.not_after, zone)})"


def register(app: typer.Typer) -> None:
    app.command(context_settings={"ignore_unknown_options": True})(search)
