"""`newswatch extract`: saved pages to readings, one JSON object a page (DESIGN, Contracts)."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import os
import sys
import zlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from db.jsonable import article_to_json, failure_to_json
from db.types import Failure, Reason
from monitor.cli.errors import UsageError
from monitor.report.safe import json_text, safe

if TYPE_CHECKING:
    from crawler.extract.explain import Explained

ROOM = 16
"""Pages under way a reader: enough that none waits for a slow page before it, few enough that memory is steady."""
PAGE_SECONDS = 20.0
"""What one page may take; the slowest of a thousand real ones takes a third of a second."""
MAX_UNPACKED = 64_000_000
"""A gzipped page that unpacks to more is refused."""


@dataclass(frozen=True, slots=True)
class Job:
    """One page to read: a file, its address (empty where nobody knows it: then the page says), and what is known of the visit."""

    file: str
    url: str
    fetched_at: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    zone: str | None = None
    status: int = 200
    body: bytes | None = None
    """The page itself, where it was fetched and stands in no file."""


def extract_command(
    context: typer.Context,
    files: Annotated[
        list[str] | None,
        typer.Argument(help="Saved pages (HTML, plain or gzipped), or addresses to fetch.", metavar="FILE|URL..."),
    ] = None,
    url: Annotated[str | None, typer.Option(help="The page's address; for one FILE.")] = None,
    manifest: Annotated[
        str | None,
        typer.Option(help='Lines of {"file","url","fetched_at"?,"headers"?}; - for standard input.', metavar="M.jsonl"),
    ] = None,
    zone: Annotated[str | None, typer.Option(help="IANA time zone for times without one.")] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Reading processes (default: one a CPU for manifests).")
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds that one page of several may take.", metavar="SECONDS")
    ] = PAGE_SECONDS,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show each field, its candidates, and why one won.")
    ] = False,
) -> None:
    """Read saved pages and print one JSON object a page, in order."""
    try:
        work, workers = _work(files or [], url, manifest, zone, jobs, lambda address: _fetched(context, address, zone))
        failed = _explain_all(work) if explain else _print_all(work, workers, timeout)
    except UsageError as error:
        typer.echo(f"newswatch extract: {safe(str(error))}", err=True)
        raise typer.Exit(2) from error
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(1) from None
    raise typer.Exit(1 if failed else 0)


def register(app: typer.Typer) -> None:
    """Add the command to the program's."""
    app.command("extract")(extract_command)


def _work(
    files: list[str],
    url: str | None,
    manifest: str | None,
    zone: str | None,
    jobs: int | None,
    fetch: Callable[[str], Job],
) -> tuple[Iterable[Job], int]:
    """The pages to read, and by how many processes."""
    if zone is not None:
        _check_zone(zone)
    if manifest is not None:
        if files or url:
            raise UsageError("give files with --url, or --manifest, not both")
        return _manifest(manifest, zone), jobs or os.cpu_count() or 1
    if not files:
        raise UsageError("give at least one FILE, or --manifest M.jsonl")
    if url and len(files) > 1:
        raise UsageError("--url goes with one FILE; give the addresses of several in a --manifest")
    missing = [name for name in files if not is_address(name) and not Path(name).is_file()]
    if missing:
        raise UsageError(f"no such file: {missing[0]}")
    fetched = sum(map(is_address, files))
    if fetched and (url or fetched > 1):
        raise UsageError("give one address to fetch, without --url; several pages are watched, not read by hand")
    work = (
        fetch(name) if is_address(name) else Job(name, url or Path(name).resolve().as_uri(), zone=zone)
        for name in files
    )
    return work, jobs or 1


def _fetched(context: typer.Context, url: str, zone: str | None) -> Job:
    """The page at an address, fetched with the engine's guard, robots and pace."""
    from monitor.cli.fetching import fetch_page

    answer = fetch_page(context, url)
    return Job(url, answer.final_url, answer.at.isoformat(), dict(answer.headers), zone, answer.status, answer.body)


def is_address(name: str) -> bool:
    """Whether the name is a web address, and no file's."""
    return name.lower().startswith(("http://", "https://"))


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(f"no such time zone: {zone}; give an IANA name such as Asia/Manila") from error


def _manifest(name: str, zone: str | None) -> Iterator[Job]:
    """The manifest's lines, as they come. Raises UsageError on the first bad one, naming it."""
    if name == "-":
        yield from _lines(sys.stdin, "standard input", zone)
        return
    try:
        with Path(name).open(encoding="utf-8") as stream:
            yield from _lines(stream, name, zone)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the manifest {name}: {error}") from error


def _lines(stream: TextIO, name: str, zone: str | None) -> Iterator[Job]:
    for number, line in enumerate(stream, 1):
        if line.strip():
            try:
                yield _job(json.loads(line), zone)
            except ValueError as error:
                raise UsageError(f"{name}, line {number}: {error}") from error


