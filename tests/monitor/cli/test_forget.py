"""`newswatch forget`: an article or a name goes from database and archive; the log verifies; lists do not bring it back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.discover.feed import Entry
from crawler.discovery import take_entries
from crawler.oneoff import Options, _page_for
from crawler.readers import Readers
from db.archive import erase, segments, store
from db.engine import open_engine, reading, writing
from db.home import Home, home_at
from db.queries import changes, forgotten, pages, revisions, sources
from db.queries.changes import ChangeFilter
from monitor.cli.app import run
from monitor.service.keeping import Keeper
from monitor.service.lock import engine_lock
from monitor.service.sealing import Sealer
from tests.conftest import LoopThread
from tests.newsroom.newsroom import Newsroom
from tests.newsroom.noise import Noise
from tests.watching import Watching, quick

NAME = "Zenobia Quill"


@pytest.fixture(scope="module")
def readers() -> Readers:
    return Readers(1)


def newswatch(home: Home, *words: str) -> int:
    return run(["--home", str(home.path), *words])


@pytest.fixture
def watched(tmp_path: Path, reactor_loop: LoopThread, readers: Readers) -> tuple[Home, str]:
    """A home with three stories, one of which named somebody for a while; and that story's address."""
    home = home_at(tmp_path / "home")
    home.path.mkdir()
    home.config_path.write_text('[newswatch]\ncontact = "desk@example.org"\n', encoding="utf-8")
    with Newsroom(stories=3, outlets=["meridian"], noise=Noise.quiet()) as room:
        watching = Watching(reactor_loop, home.path, quick(room), readers)
        watching.discover()
        watching.check()
        story = room.story("meridian")
        for words in (f"{NAME} seen at the harbour", "Ferry with 12 aboard sinks"):
            room.edit_headline(story, words)
            watching.check()
        reactor_loop.run(watching.works.comparing.leftovers())
        with reading(watching.works.engine) as session:
            found = changes.find(session, ChangeFilter(match=NAME))
        watching.stop()
    assert found
    return home, found[0].url


def bytes_of(home: Home) -> bytes:
    """All that the home holds of words: the database's files and every record, unpacked."""
    out = [path.read_bytes() for path in home.path.glob("newswatch.db*")]
    for path in home.archive_dir.glob("*.warc.gz"):
        with path.open("rb") as file:
            out += [record.raw_stream.read() for record in ArchiveIterator(file)]
    return b"".join(out)


@pytest.mark.slow
@pytest.mark.sqlite
def test_a_name_is_forgotten_everywhere_and_the_rest_still_verifies(
    watched: tuple[Home, str], capsys: pytest.CaptureFixture[str]
) -> None:
    home, url = watched
    assert NAME.encode() in bytes_of(home)
    assert newswatch(home, "forget", "--text", NAME.lower()) == 0
    said = capsys.readouterr().out
    assert "1 versions and" in said
    assert url in said
    assert NAME.encode() in bytes_of(home)
    assert newswatch(home, "forget", "--text", NAME, "--reason", "asked by letter", "--yes") == 0
    assert NAME.encode() not in bytes_of(home)
    engine = open_engine(home.database_url())
    with reading(engine) as session:
        page = pages.find(session, [url])
        assert page is not None
        assert [version.headline for version in revisions.of_page(session, page.id)][-1] == "Ferry with 12 aboard sinks"
        assert changes.find(session, ChangeFilter(match=NAME, suppressed=True)) == []
        assert [row[1:4] for row in forgotten.every(session)] == [("text", "asked by letter", 1)]
    engine.dispose()
    capsys.readouterr()
    assert newswatch(home, "verify") == 0
    assert "Nothing was altered" in capsys.readouterr().out
    assert newswatch(home, "forget", "--text", NAME, "--yes") == 0


