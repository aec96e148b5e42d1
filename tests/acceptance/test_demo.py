"""The demo in short: a noisy newsroom edits its stories, and the service flags each edit as what it is, and nothing more."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest

from tests.acceptance.homes import Homestead
from tests.newsroom import Newsroom, acts
from tests.newsroom.script import Event, Script, Step, prepare

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]

STEPS = (
    Step(1, "harbour", -1, acts.headline_number),
    Step(1, "harbour", -2, acts.byline),
    Step(1, "harbour", -3, acts.paywall),
    Step(1, "harbour", -4, acts.backdated),
    Step(2, "meridian", -1, acts.dateline),
    Step(2, "meridian", -2, acts.freshened),
    Step(2, "meridian", -3, acts.punctuation),
    Step(2, "valley", -1, acts.correction),
    Step(3, "valley", -2, acts.time_line),
    Step(3, "valley", -3, acts.caption),
    Step(3, "elbe", -1, acts.headline_name),
    Step(3, "elbe", -2, acts.dateline),
    Step(4, "elbe", -3, acts.body_reworded),
    Step(4, "faro", -1, acts.stealth),
    Step(4, "faro", -3, acts.body_added),
    Step(4, "faro", -4, acts.byline),
    Step(5, "minato", -1, acts.headline_reworded),
    Step(5, "minato", -3, acts.correction),
)
LONGEST_S = 45.0
QUIET_S = 5.0
"""How long the noise goes on after the last edit is flagged."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Event], list[dict[str, Any]], str]:
    """The edits, what newswatch said of the pages, and its log."""
    room = Newsroom(seed=1, stories=4)
    prepare(room)
    with room:
        stead = Homestead(tmp_path_factory.mktemp("demo") / "home", room)
        script = Script(room, STEPS)
        with stead.service() as service:
            performing = threading.Thread(target=script.run, daemon=True)
            performing.start()
            until = time.monotonic() + LONGEST_S
            while time.monotonic() < until and service.poll() is None:
                time.sleep(1)
                if script.finished and not missing(script.events, flags(stead)):
                    time.sleep(QUIET_S)
                    break
            script.stop()
            performing.join(5)
        return script.events, flags(stead), str(service.returncode)


def flags(stead: Homestead) -> list[dict[str, Any]]:
    code, output = stead.run("changes", "--json", "--all", "--limit", "500")
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")] if code == 0 else []


def asked(event: Event) -> tuple[str, set[str]]:
    """The kind and the natures that an event's line names."""
    kind, _, rest = event.expect.partition(":")
    return kind, {part.strip() for part in rest.partition("(")[0].split(",") if part.strip()}


def answers(event: Event, change: dict[str, Any]) -> bool:
    return bool(change["url"] == event.url and change["kind"] == asked(event)[0])


def missing(events: list[Event], changes: list[dict[str, Any]]) -> list[Event]:
    return [event for event in events if not any(answers(event, change) for change in changes)]


def test_every_edit_is_flagged_as_its_kind(told: tuple[list[Event], list[dict[str, Any]], str]) -> None:
    events, changes, _ = told
    assert len(events) == len(STEPS)
    assert missing(events, changes) == []


def test_every_flag_says_how(told: tuple[list[Event], list[dict[str, Any]], str]) -> None:
    events, changes, _ = told
    for event in events:
        natures = {nature for change in changes if answers(event, change) for nature in change["natures"]}
        wanted = asked(event)[1]
        if event.expect == "body: punctuation (cosmetic)":
            assert natures <= {"punctuation", "style"}
        elif wanted != {"reworded"} and asked(event)[0] != "availability":
            assert wanted <= natures, (event.words, natures)


def test_nothing_else_is_flagged(told: tuple[list[Event], list[dict[str, Any]], str]) -> None:
    events, changes, _ = told
    edited = {event.url for event in events}
    for change in changes:
        if change["significance"] == "cosmetic" or change.get("suppressed_by"):
            continue
        assert change["url"] in edited, change
        # an edit moves the modified time as well, where the outlet's desk does so
        assert change["kind"] == "modified" or any(answers(event, change) for event in events), change