def _job(value: Any, zone: str | None) -> Job:
    if not isinstance(value, dict):
        raise ValueError('each line should be an object {"file", "url"}')  # noqa: TRY004 - one error type a line
    file, url = value.get("file"), value.get("url") or ""
    if not isinstance(file, str) or not isinstance(url, str):
        raise ValueError("'file' and 'url' should be strings")  # noqa: TRY004
    headers = value.get("headers") or {}
    if not isinstance(headers, dict):
        raise ValueError("'headers' should be an object")  # noqa: TRY004
    fetched_at = value.get("fetched_at")
    if fetched_at is not None:
        datetime.fromisoformat(fetched_at if isinstance(fetched_at, str) else "not a string")
    status = value.get("status", 200)
    if not isinstance(status, int):
        raise ValueError("'status' should be a number")  # noqa: TRY004
    named = {str(key): str(content) for key, content in headers.items()}
    return Job(file, url, fetched_at, named, value.get("zone") or zone, status)


def _print_all(work: Iterable[Job], workers: int, timeout_s: float) -> bool:
    """Print every page's answer in order; True where one could not be read."""
    return asyncio.run(_print_in_order(work, workers, timeout_s))


async def _print_in_order(work: Iterable[Job], workers: int, timeout_s: float) -> bool:
    failed = False
    async for line, was_read in _answers(iter(work), workers, timeout_s):
        failed = failed or not was_read
        sys.stdout.write(line + "\n")
    sys.stdout.flush()
    return failed


async def _answers(work: Iterator[Job], workers: int, timeout_s: float) -> AsyncIterator[tuple[str, bool]]:
    """The answers in order; one page alone is read here, several by readers that can be killed."""
    first = list(itertools.islice(work, 2))
    if len(first) < 2:
        for job in first:
            yield answer(job)
        return
    async for answered in _read_apart(itertools.chain(first, work), workers, timeout_s):
        yield answered


async def _read_apart(work: Iterable[Job], workers: int, timeout_s: float) -> AsyncIterator[tuple[str, bool]]:
    """The answers of a pool of readers, in order; a page that hangs or kills its reader costs itself alone."""
    from crawler.readers import Readers

    readers = Readers(workers, timeout_s=timeout_s)
    waiting: deque[asyncio.Future[tuple[str, bool]]] = deque()
    try:
        for job in work:
            waiting.append(asyncio.ensure_future(readers.run(answer, job, _failing(job))))
            if len(waiting) >= workers * ROOM:
                yield await waiting.popleft()
        while waiting:
            yield await waiting.popleft()
    finally:
        for future in waiting:
            future.cancel()
        readers.close()


def _failing(job: Job) -> Callable[[Reason, str], tuple[str, bool]]:
    return lambda reason, detail: (_failed(job.url, reason, detail), False)


def answer(job: Job) -> tuple[str, bool]:
    """One page's line of JSON, and whether it could be read."""
    from crawler.extract.reader import read

    try:
        body = load(job.file) if job.body is None else job.body
    except (OSError, EOFError, zlib.error, ValueError) as error:
        return _failed(job.url, Reason.UNREADABLE, f"cannot read {job.file}: {error}"), False
    try:
        made = read(
            body, job.url, headers=job.headers, fetched_at=_instant(job.fetched_at), zone=job.zone, status=job.status
        )
    except Exception as error:  # noqa: BLE001 - a page the reader fails on is an answer, and the next one is read
        return _failed(job.url, Reason.READER_CRASH, f"{type(error).__name__}: {error}"), False
    if isinstance(made, Failure):
        return json_text(failure_to_json(made)), False
    return json_text(article_to_json(made)), True


def _failed(url: str, reason: Reason, detail: str) -> str:
    return json_text(failure_to_json(Failure(url, reason, detail.replace("\n", " "))))


def load(name: str) -> bytes:
    """A saved page's bytes, unpacked where they are gzipped. Raises OSError, EOFError or ValueError where they cannot be read."""
    path = Path(name)
    with path.open("rb") as stream:
        if stream.read(2) != b"\x1f\x8b":
            return path.read_bytes()
    with gzip.open(path) as packed:
        body: bytes = packed.read(MAX_UNPACKED + 1)
    if len(body) > MAX_UNPACKED:
        raise ValueError(f"it unpacks to more than {MAX_UNPACKED} bytes")
    return body


def _instant(value: str | None) -> datetime | None:
    if value is None:
        return None
    read = datetime.fromisoformat(value)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _explain_all(work: Iterable[Job]) -> bool:
    """Show every page's fields, their candidates and why one won; True where a page could not be read."""
    from crawler.extract import explain, reader

    failed = False
    for job in work:
        try:
            page = reader.open_page(
                load(job.file) if job.body is None else job.body,
                job.url,
                headers=job.headers,
                fetched_at=_instant(job.fetched_at),
                zone=job.zone,
                status=job.status,
            )
        except (OSError, EOFError, zlib.error, ValueError) as error:
            page = Failure(job.url, Reason.UNREADABLE, str(error))
        if isinstance(page, Failure):
            typer.echo(f"{job.url}\n  cannot be read: {page.reason} {page.detail}")
            failed = True
            continue
        _, fields = explain.explain(page)
        typer.echo(f"{job.url}\n  reader {reader.reader_version(job.url, job.zone)}, page object {type(page).__name__}")
        for found in fields:
            _show(found)
    return failed


def _show(found: Explained) -> None:
    chosen = f"{found.value or '-'}"
    typer.echo(f"\n  {found.field}: {chosen}" + (f"\n    why: {found.why}" if found.why else ""))
    for surface, words in found.candidates:
        typer.echo(f"    {surface:<24} {words}")


app = typer.Typer(add_completion=False)
register(app)

if __name__ == "__main__":
    app()
