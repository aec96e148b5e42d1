"""An evidence bundle is checked elsewhere with a plain Python, and whatever is altered in it is found."""

from __future__ import annotations

import io
import json
import random
import shutil
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import fastwarc
import pytest

from crawler.readers import Readers
from db.engine import open_engine, writing
from db.evidence import key
from db.evidence.note import Signer
from db.home import Home
from db.queries import views
from monitor.cli.app import run
from monitor.report import standalone
from tests.conftest import LoopThread
from tests.sealed import sealed_home

pytestmark = pytest.mark.slow
Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def home(reactor_loop: LoopThread, tmp_path_factory: pytest.TempPathFactory) -> Home:
    readers = Readers(1)
    made = sealed_home(tmp_path_factory.mktemp("sealed") / "home", reactor_loop, readers)
    readers.close()
    return made


@pytest.fixture(scope="module")
def bag(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundle") / "change"
    assert run(["--home", str(home.path), "export", "5", "--bundle", str(out)]) == 0
    return out


def elsewhere(bag: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The bundle's own program, by a Python that has nothing but itself."""
    command = [sys.executable, "-I", "-S", str(bag / "data" / "verify.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")


def checked(bag: Path, public: str | None = None) -> tuple[int, str]:
    """The same program in this process, with the library's signatures."""
    out = io.StringIO()
    try:
        return standalone.verify(bag, public, out), out.getvalue()
    except Exception as error:  # noqa: BLE001 - the program itself tells it as a bundle that cannot be read
        return 1, f"{type(error).__name__}: {error}"


def test_a_third_party_checks_it_with_a_plain_python(home: Home, bag: Path, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere"
    shutil.copytree(bag, copy)
    done = elsewhere(copy)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Everything holds" in done.stdout
    assert "change 5: headline of http://" in done.stdout
    public = key.verifiers(home.path)[0].text
    assert elsewhere(copy, "--key", public).returncode == 0
    other = Signer.make("somebody").verifier.text
    assert "not the key that you were given" in elsewhere(copy, "--key", other).stdout
    assert checked(copy)[0] == 0


def test_it_holds_what_an_editor_and_a_court_ask_for(bag: Path) -> None:
    data = bag / "data"
    words = (data / "README.txt").read_text()
    assert "Change 5: the headline of" in words
    assert "HOW TO CHECK IT" in words
    stored = json.loads((data / "changes" / "change-5.json").read_text())
    assert stored["before"] in words
    assert "<script" not in (data / "changes.html").read_text()
    assert (data / "cards" / "change-5.png").read_bytes().startswith(b"\x89PNG")
    warc = io.BytesIO((data / "archive" / "evidence.warc.gz").read_bytes())
    kinds = [record.headers["WARC-Type"] for record in fastwarc.ArchiveIterator(warc)]
    assert kinds[0] == "warcinfo"
    assert {"request", "metadata", "response"} <= set(kinds)


def test_every_file_that_is_altered_is_named(bag: Path, tmp_path: Path) -> None:
    copy, chance = tmp_path / "copy", random.Random(1)
    shutil.copytree(bag, copy)
    for path in sorted(found for found in copy.rglob("*") if found.is_file()):
        data = path.read_bytes()
        spoilt = bytearray(data)
        spoilt[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(spoilt)
        assert checked(copy)[0], path
        path.write_bytes(data)
    (copy / "data" / "more.txt").write_text("planted")
    assert "no manifest names it" in checked(copy)[1]
    (copy / "data" / "more.txt").unlink()
    (copy / "data" / "versions.json").unlink()
    assert checked(copy)[0]


def with_new_manifests(bag: Path) -> None:
    """What a forger would do who has no key."""
    lines = (bag / "manifest-sha256.txt").read_text().splitlines()
    paths = [line.partition("  ")[2] for line in lines]
    text = "".join(f"{sha256((bag / path).read_bytes()).hexdigest()}  {path}\n" for path in paths)
    (bag / "manifest-sha256.txt").write_text(text)
    tags = ("bagit.txt", "bag-info.txt", "manifest-sha256.txt")
    text = "".join(f"{sha256((bag / path).read_bytes()).hexdigest()}  {path}\n" for path in tags)
    (bag / "tagmanifest-sha256.txt").write_text(text)


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("changes/change-5.json", "Ferry", "Fairy", "it is not the change that was sealed"),
        ("proofs.json", '"seq": ', '"seq": 1', "is not in the log"),
        ("checkpoint.txt", "\ntime 20", "\ntime 19", "no key signed it"),
        ("README.txt", "Ferry", "Fairy", "does not sign this bundle"),
    ],
)
def test_new_manifests_do_not_help_a_forger(
    bag: Path, tmp_path: Path, *, name: str, old: str, new: str, told: str
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(bag, copy)
    path = copy / "data" / name
    path.write_text(path.read_text().replace(old, new))
    with_new_manifests(copy)
    done = elsewhere(copy)
    assert done.returncode == 1
    assert told in done.stdout
    assert "Everything holds" not in done.stdout


def test_an_article_with_a_return_is_exported_whole_and_zipped(home: Home, tmp_path: Path, capsys: Capture) -> None:
    url = json.loads(next(iter(_lines(home, capsys, "changes", "--json"))))["url"]
    out = tmp_path / "story.zip"
    assert run(["--home", str(home.path), "export", url, "--bundle", str(out)]) == 0
    with zipfile.ZipFile(out) as file:
        assert all(name.startswith("story/") and ".." not in name for name in file.namelist())
        file.extractall(tmp_path / "there")
    done = elsewhere(tmp_path / "there" / "story")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("change ") >= 6
    assert run(["--home", str(home.path), "export", url, "--bundle", str(out)]) == 2


def _lines(home: Home, capsys: Capture, *arguments: str) -> list[str]:
    capsys.readouterr()
    assert run(["--home", str(home.path), *arguments]) == 0
    return capsys.readouterr().out.splitlines()


def test_a_view_is_exported(home: Home, tmp_path: Path) -> None:
    engine = open_engine(home.database_url())
    with writing(engine) as session:
        from datetime import UTC, datetime

        views.save(session, "Ferries", {"kind": "headline", "match": "Ferry"}, datetime.now(UTC))
        views.save(session, "Nothing", {"match": "no such word"}, datetime.now(UTC))
    engine.dispose()
    assert run(["--home", str(home.path), "export", "Ferries", "--bundle", str(tmp_path / "v")]) == 0
    assert "Everything holds" in elsewhere(tmp_path / "v").stdout
    assert len(list((tmp_path / "v" / "data" / "changes").iterdir())) == 3
    assert run(["--home", str(home.path), "export", "Nothing", "--bundle", str(tmp_path / "n")]) == 1


@pytest.mark.parametrize(
    ("target", "code", "words"),
    [("999", 1, "there is no change 999"), ("no view", 2, "no saved view"), ("https://x.example/", 1, "never seen")],
)
def test_what_cannot_be_exported_is_told(
    home: Home, tmp_path: Path, capsys: Capture, *, target: str, code: int, words: str
) -> None:
    assert run(["--home", str(home.path), "export", target, "--bundle", str(tmp_path / "x")]) == code
    assert words in capsys.readouterr().err
    assert not (tmp_path / "x").exists()
