"""A person's configuration, the service as a process, a webhook's receiver: delivered, signed, and told again after a kill."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.acceptance.homes import Homestead
from tests.newsroom.newsroom import Newsroom
from tests.newsroom.noise import Noise
from tests.receivers import hook, verified

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("kill")]

ONCE = ("run", "--once", "--no-web")
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
CHANNELS = """
[[notify]]
name = "screen"
terminal = true
enabled = false

[[notify]]
name = "hook"
webhook = "{url}"
secret = "env:NEWSWATCH_TEST_SECRET"
allow_private = true
kinds = ["headline"]
"""


def test_a_message_whose_end_a_kill_hid_is_sent_again_with_its_key_and_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Newsroom(stories=1, outlets=["harbour"], noise=Noise.quiet()) as room, hook() as receiver:
        stead = Homestead(tmp_path / "home", room)
        with stead.home.config_path.open("a", encoding="utf-8") as file:
            file.write(CHANNELS.format(url=receiver.url))
        monkeypatch.setenv("NEWSWATCH_TEST_SECRET", SECRET)
        assert stead.run(*ONCE)[0] == 0
        room.edit_headline(room.story("harbour"), "Ministers agree to reopen the northern line")
        stead.all_due()
        assert stead.run(*ONCE, fault="told")[0] == -signal.SIGKILL
        code, output = stead.run(*ONCE)
        assert code == 0, output
    first, second = receiver.posts
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert [post.json["data"]["maybe_repeat"] for post in receiver.posts] == [False, True]
    assert all(verified(post, SECRET, time.time()) for post in receiver.posts)
    assert set(stead.rows("SELECT state FROM delivery")) == {("sent",)}
    log = (stead.home.log_dir / "newswatch.log").read_text(encoding="utf-8")
    stored = str(stead.rows("SELECT name, kind, target, about, last_error FROM channel"))
    for secret in (SECRET, "hidden-token"):
        assert secret not in log + output + stored
