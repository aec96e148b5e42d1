"""`newswatch plan`: what is looked at when and why, what the budget allows and what it will come to. `newswatch pin`: a wish."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from crawler.budget import Budget, BudgetSettings
from crawler.discover.address import same_site
from crawler.sources import Settings
from crawler.watched import Sources
from db.engine import reading, writing
from db.queries import budget as table
from db.queries import checks, feeds, hosts, pages, sources
from db.records import PageRecord
from monitor.cli.addresses import spellings
from monitor.cli.common import console, database, existing_home, home_of, now, settings_of, zone_of
from monitor.cli.errors import CommandError, UsageError
from monitor.report.json_lines import iso, line
from monitor.report.plan import obstacles, state_reason
from monitor.report.safe import safe
from monitor.report.when import ago, stamp

DAY = timedelta(days=1)
_SPAN = re.compile(r"(\d+)\s*(s|m|h|d|w)")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def plan(
    context: typer.Context,
    why: Annotated[
        str | None, typer.Option(metavar="URL", help="Tell of one address why it is or is not looked at.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many of the next checks to list.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
    zone: Annotated[str | None, typer.Option(help="The zone times are shown in.")] = None,
) -> None:
    """Show what is checked next and why, and how much of the budget of fetches is used."""
    home = existing_home(home_of(context))
    settings = settings_of(home)
    at = now()
    with database(home, settings) as engine:
        found = explained(engine, settings, why, at) if why else outlook(engine, settings, at, limit)
    if as_json:
        typer.echo(line(found))
    elif why:
        console().print(Text(safe(f"{found['url']}\n" + "\n".join(f"  {reason}" for reason in found["reasons"]))))
    else:
        _print(console(), found, zone or settings.display_zone, at)


def outlook(engine: Engine, settings: Settings, at: datetime, limit: int) -> dict[str, Any]:
    """The budget, what was used of it, what it will come to, and the next checks."""
    with reading(engine) as session:
        kept = _budget(session, settings)
        known = sum(pages.counts_by_source(session).values())
        return {
            "fetches_a_day": settings.fetches_a_day,
            "used_24h": checks.count_since(session, at - DAY),
            "forecast_24h": round(kept.forecast(session, at)),
            "price": kept.price,
            "pages": known,
            "due": pages.count_due(session, at),
            "due_next_24h": table.due_between(session, at, at + DAY),
            "crowded_hosts": {h: p for h, p in table.host_prices(session).items() if p > kept.price},
            "next": [_row(page, kept, at) for page in pages.next_due(session, limit)],
            "lists": [
                {"url": f.url, "kind": f.kind, "next_check_at": iso(f.next_check_at), "failures": f.failures}
                for f in feeds.every(session)
                if f.active
            ],
        }


def _budget(session: Session, settings: Settings) -> Budget:
    kept = Budget(BudgetSettings(settings.fetches_a_day, settings.promptness, settings.fresh_weight))
    kept.load(session)
    return kept


def _row(page: PageRecord, kept: Budget, at: datetime) -> dict[str, Any]:
    return {
        "url": page.url,
        "next_check_at": iso(page.next_check_at),
        "last_check_at": iso(page.last_check_at),
        "why": reason(page, kept, at),
    }


def reason(page: PageRecord, kept: Budget, at: datetime) -> str:
    """Why a page's next check is when it is, in plain words."""
    known = state_reason(page, at)
    if known:
        return known
    terms = kept.terms(page.source_id, page.host)
    age = ago(page.published_at or page.first_seen_at, at)
    crowded = ", its host is crowded" if terms.price > kept.price else ""
    return f"published {age}, {page.n_changes} edits seen, {terms.mean:.1f} edits a story usual here{crowded}"


