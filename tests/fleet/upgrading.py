"""One machine after the other is upgraded while the fleet works: shown with two real commits.

    python -m tests.fleet.upgrading [--old COMMIT] [--keep DIR]

The old commit's code (without one: the commit before the newest migration) runs from `git archive`, with the libraries that are
installed.

1. A scheduler and a worker of the old code read all pages on the old schema.
2. A worker of this code starts and upgrades the schema while they go on; a third of the pages is edited, both workers look.
3. The old worker is begun again, on the newer schema; this code's scheduler takes over.

At the end what the servers logged is held against the rows.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from db.engine import schema_revision
from tests import postgres
from tests.fleet.fleet import Fleet, at_once, too_early
from tests.fleet.hosts import headline

HOSTS, PAGES, PACE, MOST_S = 8, 6, 0.5, 600.0
MORE = "recheck_min_s = 86400\n"
OLD, NEW = "old", "new"
_UPGRADE = "import sys; from db.engine import open_engine, upgrade; upgrade(open_engine(sys.argv[1]))"


def before_the_newest_migration() -> str:
    """The commit before the one that brought the newest migration."""
    return _git("log", "-1", "--format=%H~1", "--diff-filter=A", "--", "db/migrations/versions").strip()


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout


def unpack(commit: str, folder: Path) -> Path:
    """The code of a commit in a folder of its own."""
    folder.mkdir(parents=True)
    archive = folder / "code.tar"
    _git("archive", f"--output={archive}", commit, "db", "crawler", "monitor")
    subprocess.run(["tar", "-xf", archive, "-C", folder], check=True)
    return folder


class Upgrading:
    """The fleet, whose processes have one archive, as machines of one fleet should."""

    def __init__(self, room: Fleet, code: Path) -> None:
        self.room, self._code = room, code
        self.edited: set[int] = set()

    def start(self, name: str, *arguments: str) -> None:
        """Start a process; the first part of its name says of which code."""
        home = self.room.folder / name
        home.mkdir(exist_ok=True)
        if not (home / "archive").exists():
            (self.room.folder / "archive").mkdir(exist_ok=True)
            (home / "archive").symlink_to(self.room.folder / "archive")
        self.room.start(name, *arguments, code=self._code if name.startswith(OLD) else None)

    def scheduler(self, age: str) -> str:
        self.start(name := f"{age}-scheduler", "run", "--no-web")
        return name

    def worker(self, age: str) -> str:
        self.start(name := f"{age}-worker", "worker", "--concurrency", "4")
        return name

    def look(self, edits: range) -> set[str]:
        """Edit these pages and have all looked at. Gives whose looks they were."""
        self.edited |= set(edits)
        self.room.edit(sorted(self.edited))
        before = len(self.room.asked())
        since = self.room.all_due()
        self.room.wait(lambda: self._read(since), MOST_S)
        return {one.worker for one in self.room.asked()[before:]}

    def _read(self, since: datetime) -> bool:
        left = self.room.one("SELECT count(*) FROM revision WHERE NOT compared")
        return self.room.unread(since) == 0 and left == 0


def show(room: Fleet, code: Path) -> dict[str, object]:
    """Upgrade a fleet at work. Gives what went wrong, by its name: empty where nothing did."""
    fleet = Upgrading(room, code)
    wrong: dict[str, object] = {}
    fleet.scheduler(OLD)
    fleet.worker(OLD)
    say(f"the old code on schema {schema_revision(room.engine)[0]}: {sorted(fleet.look(range(0)))} read all pages")
    fleet.worker(NEW)
    room.wait(lambda: len(set(schema_revision(room.engine))) == 1, MOST_S)
    both = fleet.look(range(0, HOSTS * PAGES, 3))
    say(f"schema {schema_revision(room.engine)[0]} under both: {sorted(both)} looked")
    wrong["who looked on the newer schema"] = {"old-worker", "new-worker"} - both
    wrong["exit code of the old worker"] = room.end("old-worker")
    fleet.scheduler(NEW)
    fleet.worker(OLD)
    room.wait(lambda: workers(room) == 2, MOST_S)
    wrong["exit code of the old scheduler"] = room.end("old-scheduler")
    again = fleet.look(range(1, HOSTS * PAGES, 3))
    say(f"begun again on the newer schema, under the new scheduler: {sorted(again)} looked")
    wrong["who looked after the restart"] = {"old-worker", "new-worker"} - again
    return {**wrong, **verdict(room, fleet.edited)}


def workers(room: Fleet) -> int:
    return int(room.one("SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '20 s'"))


def verdict(room: Fleet, edited: set[int]) -> dict[str, object]:
    """What the servers saw against the rows."""
    asked = room.asked()
    wanted = {(headline(number, 1), headline(number, 2)) for number in edited}
    return {
        "edits missed or wrong": wanted ^ set(room.headlines()),
        "edits told twice": len(room.headlines()) - len(set(room.headlines())),
        "failed visits": room.one("SELECT count(*) FROM page_check WHERE outcome = 'failed'"),
        "requests of two workers to one host at once": at_once(asked),
        "requests closer than the pace": too_early(asked, PACE),
    }


def say(words: str) -> None:
    print(words, flush=True)


def run(old: str, folder: Path) -> bool:
    """Show it with this commit as the old code. Gives whether all is as it must be."""
    code = unpack(old, folder / "code")
    say(f"old: {_git('log', '-1', '--format=%h %s', old).strip()}")
    say(f"new: {_git('log', '-1', '--format=%h %s').strip()}, and what is not committed")
    with postgres.running("max_connections=200") as server:
        subprocess.run([sys.executable, "-c", _UPGRADE, server.url], cwd=code, check=True)
        room = Fleet(folder, server, hosts=HOSTS, pages=PAGES, pace=PACE, more=MORE, upgraded=False)
        try:
            room.open()
            wrong = {what: found for what, found in show(room, code).items() if found}
        finally:
            room.close()
    for what, found in wrong.items():
        say(f"  {what}: {found}")
    say(
        "VERDICT: "
        + ("NOT as it must be" if wrong else "the fleet was upgraded while it worked; nothing lost, nothing twice")
    )
    return not wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--old", help="a commit of which the schema is older")
    parser.add_argument("--keep", type=Path, help="a new folder for the logs; else a temporary one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary) / "fleet"
        folder.mkdir(parents=True)
        return 0 if run(options.old or before_the_newest_migration(), folder) else 1


if __name__ == "__main__":
    sys.exit(main())