@pytest.mark.slow
def test_an_article_is_forgotten_and_its_lists_do_not_bring_it_back(
    watched: tuple[Home, str], capsys: pytest.CaptureFixture[str]
) -> None:
    home, url = watched
    with engine_lock(home.lock_path, "service"):
        assert newswatch(home, "forget", url, "--yes") == 1
    assert newswatch(home, "forget", url, "--yes") == 0
    assert newswatch(home, "verify", "--full") == 0
    assert url.encode() not in b"".join(path.read_bytes() for path in home.path.glob("newswatch.db*"))
    assert newswatch(home, "forget", url) == 1
    assert "was never seen" in capsys.readouterr().err
    engine = open_engine(home.database_url())
    now = datetime.now(UTC)
    with writing(engine) as session:
        source = next(found for found in sources.every(session) if found.home)
        entries = [(Entry(url, title="Ferry"), None), (Entry(url + "-other", title="Other"), None)]
        assert take_entries(session, source.id, entries, now)[0] == 1
        assert pages.find(session, [url]) is None
        assert _page_for(session, url, Options(), now).url == url
        assert forgotten.among(session, [url]) == set()
    engine.dispose()


@pytest.mark.parametrize(
    "words", [(), ("https://a.example/x", "--text", "Ada Byron"), ("--text", " a "), ("--text", "")]
)
def test_wrong_use_is_told(tmp_path: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert newswatch(home_at(tmp_path), "forget", *words) == 2
    assert "newswatch:" in capsys.readouterr().err


def test_a_tombstone_has_the_length_that_is_asked(tmp_path: Path) -> None:
    at = datetime(2026, 5, 4, tzinfo=UTC)
    path = tmp_path / "keep-1-x.warc.gz"
    lengths = (300, 301, 66_000, 1_000_000)
    path.write_bytes(b"".join(erase.tombstone(length, at) for length in lengths))
    assert [length for _, length in segments.members(path)] == list(lengths)
    with path.open("rb") as file:
        assert [record.rec_type for record in ArchiveIterator(file)] == ["metadata"] * len(lengths)
    with pytest.raises(ValueError, match="too short"):
        erase.tombstone(20, at)


def test_other_records_do_not_move(tmp_path: Path) -> None:
    at = datetime(2026, 5, 4, tzinfo=UTC)
    path = tmp_path / "keep-1-x.warc.gz"
    one, two, three = (erase.tombstone(length, at) for length in (400, 500, 600))
    path.write_bytes(one + two + three)
    assert erase.blank(tmp_path, path.name, [(400, 500)], at) == 1
    data = path.read_bytes()
    assert (data[:400], data[900:]) == (one, three)
    assert data[400:900] != two
    assert erase.blank(tmp_path, path.name, [(10, 20)], at) == 0


def test_what_is_left_to_be_blanked_is_asked_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = home_at(tmp_path)
    home.config_path.write_text('[newswatch]\ncontact = "desk@example.org"\n', encoding="utf-8")
    assert newswatch(home, "forget", "--status", "--yes") == 2
    assert "stands alone" in capsys.readouterr().err
    assert newswatch(home, "forget", "--status") == 0
    assert "anything left to be blanked" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.sqlite
def test_a_home_with_a_store_forgets_there_as_well(
    watched: tuple[Home, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, url = watched
    home.config_path.write_text(
        f'[newswatch]\ncontact = "desk@example.org"\narchive_store = "file://{tmp_path}/store"\n', encoding="utf-8"
    )
    store.attach(home.archive_dir, f"file://{tmp_path}/store")
    engine, at = open_engine(home.database_url()), datetime.now(UTC)
    Sealer(home, engine).run(at, ended="engine")
    assert Keeper(home, engine).run(at, ended=["engine"]).moved == 2
    engine.dispose()
    assert not list(home.archive_dir.glob("*.warc.gz"))
    assert newswatch(home, "verify") == 0
    assert newswatch(home, "forget", url, "--yes") == 0
    assert "and 0 archived records" not in capsys.readouterr().out
    for path in (tmp_path / "store").glob("*.warc.gz"):
        with path.open("rb") as file:
            assert not any(record.rec_headers.get_header("WARC-Target-URI") == url for record in ArchiveIterator(file))
    assert newswatch(home, "forget", "--status") == 0
    assert "done everywhere" in capsys.readouterr().out
    assert newswatch(home, "verify", "--full") == 0
