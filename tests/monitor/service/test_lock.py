"""One engine a home: who holds the lock is said, and asking who holds it keeps nobody out."""

from __future__ import annotations

import fcntl
import threading
import time
from pathlib import Path

import pytest

from monitor.service.lock import HomeBusyError, engine_lock, holder


def test_a_second_engine_is_refused_and_told_who_holds_the_home(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with engine_lock(path, "service"):
        assert (holder(path) or {})["role"] == "service"
        with pytest.raises(HomeBusyError, match="service since"), engine_lock(path, "crawl"):
            pass
    assert holder(path) is None


def test_one_who_asks_for_the_holder_at_that_instant_keeps_no_engine_out(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.touch()
    locked = threading.Event()

    def ask() -> None:
        with path.open("r+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            locked.set()
            time.sleep(0.1)

    asking = threading.Thread(target=ask)
    asking.start()
    locked.wait()
    with engine_lock(path, "service"):
        assert holder(path) is not None
    asking.join()
