"""`newswatch status`: what runs, what is due, what failed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy.orm import Session

from db.archive import segments
from db.engine import reading
from db.evidence import checkpoints
from db.home import Home
from db.queries import changes, channels, checks, deliveries, feeds, fleet, jobs, pages, revisions, sources
from monitor.cli.common import console, database, existing_home, home_of, now, settings_of, zone_of
from monitor.report.json_lines import iso, line
from monitor.report.safe import safe
from monitor.report.when import ago, stamp
from monitor.service.lock import holder


def snapshot(session: Session, home: Home, at: datetime) -> dict[str, Any]:
    """What the home looks like now, as JSON."""
    day = at - timedelta(days=1)
    counts = pages.counts_by_source(session)
    listed = feeds.every(session)
    return {
        "home": str(home.path),
        "service": holder(home.lock_path),
        "pages": sum(counts.values()),
        "due": pages.count_due(session, at),
        "next_due_at": iso(pages.next_due_at(session)),
        "revisions": revisions.count(session),
        "archive_bytes": segments.size(home.archive_dir),
        "checkpoint": _checkpoint(session),
        "checks_24h": checks.count_since(session, day),
        "failures_24h": checks.failures_since(session, day),
        "changes_24h": changes.count_by_significance(session, day),
        "channels": _channels(session),
        "jobs": [
            {
                "name": job.name,
                "last_run_at": iso(job.last_run_at),
                "next_run_at": iso(job.next_run_at),
                "result": job.result,
            }
            for job in jobs.every(session)
        ],
        "sources": [
            {
                "name": source.name,
                "enabled": source.enabled,
                "declared": source.declared,
                "pages": counts.get(source.id, 0),
                "feeds": [
                    {"url": f.url, "kind": f.kind, "last_success_at": iso(f.last_success_at), "reason": f.reason}
                    for f in listed
                    if f.source_id == source.id and f.active
                ],
            }
            for source in sources.every(session)
        ],
    }


def _channels(session: Session) -> list[dict[str, Any]]:
    """The channels that people are told by: what waits, what was given up, and whether the last tries failed."""
    counts = deliveries.counts(session)
    return [
        {
            "name": channel.name,
            "failures": channel.failures,
            "last_success_at": iso(channel.last_success_at),
            "last_error": channel.last_error if channel.failures else None,
            **{kind: counts.get(channel.name, {}).get(kind, 0) for kind in ("waiting", "held", "sending", "dead")},
        }
        for channel in channels.every(session)
        if channel.declared or counts.get(channel.name)
    ]


def _checkpoint(session: Session) -> dict[str, Any] | None:
    last = checkpoints.latest(session)
    return {"id": last.id, "size": last.size, "at": iso(last.at)} if last else None


def status(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
    zone: Annotated[str | None, typer.Option(help="The zone times are shown in.")] = None,
) -> None:
    """Tell whether the service runs, what it does next and what failed in the last day."""
    home = existing_home(home_of(context))
    settings = settings_of(home)
    with database(home, settings) as engine, reading(engine) as session:
        found = snapshot(session, home, now())
        if settings.queue:
            found["workers"] = fleet.workers_alive(session, settings.stall_s)
    if as_json:
        typer.echo(line(found))
        return
    _print(console(), found, zone_of(zone or settings.display_zone))


def _when(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _print(out: Console, found: dict[str, Any], zone: ZoneInfo) -> None:
    at = now()
    if "workers" in found:
        out.print(f"Fleet: {found['workers']} workers alive; `newswatch worker` starts one", markup=False)
    else:
        out.print(f"Engine: {_holder(found['service'])}", markup=False)
    out.print(f"Home: {found['home']}", markup=False)
    due = ago(_when(found["next_due_at"]), at) if found["next_due_at"] else "nothing waits"
    out.print(
        f"Watching {found['pages']} articles, {found['revisions']} versions kept; {found['due']} due now, next {due}"
    )
    last = found["checkpoint"]
    sealed = (
        f"checkpoint {last['id']} over {last['size']:,} leaves, {ago(_when(last['at']), at)}" if last else "none yet"
    )
    out.print(f"Evidence: archive {found['archive_bytes'] / 1e6:,.1f} MB; {sealed}")
    loud = found["changes_24h"]
    out.print(
        f"Last 24 h: {found['checks_24h']} checks, {loud['substantive']} substantive, {loud['minor']} minor and "
        f"{loud['cosmetic']} cosmetic changes"
    )
    if found["failures_24h"]:
        reasons = ", ".join(f"{reason} ×{count}" for reason, count in sorted(found["failures_24h"].items()))
        out.print(f"Failed checks: {safe(reasons)}", markup=False)
    for channel in found["channels"]:
        out.print(Text(safe(_told(channel, at))))
    out.print()
    out.print(_jobs(found["jobs"], zone, at))
    out.print()
    out.print(_sources(found["sources"], at))


def _told(channel: dict[str, Any], at: datetime) -> str:
    words = (("waiting", "waiting"), ("sending", "under way"), ("held", "held for later"), ("dead", "given up"))
    parts = [f"{channel[kind]} {said}" for kind, said in words if channel[kind]]
    if channel["failures"]:
        parts.append(f"failed {channel['failures']} times in a row ({channel['last_error']}); see `newswatch doctor`")
    told = f"last told {ago(_when(channel['last_success_at']), at)}"
    return f"Channel {channel['name']}: {', '.join([told, *parts])}"


def _holder(who: dict[str, Any] | None) -> str:
    if who is None:
        return "not running; `newswatch run` starts it"
    return f"running ({who.get('role', 'engine')}, process {who.get('pid', '?')}, since {who.get('since', '?')})"


def _jobs(listed: list[dict[str, Any]], zone: ZoneInfo, at: datetime) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("job", "last run", "next run", "result"):
        table.add_column(name)
    for job in listed:
        following = _when(job["next_run_at"])
        table.add_row(
            job["name"],
            ago(_when(job["last_run_at"]), at),
            f"{stamp(following, zone, seconds=True)} ({ago(following, at)})" if following else "—",
            Text(safe(job["result"])),
        )
    return table


def _sources(listed: list[dict[str, Any]], at: datetime) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("source", "articles", "lists", "last success", "trouble"):
        table.add_column(name)
    for source in listed:
        times = [when for feed in source["feeds"] if (when := _when(feed["last_success_at"]))]
        trouble = sorted({feed["reason"] for feed in source["feeds"] if feed["reason"]})
        name = source["name"] if source["enabled"] else f"{source['name']} (off)"
        table.add_row(
            Text(safe(name)),
            str(source["pages"]),
            str(len(source["feeds"])),
            ago(max(times), at) if times else "—",
            Text(safe(", ".join(trouble))),
        )
    return table


def register(app: typer.Typer) -> None:
    app.command()(status)
