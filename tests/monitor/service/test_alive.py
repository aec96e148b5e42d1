"""What an engine process says of itself: to systemd by a datagram, to the tables by a row, to the log in lines."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from db.engine import open_engine, reading, upgrade
from db.home import home_at
from db.queries import figures
from db.writer import Writer
from monitor.service import systemd
from monitor.service.alive import alive
from monitor.service.figures import Figures
from monitor.service.logs import HIDDEN, log_to
from tests.databases import database_at


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The socket on which systemd would listen."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listening


def test_a_state_reaches_the_manager(manager: socket.socket) -> None:
    assert systemd.tell(systemd.READY)
    assert manager.recv(100) == b"READY=1"


def test_a_socket_of_the_abstract_namespace() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        name = f"newswatch-test-{os.getpid()}"
        listening.bind(f"\0{name}")
        listening.settimeout(5)
        assert systemd.tell(systemd.LIVES, {"NOTIFY_SOCKET": f"@{name}"})
        assert listening.recv(100) == b"WATCHDOG=1"


@pytest.mark.parametrize("address", ["", "/nowhere/at/all", "vsock:2:1", "relative"])
def test_without_a_manager_nothing_breaks(address: str) -> None:
    assert not systemd.tell(systemd.READY, {"NOTIFY_SOCKET": address})


def test_a_sign_of_life_twice_in_the_time_that_is_given() -> None:
    assert systemd.watchdog_s({"WATCHDOG_USEC": "60000000"}) == 30.0
    assert systemd.watchdog_s({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}) == 30.0


@pytest.mark.parametrize("given", [{}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "0"}])
def test_no_watchdog(given: dict[str, str]) -> None:
    assert systemd.watchdog_s(given) is None


def test_a_watchdog_of_another_process_is_not_ours() -> None:
    assert systemd.watchdog_s({"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}) is None


def test_while_a_process_runs_it_says_so(
    manager: socket.socket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    engine = open_engine(database_at(tmp_path / "newswatch.db"))
    upgrade(engine)
    found = Figures()
    writer = Writer(engine, after_batch=found.batch)

    async def run() -> None:
        async with alive("engine", writer, found, in_flight=lambda: 7):
            for _ in range(500):
                await asyncio.sleep(0.15)
                if told():
                    break

    def told() -> list[figures.ProcessFigures]:
        with reading(engine) as session:
            return figures.every(session)

    heard: list[bytes] = []
    listener = threading.Thread(target=_hear, args=(manager, heard))  # the socket's queue holds ten
    listener.start()
    asyncio.run(run())
    writer.close()
    listener.join()
    assert (heard[0], heard[-1]) == (b"READY=1", b"STOPPING=1")
    assert heard[1:-1] == [b"WATCHDOG=1"] * (len(heard) - 2)
    assert len(heard) > 3
    (said,) = told()
    assert said.process == "engine"
    assert (datetime.now(UTC) - said.at).total_seconds() < 60
    values = {name: value for family in said.families for name, _, value in family["samples"]}
    assert values["newswatch_in_flight"] == 7
    assert found.registry.get_sample_value("newswatch_loop_lag_seconds_count") == pytest.approx(1, abs=3)
    assert found.registry.get_sample_value("newswatch_writer_batch_closures_count") == 1
    engine.dispose()


def _hear(manager: socket.socket, heard: list[bytes]) -> None:
    while not heard or heard[-1] != b"STOPPING=1":
        heard.append(manager.recv(100))


@pytest.fixture
def logging_anew() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.mark.usefixtures("logging_anew")
def test_the_log_on_standard_output_is_json_without_secrets(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    log_to(home_at(tmp_path), "stdout")
    log = structlog.get_logger("newswatch")
    log.warning("failed", url="https://ada:pw1@a.example/x?page=2&api_key=pw2&b=1", token="pw3", password="pw4")
    try:
        int("postgresql+psycopg://newswatch:pw5@database/newswatch")
    except ValueError:
        log.exception("broke")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    first, second = (json.loads(line) for line in lines)
    assert first["url"] == f"https://{HIDDEN}@a.example/x?page=2&api_key={HIDDEN}&b=1"
    assert (first["event"], first["level"], first["token"]) == ("failed", "warning", HIDDEN)
    assert "ValueError" in second["exception"]
    assert "pw" not in lines[0]
    assert "pw5" not in lines[1]
    assert not (tmp_path / "logs").exists()


@pytest.mark.usefixtures("logging_anew")
def test_the_log_in_the_home(tmp_path: Path) -> None:
    log_to(home_at(tmp_path))
    structlog.get_logger("newswatch").info("began", sources=3)
    structlog.get_config()["logger_factory"]()._file.close()  # which a process keeps open to its end
    told = json.loads((tmp_path / "logs" / "newswatch.log").read_text(encoding="utf-8"))
    assert (told["event"], told["sources"]) == ("began", 3)
