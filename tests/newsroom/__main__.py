"""`python -m tests.newsroom`: run the newsroom by itself, with or without a script."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from datetime import datetime
from pathlib import Path

from tests.newsroom.config import config_toml, write_config
from tests.newsroom.newsroom import Newsroom
from tests.newsroom.noise import Noise
from tests.newsroom.script import DEMO, Event, Script, prepare


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    room = Newsroom(
        seed=options.seed,
        stories=options.stories,
        noise=Noise.quiet() if options.quiet else None,
        pad_kb=options.pad_kb,
        port=options.port,
    )
    prepare(room)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        room.start()
    except OSError as error:
        say(f"cannot open the newsroom on port {options.port}: {error.strerror}; choose another with --port")
        return 1
    with room:
        if options.config is not None:
            say(f"wrote {write_config(room, options.config, pace=options.pace)}")
        if options.print_config:
            print(config_toml(room, pace=options.pace), flush=True)
        else:
            introduce(room)
        try:
            perform(room, options)
        except KeyboardInterrupt:
            say("the newsroom closes")
    return 0


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m tests.newsroom", description=__doc__)
    made.add_argument("--script", choices=("demo", "none"), default="demo", help="what happens to the articles")
    made.add_argument("--seed", type=int, default=1, help="decides texts, noise and random edits")
    made.add_argument("--speed", type=_positive, default=1.0, help="2 is twice as fast")
    made.add_argument("--stories", type=int, default=8, help="stories an outlet at the start")
    made.add_argument("--pad-kb", type=int, default=0, help="make each page this much heavier")
    made.add_argument(
        "--port", type=int, default=0, help="the outlets' port, each on its own address; 0 finds free ones"
    )
    made.add_argument("--pace", type=float, default=0.2, help="pace in the configuration, seconds")
    made.add_argument("--seconds", type=float, help="stop after this long")
    made.add_argument("--quiet", action="store_true", help="pages without noise")
    made.add_argument("--impatient", action="store_true", help="edit without waiting for a visit")
    made.add_argument("--print-config", action="store_true", help="print a newswatch.toml for this newsroom first")
    made.add_argument("--config", type=Path, metavar="HOME", help="write newswatch.toml into this folder")
    return made


def _positive(text: str) -> float:
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return value


def introduce(room: Newsroom) -> None:
    for outlet in room.outlets.values():
        say(f"{outlet.name} is open at {outlet.base}/ with {len(outlet.stories)} stories")


def perform(room: Newsroom, options: argparse.Namespace) -> None:
    """Run the chosen script until the time is over or for ever."""
    if options.script == "none":
        end = float("inf") if options.seconds is None else time.monotonic() + options.seconds
        while time.monotonic() < end:
            time.sleep(0.2)
        return
    script = Script(
        room, DEMO, speed=options.speed, tell=lambda event: tell(room, event), patient=not options.impatient
    )
    if not options.impatient:
        say("edits begin when a story has been visited")
        while not any(story.visits for story in room.stories()):
            time.sleep(0.1)
        script.began = time.monotonic()
    script.run(seconds=None if options.seconds is None else options.seconds * options.speed, forever=True)


def tell(room: Newsroom, event: Event) -> None:
    flag = f"  [{event.expect}]" if event.expect else ""
    say(f"{room.outlet(event.outlet).name} {event.words}{flag}")


def say(words: str) -> None:
    print(f"{datetime.now().astimezone():%H:%M:%S} {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