def explained(engine: Engine, settings: Settings, url: str, at: datetime) -> dict[str, Any]:
    """Why an address is, or is not, looked at, as a list of reasons."""
    with reading(engine) as session:
        page = pages.find(session, spellings(url))
        if page is None:
            return {"url": url, "page": None, "reasons": _unknown(engine, session, url)}
        kept = _budget(session, settings)
        reasons = [*_obstacles(session, page, at), reason(page, kept, at), _times(page, at)]
        last = checks.of_page(session, page.id, limit=1)
        reasons += [f"last visit: {c.outcome}{f' ({c.reason})' if c.reason else ''}, {ago(c.at, at)}" for c in last]
        return {"url": page.url, "page": page.id, "next_check_at": iso(page.next_check_at), "reasons": reasons}


def _times(page: PageRecord, at: datetime) -> str:
    if page.next_check_at is None:
        return "no next check is set"
    late = page.next_check_at <= at
    return f"{'due since' if late else 'next check'} {iso(page.next_check_at)} ({ago(page.next_check_at, at)})"


def _obstacles(session: Session, page: PageRecord, at: datetime) -> list[str]:
    ahead = sum(count for (name, _), count in table.queues(session, at).items() if name == page.host)
    source, host = sources.get(session, page.source_id), hosts.get(session, page.host)
    return obstacles(page, source, host, ahead, at)


def _unknown(engine: Engine, session: Session, url: str) -> list[str]:
    rules = Sources(engine)
    near = [s for s in sources.every(session) if s.home and same_site(url, s.home)]
    found = ["it is not known: no feed, sitemap or crawl named it"]
    found += [f"{s.name} is switched off" for s in near if not s.enabled]
    found += [f"the patterns of {s.name} leave it out" for s in near if not rules.rules(s.id).accepts(url)]
    if not near:
        found.append("no source's home is on its site; `newswatch sources add` or `newswatch crawl URL` takes it up")
    return found


def _print(out: Console, found: dict[str, Any], zone: str | None, at: datetime) -> None:
    share = found["used_24h"] / found["fetches_a_day"]
    out.print(
        f"Budget: {found['fetches_a_day']:,.0f} fetches of articles a day; last 24 h used {found['used_24h']:,} ({share:.0%})"
    )
    out.print(
        f"Forecast for these {found['pages']:,} articles: {found['forecast_24h']:,} a day; due now {found['due']:,}"
    )
    for host in found["crowded_hosts"]:
        out.print(Text(safe(f"Crowded: {host} has more due than its pace allows; its pages are looked at less")))
    shown = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("next check", "", "why", "article"):
        shown.add_column(name)
    for row in found["next"]:
        due = datetime.fromisoformat(row["next_check_at"])
        shown.add_row(stamp(due, zone_of(zone)), ago(due, at), Text(safe(row["why"])), Text(safe(row["url"])))
    out.print(shown)


def span(text: str) -> timedelta:
    """`5m`, `24h`, `7d` as a length of time. Raises `UsageError` for anything else and for nothing."""
    match = _SPAN.fullmatch(text.strip().lower())
    if not match or not 0 < int(match[1]) * _UNITS[match[2]] <= 366 * 86400:
        raise UsageError(f"not a length of time: {text!r}; write 90s, 5m, 24h or 7d")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def pin(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="The article's address.")],
    every: Annotated[str, typer.Option(help="How far apart it is looked at, such as 5m.")] = "5m",
    until: Annotated[str, typer.Option(help="For how long, such as 24h.")] = "24h",
    off: Annotated[bool, typer.Option("--off", help="End the pin.")] = False,
) -> None:
    """Have one article looked at every few minutes for a while, whatever the budget says; the host's pace is kept."""
    apart, length, at = span(every), span(until), now()
    home = existing_home(home_of(context))
    with database(home) as engine, writing(engine) as session:
        page = pages.find(session, spellings(url))
        if page is None:
            raise CommandError(f"{url} is not watched; `newswatch crawl {url}` takes it up")
        seconds = None if off else int(apart.total_seconds())
        table.pin(session, page.id, seconds, None if off else at + length, at)
    typer.echo(f"{page.url}: " + ("no longer pinned" if off else f"every {every} until {iso(at + length)}"))


def register(app: typer.Typer) -> None:
    app.command()(plan)
    app.command()(pin)
