"""`make demo`: a newsroom on this machine that edits its stories, and newswatch watching it. No network is needed.

Lines that begin with `newsroom` tell what was really done, and what should be flagged; all others are newswatch's own.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import socket
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path

from tests.newsroom import Newsroom
from tests.newsroom.config import write_config
from tests.newsroom.script import DEMO, Event, Script, prepare

# looks every few seconds, so that a person need not wait; in earnest it is minutes to days, by an article's age
SETTINGS: dict[str, object] = {"recheck_speed": 1000, "recheck_min_s": 4, "feed_interval_s": 5}
PACE_S = 0.05


def main() -> int:
    """Run until Ctrl-C, or for `--seconds`. Gives the service's exit code."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--home", type=Path, default=Path(".demo"), help="made anew each time")
    parser.add_argument("--port", type=int, default=8765, help="of the review page; 0 takes a free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, help="end after so long")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    shutil.rmtree(options.home, ignore_errors=True)
    room = Newsroom(seed=options.seed)
    prepare(room)
    with room:
        write_config(room, options.home, pace=PACE_S, settings=SETTINGS)
        say(f"{len(room.outlets)} outlets are open on this machine; their stories change from now on")
        script = Script(room, DEMO, tell=lambda event: tell(room, event))
        performing = threading.Thread(target=script.run, kwargs={"forever": True}, daemon=True)
        performing.start()
        try:
            return watch(options.home, options.port or free_port(), options.seconds)
        finally:
            script.stop()


def watch(home: Path, port: int, seconds: float | None) -> int:
    """Run the service as a person would, in a process of its own."""
    command = [sys.executable, "-m", "monitor.cli", "--home", str(home), "run", "--port", str(port)]
    with subprocess.Popen(command) as service:
        try:
            return service.wait(seconds)
        except (KeyboardInterrupt, subprocess.TimeoutExpired):
            service.send_signal(signal.SIGTERM)
            return service.wait(15)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tell(room: Newsroom, event: Event) -> None:
    flag = f"  [{event.expect}]" if event.expect else ""
    say(f"{room.outlet(event.outlet).name} {event.words}{flag}")


def say(words: str) -> None:
    print(f"{datetime.now().astimezone():%H:%M:%S} newsroom: {words}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
