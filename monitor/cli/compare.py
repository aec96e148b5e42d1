"""`newswatch compare`: what changed between two saved pages or readings, one JSON object a pair (DESIGN, Contracts)."""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import sys
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from pebble import ProcessExpired, ProcessFuture, ProcessPool

from db.change_json import change_to_json
from db.jsonable import article_from_json
from db.types import Article, Change, Failure, Reason
from monitor.cli.errors import UsageError
from monitor.cli.extract import load
from monitor.report.safe import json_text, safe

AHEAD = 4
"""Pairs a worker under way at a time, so that memory stays steady."""
LIMIT = 30.0
"""Seconds that one pair may take, reading included."""

Side = str | dict[str, Any]
Answer = tuple[str, bool]


class SideError(Exception):
    """One side of a pair cannot be read; `reason` as in a failed check."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Job:
    """One pair: each side a file's name or a reading; the page's address; whether suppressed changes are wanted."""

    before: Side
    after: Side
    url: str
    everything: bool = False


def compare_command(
    before: Annotated[str | None, typer.Argument(help="The older page (HTML, plain or gzipped).")] = None,
    after: Annotated[str | None, typer.Argument(help="The newer page.")] = None,
    url: Annotated[str | None, typer.Option(help="The page's address.")] = None,
    manifest: Annotated[
        str | None,
        typer.Option(
            help='Lines of {"before","after","url"}, each side a file or a reading; - for standard input.',
            metavar="P.jsonl",
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Print what the noise rules hide, too.")] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Processes that compare.")] = 1,
    limit: Annotated[float, typer.Option("--timeout", min=0.01, help="Seconds that one pair may take.")] = LIMIT,
) -> None:
    """Say what changed between two versions of a page: one JSON object a pair, in order."""
    try:
        failed = _print_all(_work(before, after, url, manifest, everything=everything), jobs, limit)
    except UsageError as error:
        typer.echo(f"newswatch compare: {safe(str(error))}", err=True)
        raise typer.Exit(2) from error
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(1) from None
    raise typer.Exit(1 if failed else 0)


def register(app: typer.Typer) -> None:
    """Add the command to the program's."""
    app.command("compare")(compare_command)


def _work(
    before: str | None, after: str | None, url: str | None, manifest: str | None, *, everything: bool
) -> Iterable[Job]:
    if manifest is not None:
        if before or after or url:
            raise UsageError("give BEFORE and AFTER, or --manifest, not both")
        return _manifest(manifest, everything=everything)
    if before is None or after is None:
        raise UsageError("give BEFORE and AFTER, or --manifest P.jsonl")
    for name in (before, after):
        if not Path(name).is_file():
            raise UsageError(f"no such file: {name}")
    return [Job(before, after, url or Path(after).resolve().as_uri(), everything)]


def _manifest(name: str, *, everything: bool) -> Iterator[Job]:
    """The manifest's pairs, as they come. Raises UsageError on the first bad line, naming it."""
    if name == "-":
        yield from _lines(sys.stdin, "standard input", Path(), everything=everything)
        return
    try:
        with Path(name).open(encoding="utf-8") as stream:
            yield from _lines(stream, name, Path(name).parent, everything=everything)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the manifest {name}: {error}") from error


def _lines(stream: TextIO, name: str, folder: Path, *, everything: bool) -> Iterator[Job]:
    for number, line in enumerate(stream, 1):
        if line.strip():
            try:
                yield _job(json.loads(line), folder, everything=everything)
            except (ValueError, RecursionError) as error:
                raise UsageError(f"{name}, line {number}: {error}") from error


def _job(value: Any, folder: Path, *, everything: bool) -> Job:
    if not isinstance(value, dict):
        raise ValueError('each line should be an object {"before", "after", "url"}')  # noqa: TRY004 - one error a line
    url = value.get("url") or ""
    if not isinstance(url, str):
        raise ValueError("'url' should be a string")  # noqa: TRY004
    return Job(_side(value, "before", folder), _side(value, "after", folder), url, everything)


def _side(value: dict[str, Any], key: str, folder: Path) -> Side:
    found = value.get(key)
    if isinstance(found, dict):
        return found
    if isinstance(found, str):
        return str(folder / found)
    raise ValueError(f"'{key}' should be a file's name or a reading")


# ------------------------------------------------------------------------------------------- one pair


def answer(job: Job) -> Answer:
    """One pair's line of JSON, and whether both sides could be read."""
    try:
        changes = changes_of(job)
    except SideError as error:
        return _failed(error.reason, str(error)), False
    shown = [change_to_json(c) for c in changes if job.everything or not c.suppressed_by]
    return json_text({"changes": shown}), True


def changes_of(job: Job) -> tuple[Change, ...]:
    """The pair's changes, hidden ones included. Raises SideError, naming the side."""
    from monitor.changes import compare

    before, after = (_article(side, job.url, name) for side, name in ((job.before, "before"), (job.after, "after")))
    try:
        return compare(before, after)
    except Exception as error:
        raise SideError("compare_crash", f"{type(error).__name__}: {error}") from error


def _article(side: Side, url: str, name: str) -> Article:
    if isinstance(side, dict):
        try:
            return article_from_json({"url": url, **side})
        except (ValueError, TypeError) as error:
            raise SideError("bad_reading", f"{name}: {error}") from error
    from crawler.extract.reader import read

    try:
        made = read(load(side), url or Path(side).resolve().as_uri())
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise SideError(Reason.UNREADABLE, f"{name}: cannot read {side}: {error}") from error
    except Exception as error:
        raise SideError(Reason.READER_CRASH, f"{name}: {type(error).__name__}: {error}") from error
    if isinstance(made, Failure):
        raise SideError(made.reason, f"{name}: {made.detail or made.reason}")
    return made


# ------------------------------------------------------------------------------------------- many pairs


def _print_all(work: Iterable[Job], workers: int, limit: float) -> bool:
    failed = False
    for line, was_read in _answers(work, workers, limit):
        failed = failed or not was_read
        sys.stdout.write(line + "\n")
    sys.stdout.flush()
    return failed


def _answers(work: Iterable[Job], workers: int, limit: float) -> Iterator[Answer]:
    """The answers in order, from processes that can be killed: a pair that hangs or crashes costs its own line, not the run.

    Where the manifest goes bad, the pairs before are answered first.
    """
    waiting: deque[ProcessFuture[Answer]] = deque()
    jobs = iter(work)
    pool = ProcessPool(max_workers=workers, context=_context(), initializer=gc.freeze)
    try:
        try:
            for job in jobs:
                waiting.append(pool.schedule(answer, args=[job], timeout=limit))
                if len(waiting) >= workers * AHEAD:
                    yield _result(waiting.popleft(), limit)
        except UsageError:
            yield from (_result(future, limit) for future in waiting)
            raise
        yield from (_result(future, limit) for future in waiting)
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


def _context() -> BaseContext:
    """Workers forked from a server that has loaded the reader once, and holds no lock of this process."""
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["crawler.extract.reader", "monitor.changes", __name__])
    return context


def _result(future: ProcessFuture[Answer], limit: float) -> Answer:
    try:
        line, was_read = future.result()
    except TimeoutError:
        return _failed("timeout", f"not compared within {limit:g} s"), False
    except ProcessExpired:
        return _failed(Reason.READER_CRASH, "the reader died on this pair"), False
    return line, was_read


def _failed(reason: str, detail: str) -> str:
    error = {"reason": str(reason), "detail": detail.replace("\n", " ")}
    return json_text({"changes": [], "error": error})


app = typer.Typer(add_completion=False)
register(app)

if __name__ == "__main__":
    app()
