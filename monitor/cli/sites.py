"""`newswatch sites`: the page objects of single sites, and pages saved as their tests."""

from __future__ import annotations

import json
import keyword
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.table import Table

from monitor.cli.common import console
from monitor.cli.errors import CommandError, UsageError
from monitor.cli.fetching import fetch_page
from monitor.report.safe import json_text

if TYPE_CHECKING:
    from db.types import Fetched

FOLDER = Path("tests/crawler/sites/pages")
"""Where a checkout keeps the pages of its sites' tests."""
EXPECTED = (
    "headline",
    "deck",
    "byline",
    "authors",
    "dateline",
    "published",
    "modified",
    "displayed_time",
    "section",
    "notices",
    "body",
    "body_complete",
    "page_type",
)
"""The fields of a reading that a saved page's test asks for."""
_NAME = re.compile(r"[a-z0-9_]+")

group = typer.Typer(
    help="Page objects of single sites: list them, save a page as a test for one.", no_args_is_help=True
)


@group.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a layout.")] = False) -> None:
    """List the sites that have a page object of their own, and their layouts."""
    rows = _rows()
    if as_json:
        for row in rows:
            typer.echo(json_text(row))
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("site", "page object", "last seen", "what it is"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(row["domain"], row["page"], row["last_day"] or "today's", row["about"])
    console().print(table)


def _rows() -> list[dict[str, Any]]:
    from crawler import sites

    return [
        {
            "domain": page.domain,
            "page": page.__name__,
            "last_day": page.last_day.isoformat() if page.last_day else None,
            "about": (page.__doc__ or "").split("\n", 1)[0],
        }
        for name in sites.names()
        for page in sites.layouts(name)
    ]


@group.command()
def save(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="The address of an article.")],
    name: Annotated[
        str | None, typer.Option("--as", help="The site's module; else its domain with underscores.", metavar="NAME")
    ] = None,
    into: Annotated[Path | None, typer.Option(help=f"The folder; in a checkout {FOLDER} without being asked.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a page that is there.")] = False,
) -> None:
    """Fetch an article and write it, with its reading, as a test for a new site."""
    folder = _folder(into)
    module = _module(name, url)
    page, expectation = folder / f"{module}.html", folder / f"{module}.json"
    taken = [path for path in (page, expectation) if path.exists()]
    if taken and not force:
        raise CommandError(f"{taken[0]} is there already; give --as NAME, or --force to write over it")
    answer = fetch_page(context, url)
    body, reading = _read(answer)
    try:
        page.write_bytes(body)
        expectation.write_text(json.dumps(reading, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"cannot write {error.filename}: {error.strerror}") from error
    typer.echo(f"Wrote {page} and {expectation}: {reading['headline']}")
    typer.echo(
        "Correct the expectation to what the page shows, and put words of your own in place of the publisher's\n"
        f"before either is passed on; then write crawler/sites/{module}.py until its test holds."
    )


def _folder(into: Path | None) -> Path:
    folder = into or FOLDER
    if not folder.is_dir():
        where = f"no such folder: {folder}" if into else f"there is no {FOLDER} here"
        raise UsageError(f"{where}; name the folder to write to with --into FOLDER")
    return folder


def _module(name: str | None, url: str) -> str:
    """The site's module: as named, else after the domain."""
    module = name or _after_domain(url)
    if not _NAME.fullmatch(module) or not module.isidentifier() or keyword.iskeyword(module):
        raise UsageError(f"not a module's name: {module!r}; give small letters, figures and underscores with --as NAME")
    return module


def _after_domain(url: str) -> str:
    from crawler import sites
    from crawler.discover.address import site_of

    host = urlsplit(url).hostname or ""
    return sites.module_name(host) or re.sub(r"\W", "_", site_of(host))


def _read(answer: Fetched) -> tuple[bytes, dict[str, Any]]:
    """The page's bytes, readable without the response's headers, and the reading that those bytes give.

    The time of the visit is left out, so a relative time stays without an instant.
    """
    from crawler.extract import reader
    from crawler.extract.parse import declared_encoding
    from db.jsonable import article_to_json
    from db.types import ARTICLE_TYPES, Failure

    encoding = declared_encoding(answer.body, answer.header("content-type"))
    body = answer.body
    if encoding and encoding != declared_encoding(body, None):
        body = b"\xef\xbb\xbf" + body.decode(encoding, "replace").encode()
    made = reader.read(body, answer.final_url, status=answer.status)
    if isinstance(made, Failure):
        raise CommandError(f"{answer.final_url} cannot be read: {made.reason} {made.detail}")
    if made.page_type not in ARTICLE_TYPES:
        raise CommandError(f"{answer.final_url} is no story (status {answer.status}, page type {made.page_type})")
    reading = article_to_json(made)
    return body, {"url": answer.final_url, **{field: reading[field] for field in EXPECTED}}


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="sites")
