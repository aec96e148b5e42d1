"""The commands that read a home, run in this process as a person runs them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import lxml.html
import pytest
from sqlalchemy import Engine

from db.engine import open_engine, writing
from db.home import Home
from db.queries import channels, deliveries
from monitor.cli.app import run
from tests.monitor.seeded import NOW, URL, seeded_home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return seeded_home(tmp_path / "home")


class Shell:
    """Runs `newswatch --home HOME …` and keeps what it printed."""

    def __init__(self, home: Home, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self.capsys = home, capsys
        self.out = self.err = ""

    def __call__(self, *arguments: str) -> int:
        code = run(["--home", str(self.home.path), *arguments])
        self.out, self.err = self.capsys.readouterr()
        assert "Traceback" not in self.out + self.err
        return code

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def shell(home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("COLUMNS", "200")
    return Shell(home, capsys)


@contextmanager
def database_of(shell: Shell) -> Iterator[Engine]:
    engine = open_engine(shell.home.database_url())
    yield engine
    engine.dispose()


def test_changes_lists_what_was_edited(shell: Shell) -> None:
    assert shell("changes") == 0
    assert "Ferry with [-12 -]{+20 +}aboard sinks off Busan" in shell.out
    assert "ticker" not in shell.out
    assert "\x1b" not in shell.out


def test_changes_as_json_keeps_its_promise(shell: Shell) -> None:
    assert shell("changes", "--json", "--kind", "headline") == 0
    (found,) = shell.lines()
    promised = {
        "id",
        "url",
        "source",
        "kind",
        "natures",
        "significance",
        "before",
        "after",
        "facts",
        "not_before",
        "not_after",
        "revision_before",
        "revision_after",
    }
    assert promised <= set(found)
    assert found["url"] == URL
    assert found["natures"] == ["number", "stealth"]
    assert found["not_before"] == "2026-05-04T08:00:00+00:00"
    assert (found["revision_before"], found["revision_after"]) == (1, 2)


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        (["--kind", "dateline"], {"dateline"}),
        (["--nature", "number"], {"headline", "body"}),
        (["--url", URL], {"headline", "dateline", "body"}),
        (["--url", "https://harbour.example/?p=1"], {"headline", "dateline", "body"}),
        (["--since", "2026-05-05"], set()),
        (["--source", "Quiet Daily"], set()),
        (["--match", "tokyo"], {"dateline"}),
        (["--after", "1"], {"dateline", "body"}),
        (["--limit", "1"], {"body"}),
        (["--min-significance", "substantive", "--since", "2026-05-04T08:00"], {"headline", "dateline", "body"}),
    ],
)
def test_changes_are_narrowed(shell: Shell, options: list[str], kinds: set[str]) -> None:
    assert shell("changes", "--json", *options) == 0
    assert {found["kind"] for found in shell.lines()} == kinds


def test_all_shows_hidden_changes_with_their_rule(shell: Shell) -> None:
    assert shell("changes", "--json", "--all") == 0
    assert "ticker" in {found["suppressed_by"] for found in shell.lines()}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["changes", "--kind", "nonsense"], 2, "no such kind"),
        (["changes", "--nature", "nonsense"], 2, "no such nature"),
        (["changes", "--min-significance", "loud"], 2, "no such significance"),
        (["changes", "--since", "yesterday"], 2, "not a time"),
        (["changes", "--source", "nobody"], 2, "no such source"),
        (["changes", "--zone", "Mars/Phobos"], 2, "no such time zone"),
        (["changes", "--url", "ftp://x"], 2, "http"),
        (["changes", "--url", "https://harbour.example/unseen"], 1, "never seen here"),
        (["changes", "--limit", "0"], 2, ""),
        (["show", "99"], 1, "no change 99"),
        (["history", "https://harbour.example/unseen"], 1, "newswatch crawl"),
        (["report", "--out", "/nonexistent/report.html"], 1, "cannot write"),
        (["crawl"], 2, "--due"),
        (["crawl", "nobody"], 2, "no source"),
        (["crawl", "--watch", "--dry-run", URL], 2, "choose one"),
        (["sources", "disable", "nobody"], 2, "no such source"),
        (["sources", "set", "Harbour Post"], 2, "say what to change"),
        (["sources", "import", "/nonexistent.opml"], 2, "cannot read"),
        (["nonsense"], 2, ""),
    ],
)
def test_wrong_use_is_told_in_words(shell: Shell, arguments: list[str], code: int, words: str) -> None:
    assert shell(*arguments) == code
    assert words in shell.err


def test_a_home_that_is_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", str(tmp_path / "none"), "changes"]) == 1
    assert "newswatch --home" in capsys.readouterr().err


def test_a_bad_configuration_names_its_line(shell: Shell) -> None:
    shell.home.config_path.write_text('[newswatch]\n\npace = "fast"\n', encoding="utf-8")
    assert shell("changes") == 2
    assert "newswatch.toml, line 3: 'pace'" in shell.err


def test_show_gives_the_change_in_full(shell: Shell) -> None:
    assert shell("show", "1") == 0
    assert "number 12 → 20" in shell.out
    assert "2026-05-04 08:00 – 08:07 (UTC)" in shell.out
    assert shell("show", "1", "--json") == 0
    assert ["replace", "12 ", "20 "] in shell.lines()[0]["ops"]  # type: ignore[operator]


def test_terminal_escapes_in_an_article_are_shown_not_obeyed(shell: Shell) -> None:
    assert shell("show", "3") == 0
    assert "\x1b" not in shell.out
    assert "�[31mred" in shell.out


def test_history_lists_every_version(shell: Shell) -> None:
    assert shell("history", URL) == 0
    assert "https://harbour.example/?p=1" in shell.out
    assert shell("history", URL, "--json") == 0
    first, second = shell.lines()
    assert (first["changes"], second["changes"]) == ([], [1, 2, 3, 4])


def test_report_as_html_opens_offline(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    assert shell("report", "--since", "2026-05-04", "--out", str(out), "--zone", "Asia/Tokyo") == 0
    tree = lxml.html.fromstring(out.read_text(encoding="utf-8"))
    assert len(tree.xpath("//article")) == 3
    assert "2026-05-04 17:00 – 17:07" in tree.text_content()
    assert not tree.xpath("//script | //link | //img | //iframe")


def test_report_as_json(shell: Shell) -> None:
    assert shell("report", "--since", "2026-05-04", "--format", "json") == 0
    assert len(json.loads(shell.out)["changes"]) == 3


def test_status_tells_what_a_home_holds(shell: Shell) -> None:
    assert shell("status") == 0
    assert "Watching 1 articles, 2 versions kept" in shell.out
    assert "not running" in shell.out
    assert shell("status", "--json") == 0
    (found,) = shell.lines()
    assert found["revisions"] == 2
    assert found["jobs"][0]["name"] == "discover"  # type: ignore[index]


def test_doctor_finds_what_is_wrong(shell: Shell) -> None:
    assert shell("doctor", "--json") == 1  # the seeded versions refer to an archive that is not there
    levels = {found["what"]: found["level"] for found in shell.lines()}
    assert any("archived answers cannot be read" in what and level == "error" for what, level in levels.items())
    shell.home.config_path.write_text("[newswatch\n", encoding="utf-8")
    assert shell("doctor") == 1
    assert "configuration cannot be read" in shell.out


def test_status_and_doctor_tell_of_channels(shell: Shell) -> None:
    with database_of(shell) as engine, writing(engine) as session:
        channels.declare(session, [("desk", "mail", "desk@example.org", ()), ("room", "chat", "…", ())])
        channels.record(session, "desk", failures=3, last_error="refused [red]")
        deliveries.add(session, 1, "desk", NOW)
        (waiting,) = deliveries.due(session, NOW)
        deliveries.record(session, waiting.id, state="dead")
        deliveries.add(session, 2, "desk", NOW)
    assert shell("status") == 0
    assert "Channel desk: last told never, 1 waiting, 1 given up, failed 3 times in a row (refused [red])" in shell.out
    assert "Channel room: last told never\n" in shell.out
    shell("doctor", "--json")
    found = {str(row["what"]): str(row["mend"]) for row in shell.lines()}
    assert "newswatch notify test desk" in found["channel desk failed 3 times in a row: refused [red]"]
    assert "newswatch notify retry" in found["channel desk did not take 1 messages"]
    assert "notifications: room" in found


@pytest.mark.sqlite
def test_doctor_names_a_damaged_database(shell: Shell) -> None:
    (shell.home.path / "newswatch.db").write_bytes(b"this is no database" * 100)
    for name in ("newswatch.db-wal", "newswatch.db-shm"):
        (shell.home.path / name).unlink(missing_ok=True)
    assert shell("doctor") == 1
    assert "database" in shell.out
    assert "restore the last backup" in shell.out


def test_sources_stand_beside_the_file(shell: Shell) -> None:
    shell.home.config_path.write_text('[[source]]\nname = "Harbour Post"\npace = 5\n', encoding="utf-8")
    assert shell("sources", "set", "Harbour Post", "--pace", "60") == 0
    assert shell("sources", "disable", "Harbour Post") == 0
    assert shell("sources", "list", "--json") == 0
    found = next(row for row in shell.lines() if row["name"] == "Harbour Post")
    assert (found["settings"], found["overrides"], found["enabled"]) == ({"pace": 60.0}, {"pace": 60.0}, False)
    assert shell("sources", "list") == 0
    assert "changed: pace" in shell.out
    assert shell("sources", "set", "Harbour Post", "--reset") == 0
    assert shell("sources", "enable", "Harbour Post") == 0
    assert shell("sources", "list", "--json") == 0
    found = next(row for row in shell.lines() if row["name"] == "Harbour Post")
    assert (found["settings"], found["enabled"]) == ({"pace": 5.0}, True)


def test_opml_out_and_in(shell: Shell, tmp_path: Path) -> None:
    shell.home.config_path.write_text(
        '[[source]]\nname = "Valley"\nfeeds = ["https://valley.example/rss"]\nzone = "Asia/Manila"\n', encoding="utf-8"
    )
    out = tmp_path / "sources.opml"
    assert shell("sources", "export", "--out", str(out)) == 0
    other = Shell(Home(tmp_path / "other"), shell.capsys)
    other.home.path.mkdir()
    other.home.config_path.write_text("", encoding="utf-8")
    assert other("sources", "import", str(out)) == 0
    assert other("sources", "import", str(out), "--to-file") == 0
    assert "were there already" in other.out
    assert other("sources", "list", "--json") == 0
    found = next(row for row in other.lines() if row["name"] == "Valley")
    assert found["feeds"] == ["https://valley.example/rss"]
    assert found["declared"] is False
    (tmp_path / "bad.opml").write_text("<html>", encoding="utf-8")
    assert other("sources", "import", str(tmp_path / "bad.opml")) == 2
