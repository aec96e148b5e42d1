"""No text of the web, of a desk or of a file commands a terminal: every command over a home whose every text tries to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import String, text

from db.engine import open_engine, writing
from db.home import Home
from db.models import Base
from monitor.cli.app import app, run
from monitor.report.safe import json_text
from tests.monitor.seeded import URL, seeded_home

pytestmark = pytest.mark.slow

# colours, a title, the clipboard, the answerback, their C1 forms, a bell, a carriage return, letters in another order
EVIL = "\x1b[31mE\x1b[2J\x1b]0;owned\x07\x1b]52;c;cm0=\x07\x05\x9b31m\x9d0;t\x9c\rhidden\x08\x7f\u202etxt"
COMMANDS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
HOSTILE_TABLES = {
    "source": ("name", "home"), "host": ("reason",), "feed": ("url", "reason", "etag", "last_modified"),
    "change": ("before", "after", "headline"), "revision": ("headline",), "job": ("result",),
    "page": ("etag", "last_modified"), "page_check": ("reason",), "crawl": ("requested_by",),
    "crawl_item": ("url", "detail", "reason"), "delivery": ("last_error",), "channel": ("last_error", "target"),
    "triage": ("note", "by"), "saved_view": ("name",),
}  # fmt: skip
READ: dict[tuple[str, ...], tuple[str, ...]] = {
    ("status",): (),
    ("changes",): ("--all",),
    ("show",): ("1",),
    ("history",): (URL,),
    ("siblings",): (URL,),
    ("replay",): (),
    ("report",): (),
    ("verify",): (),
    ("plan",): (),
    ("search",): ("ferry",),
    ("noise", "undo"): ("1",),
    ("notify", "list"): (),
    ("notify", "log"): (),
    ("notify", "retry"): (),
    ("notify", "preview"): ("terminal", "1"),
    ("checkpoint", "list"): (),
    ("checkpoint", "sign"): (),
    ("checkpoint", "key"): (),
    ("checkpoint", "export"): (),
    ("sources", "list"): (),
    ("sources", "export"): (),
    ("account", "list"): (),
    ("token", "list"): (),
    ("sites", "list"): (),
    ("pin",): (URL,),
    ("forget",): (URL,),
}
# commands whose words come from what they are given: the evil stands in the argument
GIVEN: dict[tuple[str, ...], tuple[str, ...]] = {
    ("show",): (EVIL,),
    ("history",): (f"http://x.example/{EVIL}",),
    ("siblings",): (f"http://x.example/{EVIL}",),
    ("verify",): (EVIL,),
    ("export",): (EVIL, "--bundle", EVIL),
    ("watch",): (f"http://[{EVIL}/",),
    ("crawl",): (f"http://[{EVIL}/",),
    ("pin",): (EVIL,),
    ("forget",): (EVIL,),
    ("restore",): (EVIL, EVIL),
    ("extract",): (EVIL,),
    ("compare",): (EVIL, EVIL),
    ("notify", "test"): (EVIL,),
    ("notify", "preview"): (EVIL, "1"),
    ("notify", "retry"): (EVIL,),
    ("sources", "add"): (EVIL,),
    ("sources", "check"): (EVIL,),
    ("sources", "import"): (EVIL,),
    ("sources", "enable"): (EVIL,),
    ("sources", "disable"): (EVIL,),
    ("sources", "set"): (EVIL, "pace=1"),
    ("account", "disable"): (EVIL,),
    ("account", "enable"): (EVIL,),
    ("token", "revoke"): (EVIL,),
    ("db", "copy"): (EVIL,),
    ("import", "warc"): (EVIL,),
    ("import", "newsdiffs"): (EVIL,),
    ("import", "diffengine"): (EVIL,),
    ("import", "feed-history"): (EVIL, EVIL),
    ("sites", "save"): (EVIL,),
}
ELSEWHERE = {
    ("run",): "a service; what it prints is tried in tests/monitor/notify/test_channels.py",
    ("worker",): "a service, the same channel",
    ("review",): "Textual draws it: tests/monitor/cli/test_review.py",
    ("doctor",): "asks the network for each source",
    ("backup",): "prints the folder it was given and counts",
    ("account", "add"): "refuses such names: tests/monitor/cli/test_access.py",
    ("account", "password"): "asks at the terminal",
    ("token", "add"): "prints the token that it made",
    ("import", "wayback"): "asks the network",
}


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, sub in getattr(command, "commands", {}).items():
        yield from leaves(sub, (*path, name))
    if not hasattr(command, "commands"):
        yield path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = seeded_home(tmp_path_factory.mktemp("evil") / "home")
    engine = open_engine(made.database_url())
    with writing(engine) as session:
        for table, names in HOSTILE_TABLES.items():
            for name in names:
                session.execute(text(f"UPDATE {table} SET {name} = coalesce({name}, '') || :evil"), {"evil": EVIL})
    engine.dispose()
    return made


def test_every_command_is_tried_or_its_reason_is_told() -> None:
    known = {*READ, *GIVEN, *ELSEWHERE}
    assert set(leaves(typer.main.get_command(app()))) == known


def test_the_hostile_columns_are_texts() -> None:
    for name, names in HOSTILE_TABLES.items():
        columns = Base.metadata.tables[name].columns
        assert set(names) <= {one.name for one in columns if isinstance(one.type, String)}, name


@pytest.mark.parametrize(("path", "arguments"), READ.items(), ids=" ".join)
def test_a_command_over_hostile_texts_commands_no_terminal(
    path: tuple[str, ...], arguments: tuple[str, ...], home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["--home", str(home.path), *path, *arguments])
    _plain(capsys)


def told_in_json() -> Iterator[tuple[str, ...]]:
    found = dict(READ)
    for path in leaves(typer.main.get_command(app())):
        command: Any = typer.main.get_command(app())
        for name in path:
            command = command.commands[name]
        if path in found and any("--json" in option.opts for option in command.params):
            yield path


@pytest.mark.parametrize("path", list(told_in_json()), ids=" ".join)
def test_json_over_hostile_texts_commands_no_terminal(
    path: tuple[str, ...], home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["--home", str(home.path), *path, *READ[path], "--json"])
    said = capsys.readouterr().out
    assert COMMANDS.findall(said) == []
    assert all(json.loads(line) is not None for line in said.splitlines())


def test_a_reading_of_a_hostile_page_commands_no_terminal_and_loses_no_letter(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pages = [tmp_path / "a.html", tmp_path / "b.html"]
    for page, words in zip(pages, ("sinks", "sank"), strict=True):
        title = f"Ferry {words} \u009b31m\u202etxt\u2066"
        page.write_text(f"<html><title>{title}</title><h1>{title}</h1><p>{'A ferry sank. ' * 20}</p></html>", "utf-8")
    assert run(["extract", str(pages[0])]) == 0
    read = capfd.readouterr().out
    assert run(["compare", *map(str, pages)]) == 0
    compared = capfd.readouterr().out
    assert COMMANDS.findall(read + compared) == []
    assert json.loads(compared)["changes"]


def test_json_reads_the_same_whatever_it_escapes() -> None:
    assert json.loads(json_text({"a": EVIL})) == {"a": EVIL}
    assert "ü語" in json_text("ü語")


@pytest.mark.parametrize(("path", "arguments"), GIVEN.items(), ids=" ".join)
def test_a_refusal_repeats_no_command_to_the_terminal(
    path: tuple[str, ...],
    arguments: tuple[str, ...],
    home: Home,
    *,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    code = run(["--home", str(home.path), *path, *arguments])
    assert code in {1, 2} or path[0] == "extract"  # which answers in JSON
    _plain(capsys)


def _plain(capsys: pytest.CaptureFixture[str]) -> None:
    told = capsys.readouterr()
    said = told.out + told.err
    assert said.strip()
    assert "Traceback" not in said
    assert COMMANDS.findall(said) == []
