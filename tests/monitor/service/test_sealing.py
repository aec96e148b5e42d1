"""An engine seals what it stored, signs once a day, and has checkpoints stamped by an authority on loopback."""

from __future__ import annotations

import http.server
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from db.engine import open_engine, reading
from db.evidence import checkpoints, key
from db.evidence.note import Head, opened
from db.home import home_at
from db.models_evidence import LeafRow
from monitor.service.sealing import Sealer
from monitor.service.stamping import StampError, ask, stamped
from tests.monitor.seeded import seeded_home

NOW = datetime(2026, 5, 4, 8, 30, tzinfo=UTC)
CONFIG = """
[req]
distinguished_name = name
[name]
[stamping]
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
"""


class Authority:
    """A time-stamping authority of our own, by `openssl ts`, behind HTTP on loopback."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
        make = [
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=stamps",
            "-days",
            "2",
            "-config",
            "tsa.cnf",
        ]
        self._openssl(*make, "-extensions", "stamping", "-keyout", "tsa.key", "-out", "tsa.pem")
        self.broken = False
        authority = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                answer = b"no" if authority.broken else authority.stamp(query)
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self._folder, check=True, capture_output=True)

    def stamp(self, query: bytes) -> bytes:
        (self._folder / "q.tsq").write_bytes(query)
        reply = ["ts", "-reply", "-queryfile", "q.tsq", "-config", "tsa.cnf", "-signer", "tsa.pem", "-inkey", "tsa.key"]
        self._openssl(*reply, "-out", "q.tsr")
        return (self._folder / "q.tsr").read_bytes()

    def holds(self, token: bytes, data: bytes) -> bool:
        (self._folder / "t.tsr").write_bytes(token)
        (self._folder / "t.data").write_bytes(data)
        check = ["openssl", "ts", "-verify", "-data", "t.data", "-in", "t.tsr", "-CAfile", "tsa.pem"]
        return subprocess.run(check, cwd=self._folder, capture_output=True, check=False).returncode == 0

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the time stamps of this test")
    folder = tmp_path / "tsa"
    folder.mkdir()
    found = Authority(folder)
    yield found
    found.close()


@pytest.fixture
def seeded(tmp_path: Path) -> Iterator[tuple[Path, Engine]]:
    home = seeded_home(tmp_path / "home")
    engine = open_engine(home.database_url())
    yield home.path, engine
    engine.dispose()


def test_a_home_from_before_the_log_is_sealed_and_signed(seeded: tuple[Path, Engine]) -> None:
    folder, engine = seeded
    done = Sealer(home_at(folder), engine).run(NOW)
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(LeafRow)) == done.leaves > 2
    assert done.checkpoint is not None
    assert Head.parse(opened(done.checkpoint.text, key.verifiers(folder))).size == done.leaves
    again = Sealer(home_at(folder), engine).run(NOW + timedelta(days=3))
    assert (again.leaves, again.checkpoint, str(again)) == (0, None, "0 sealed")


def test_files_of_a_process_that_ended_are_sealed(seeded: tuple[Path, Engine]) -> None:
    folder, engine = seeded
    archive = folder / "archive"
    archive.mkdir(exist_ok=True)
    for name in ("spool-1-engine", "keep-1-engine", "keep-2-other"):
        (archive / f"{name}.warc.gz").write_bytes(b"bytes")
    (archive / "spool-3-empty.warc.gz").touch()
    sealer = Sealer(home_at(folder), engine)
    assert sealer.run(NOW).files == 0
    assert sealer.run(NOW, ended="engine").files == 2
    assert sealer.run(NOW, ended="engine").files == 0


@pytest.mark.slow
def test_a_checkpoint_is_stamped_by_an_authority(authority: Authority, seeded: tuple[Path, Engine]) -> None:
    folder, engine = seeded
    sealer = Sealer(home_at(folder), engine, stamp_url=authority.url)
    authority.broken = True
    assert "no time-stamp answer" in str(sealer.run(NOW).trouble)
    authority.broken = False
    assert sealer.run(NOW).trouble is None, "not asked again at once"
    with reading(engine) as session:
        assert checkpoints.get(session, 1).stamp is None  # type: ignore[union-attr]
    sealer.run(NOW + timedelta(hours=2))
    with reading(engine) as session:
        found = checkpoints.get(session, 1)
        assert found is not None
        assert found.stamp is not None
        last = session.scalars(select(LeafRow).order_by(LeafRow.idx.desc())).first()
        assert (last.kind, last.idx) == ("stamp", found.leaf)  # type: ignore[union-attr]
    assert authority.holds(found.stamp, found.text.encode())
    assert not authority.holds(found.stamp, b"other")
    at, _ = stamped(found.stamp, found.text.encode())
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
    with pytest.raises(StampError, match="something else"):
        stamped(found.stamp, b"other")


def test_an_authority_that_cannot_be_asked_is_told(authority: Authority) -> None:
    authority.close()
    with pytest.raises(StampError, match="gives no time stamp"):
        ask(authority.url, b"x")
    with pytest.raises(StampError, match="not an address"):
        ask("file:///etc/passwd", b"x")
