"""The service as a whole process, under faults of its surroundings. Only in `make torture`: each takes a minute.

Whatever befalls it, the service lives on (a limit of memory excepted), tells what is wrong, and when the fault is over every edit
is read and told once, with nothing lost and nothing made up.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import psutil
import pytest

from tests.newsroom.newsroom import Newsroom
from tests.newsroom.noise import Noise
from tests.receivers import hook
from tests.torture import surroundings
from tests.torture.ledger import book
from tests.torture.surroundings import Trial

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
HELD_S = 15.0

Make = Callable[..., Trial]
Fault = Callable[[Trial], AbstractContextManager[None]]


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Make]:
    """Makes the one trial of a test, in a folder or in the environment given."""
    with ExitStack() as stack:
        room = Newsroom(stories=2, outlets=["harbour"], noise=Noise.quiet())
        ledger, mail = stack.enter_context(book(room)), stack.enter_context(hook())
        yield lambda folder=tmp_path, **environment: Trial(room, ledger, mail, folder, environment)


def outlives(made: Trial, fault: Fault, told: str, *, held_s: float = HELD_S) -> None:
    """Edits while the fault holds and after it are read and told once; the fault is told of."""
    with made.service():
        with fault(made):
            made.edit()
            until = time.monotonic() + held_s
            made.says(told)
            time.sleep(max(0.0, until - time.monotonic()))
            assert made.asks("/healthz")[0] == 200
        made.edit()
        made.calm()
    made.judge()


@pytest.mark.sqlite
def test_a_disk_that_is_really_full(trial: Make, tmp_path: Path) -> None:
    with surroundings.small_disk(tmp_path / "disk") as disk:
        outlives(trial(disk), lambda _: surroundings.full(disk), "disk is full")


@pytest.mark.sqlite
def test_the_system_allows_no_larger_file(trial: Make) -> None:
    outlives(trial(), lambda made: surroundings.limited(made.process, psutil.RLIMIT_FSIZE, 1000), "disk I/O error")


def test_the_system_gives_no_more_descriptors(trial: Make) -> None:
    def none(made: Trial) -> AbstractContextManager[None]:
        return surroundings.limited(made.process, psutil.RLIMIT_NOFILE, made.process.num_fds())

    made = trial()
    outlives(made, none, "Too many open files|reader_crash|database")


def test_the_system_gives_no_more_memory(trial: Make) -> None:
    def none(made: Trial) -> AbstractContextManager[None]:
        size = made.process.memory_info().vms + (4 << 20)
        return surroundings.limited(made.process, psutil.RLIMIT_AS, size)

    outlives(trial(), none, "can't start new thread|MemoryError|memory")


@pytest.mark.sqlite
def test_another_program_holds_the_database(trial: Make) -> None:
    made = trial()
    outlives(
        made, lambda one: surroundings.locked(one.stead.home.path / "newswatch.db"), "database is locked", held_s=25.0
    )


def test_the_machine_sleeps(trial: Make) -> None:
    made = trial()
    with made.service():
        with surroundings.stopped(made.process):
            made.edit()
            time.sleep(HELD_S)
        made.calm()
    made.judge()


def test_the_machine_moves_to_another_zone_between_two_runs(trial: Make) -> None:
    made = trial(TZ="America/New_York")
    with made.service():
        made.edit()
        made.calm()
    made.environment["TZ"] = "Asia/Kathmandu"
    with made.service():
        made.edit()
        made.calm()
    made.judge()
