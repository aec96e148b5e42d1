"""`newswatch notify`, run in this process as a person runs it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from db.engine import open_engine, writing
from db.home import Home
from db.queries import channels, deliveries
from monitor.cli.app import run
from tests.monitor.seeded import seeded_home
from tests.receivers import hook

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
NOW = datetime.now(UTC)
CHANNELS = """
[[notify]]
name = "hook"
webhook = "{url}"
secret = "env:NEWSWATCH_TEST_SECRET"
allow_private = true
kinds = ["headline"]
digest = "daily 08:00"
zone = "Asia/Tokyo"

[[notify]]
name = "guarded"
webhook = "{url}"
secret = "0123456789abcdef"
"""


class Shell:
    """Runs `newswatch --home HOME notify …` and keeps what it printed."""

    def __init__(self, home: Home, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self.capsys = home, capsys
        self.out = self.err = ""

    def __call__(self, *arguments: str) -> int:
        code = run(["--home", str(self.home.path), "notify", *arguments])
        self.out, self.err = self.capsys.readouterr()
        assert "Traceback" not in self.out + self.err
        assert "hidden-token" not in self.out + self.err
        return code

    def configure(self, url: str) -> None:
        with self.home.config_path.open("a", encoding="utf-8") as file:
            file.write(CHANNELS.format(url=url))


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("COLUMNS", "200")
    return Shell(seeded_home(tmp_path / "home"), capsys)


def test_a_test_is_sent_and_its_failure_is_told(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    with hook() as receiver:
        shell.configure(receiver.url)
        assert shell("test", "hook") == 2
        assert (
            "newswatch.toml, line 4: channel 'hook': the environment has no variable NEWSWATCH_TEST_SECRET" in shell.err
        )
        assert run(["--home", str(shell.home.path), "run", "--once", "--no-web"]) == 2
        monkeypatch.setenv("NEWSWATCH_TEST_SECRET", SECRET)
        assert shell("test", "hook") == 0
        assert "the message was taken" in shell.out
        assert receiver.posts[0].json["type"] == "newswatch.test"
        receiver.statuses = [410]
        assert shell("test", "hook") == 1
        assert "HTTP 410 Gone" in shell.err
        assert shell("test", "guarded") == 1
        assert "is refused" in shell.err
        assert len(receiver.posts) == 2


def test_a_preview_needs_no_secret_and_says_when(shell: Shell) -> None:
    shell.configure("https://hooks.example/x")
    assert shell("preview", "hook") == 0
    assert "the digest" in shell.out
    assert "(Asia/Tokyo)" in shell.out
    found = json.loads(shell.out[shell.out.index("{") :])
    assert [change["kind"] for change in found["data"]["changes"]] == ["headline"]
    assert shell("preview", "terminal", "1") == 0
    assert "Ferry with [-12 -]{+20 +}aboard" in shell.out
    assert shell("preview", "hook", "3") == 0
    assert "rules do not want change 3" in shell.out


def test_what_was_given_up_is_listed_and_sent_again(shell: Shell) -> None:
    shell.configure("https://hooks.example/x")
    engine = open_engine(shell.home.database_url())
    with writing(engine) as session:
        channels.declare(session, [("hook", "webhook", "https://hooks.example:443/…", ("kind headline",))])
        channels.record(session, "hook", failures=4, last_error="HTTP 500")
        for change_id in (1, 2):
            deliveries.add(session, change_id, "hook", NOW)
        deliveries.record(session, 1, state="dead", attempts=12, last_error="HTTP 500")
        deliveries.record(session, 2, held="digest")
        deliveries.add(session, 1, "former", NOW)
    engine.dispose()
    assert shell("list", "--json") == 0
    rows = {row["name"]: row for row in map(json.loads, shell.out.splitlines())}
    assert list(rows) == ["terminal", "hook", "guarded", "former"]
    assert (rows["hook"]["dead"], rows["hook"]["held"], rows["hook"]["last_error"]) == (1, 1, "HTTP 500")
    assert rows["former"]["state"] == "gone"
    assert shell("list") == 0
    assert "4 failed in a row: HTTP 500" in shell.out
    assert shell("log", "--dead", "--json") == 0
    (row,) = map(json.loads, shell.out.splitlines())
    assert (row["change"], row["attempts"], row["error"]) == (1, 12, "HTTP 500")
    assert shell("log", "hook") == 0
    assert "held: digest" in shell.out
    assert shell("retry", "hook") == 0
    assert "1 delivery is due again" in shell.out
    assert shell("retry") == 0
    assert "0 deliveries are due again" in shell.out


@pytest.mark.parametrize("arguments", [("test", "nope"), ("preview", "nope"), ("retry", "nope")])
def test_a_channel_that_does_not_exist_is_wrong_use(shell: Shell, arguments: tuple[str, ...]) -> None:
    assert shell(*arguments) == 2
    assert "no such channel: 'nope'; there are terminal" in shell.err


def test_a_change_that_does_not_exist_is_a_failure(shell: Shell) -> None:
    assert shell("preview", "terminal", "999") == 1
    assert "there is no change 999" in shell.err
