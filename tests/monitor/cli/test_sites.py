"""`newswatch sites` and `newswatch extract URL`, against a real server on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from crawler import sites
from crawler.extract import reader
from db.jsonable import article_to_json
from db.types import Article

STORY = """<html lang="cs"><head><title>Most se otevřel</title></head><body><article><h1>Most se po deseti letech otevřel</h1>
<p>Městská rada ve středu oznámila, že nový most přes řeku je otevřený a že první autobusy po něm jezdí od šesti hodin ráno.</p>
<p>Přívoz, který tu jezdil skoro sto let, skončí na konci měsíce a loď se stane muzeem na jižním břehu, řekl starosta města.</p>
</article></body></html>"""


class Outlet(BaseHTTPRequestHandler):
    """One story whose encoding only the response's header tells, and robots.txt that closes one folder."""

    def do_GET(self) -> None:
        if self.path == "/robots.txt":
            self._answer(200, "text/plain", b"User-agent: *\nDisallow: /closed/\n")
        elif self.path in {"/story", "/closed/story"}:
            self._answer(200, "text/html; charset=windows-1250", STORY.encode("windows-1250"))
        else:
            self._answer(404, "text/html", b"<html><body>no such page</body></html>")

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def outlet() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Outlet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "newswatch.toml").write_text('[newswatch]\nallow_addresses = ["127.0.0.0/8"]\n')
    return tmp_path / "home"


def newswatch(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).resolve().parents[3]
    return subprocess.run(
        [sys.executable, "-m", "monitor.cli", "--home", str(home), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
        env={**os.environ, "PYTHONPATH": str(root), "COLUMNS": "200"},
    )


@pytest.mark.slow
def test_save_writes_a_page_and_the_reading_of_its_bytes(outlet: str, home: Path) -> None:
    folder = home / "pages"
    folder.mkdir()
    ran = newswatch(home, "sites", "save", f"{outlet}/story", "--as", "most_example", "--into", str(folder))
    assert (ran.returncode, ran.stderr) == (0, "")
    want = json.loads((folder / "most_example.json").read_text(encoding="utf-8"))
    made = reader.read((folder / "most_example.html").read_bytes(), want["url"])
    assert isinstance(made, Article)
    assert want["headline"] == "Most se po deseti letech otevřel"
    assert {key: article_to_json(made)[key] for key in want} == want
    again = newswatch(home, "sites", "save", f"{outlet}/story", "--as", "most_example", "--into", str(folder))
    assert again.returncode == 1
    assert "--force" in again.stderr


@pytest.mark.slow
def test_explain_fetches_an_address(outlet: str, home: Path) -> None:
    ran = newswatch(home, "extract", "--explain", f"{outlet}/story")
    assert ran.returncode == 0, ran.stderr
    assert "headline: Most se po deseti letech otevřel" in ran.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("path", "words"), [("/closed/story", "robots"), ("/missing", "nothing stands there")])
def test_a_page_that_may_not_or_cannot_be_read_is_told(outlet: str, home: Path, path: str, words: str) -> None:
    ran = newswatch(home, "sites", "save", outlet + path, "--as", "most_example", "--into", str(home))
    assert ran.returncode == 1
    assert words in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not list(home.glob("*.html"))


def test_wrong_use_is_told(home: Path) -> None:
    for arguments, words in (
        (("sites", "save", "http://127.0.0.1/x", "--into", str(home)), "--as NAME"),
        (("sites", "save", "http://127.0.0.1/x"), "--into FOLDER"),
        (("extract", "http://127.0.0.1/x", "http://127.0.0.1/y"), "one address"),
    ):
        ran = newswatch(home, *arguments)
        assert ran.returncode == 2
        assert words in ran.stderr


def test_list_names_every_layout(home: Path) -> None:
    ran = newswatch(home, "sites", "list", "--json")
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    assert {row["domain"].replace(".", "_") for row in rows} == set(sites.names())
    assert all(row["about"] for row in rows)
