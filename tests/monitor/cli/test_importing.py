"""`newswatch import`: real files and a public archive on loopback into a home; wrong use and damaged files told in words."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from db.archive import segments
from db.engine import open_engine, reading
from db.home import Home, home_at
from db.queries import changes, pages, revisions
from db.queries.changes import ChangeFilter
from db.records import RevisionRecord
from monitor.cli.app import run
from monitor.report.quotation import memento
from monitor.service.lock import engine_lock
from tests.crawler.backfill.wayback_server import STAMP, Wayback
from tests.monitor.service.past_pages import URL, hours, page, warc_file

A, B = page("Ferry with 12 aboard sinks"), page("Ferry with 20 aboard sinks")
SOURCE = '[newswatch]\ncontact = "desk@example.org"\nreaders = 1\n\n[[source]]\nname = "harbour"\nhome = "https://harbour.example/"\n'


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = home_at(tmp_path / "home")
    made.path.mkdir()
    made.config_path.write_text(SOURCE, encoding="utf-8")
    return made


def take(home: Home, *words: object) -> int:
    return run(["--home", str(home.path), "import", *map(str, words)])


def versions(home: Home, url: str = URL) -> list[RevisionRecord]:
    engine = open_engine(home.database_url())
    with reading(engine) as session:
        found = pages.find(session, [url])
        made = revisions.of_page(session, found.id) if found else []
    engine.dispose()
    return made


def said(home: Home) -> list[tuple[str | None, str | None]]:
    engine = open_engine(home.database_url())
    with reading(engine) as session:
        found = changes.find(session, ChangeFilter(kinds=("headline",), newest_first=False))
    engine.dispose()
    return [(record.change.before, record.change.after) for record in found]


@pytest.mark.slow
def test_warc_files_of_every_form(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [
        warc_file(tmp_path / "a.warc.gz", [(hours(9), page("Ferry with 31 aboard sinks"))], encoding="gzip"),
        warc_file(tmp_path / "b.warc", [(hours(0), A), (hours(4), B)], version="1.0", packed=False, chunked=True),
        warc_file(tmp_path / "c.warc.gz", [(hours(5), A)], content_type="image/png"),
        warc_file(tmp_path / "d.warc.gz", [(hours(5), A)], status="404 Not Found"),
        warc_file(tmp_path / "e.warc.gz", [(hours(5), A)], url="https://elsewhere.example/news/ferry"),
    ]
    assert take(home, "warc", *files) == 0
    told = capsys.readouterr().out
    assert "1 left out: not a page" in told
    assert "1 left out: not answered with 200" in told
    assert [found.not_after for found in versions(home)] == [hours(0), hours(4), hours(9)]
    assert len(set(said(home))) == 2
    assert versions(home, "https://elsewhere.example/news/ferry") == []
    assert take(home, "warc", files[4], "--all") == 0
    assert len(versions(home, "https://elsewhere.example/news/ferry")) == 1
    capsys.readouterr()
    assert take(home, "warc", *files) == 0
    assert "3 taken in before" in capsys.readouterr().out
    assert run(["--home", str(home.path), "verify", "--full"]) == 0


@pytest.mark.slow
def test_a_public_archive_is_taken_in_piece_by_piece(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    copies = [(hours(number), A if number < 5 else B) for number in range(10)]
    with Wayback(URL, copies).serving() as server:
        given = ("wayback", URL, "--archive", server.base, "--pause", "0")
        assert take(home, *given, "--most", "3") == 0
        assert len(versions(home)) == 1
        fetched = sum("/web/" in path for path in server.asked)
        assert fetched == 3
        assert take(home, *given) == 0
        assert sum("/web/" in path for path in server.asked) == 10
        assert take(home, *given) == 0
        assert sum("/web/" in path for path in server.asked) == 10
        assert take(home, *given, "--again") == 0
        assert "10 taken in before" in capsys.readouterr().out
    found = versions(home)
    assert [(version.not_before, version.not_after) for version in found] == [
        (None, hours(0)),
        (hours(4), hours(5)),
    ]
    assert found[1].ref
    archived = segments.read(home.archive_dir, found[1].ref)
    assert memento(archived.url, archived.headers) == f"{server.base}/web/20240504130000/{URL}"


@pytest.mark.slow
def test_a_page_that_was_gone_was_removed_and_came_back(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    copies = [(hours(number), A if number in {0, 1, 7} else b"<p>not here</p>") for number in range(10)]
    with Wayback(URL, copies).serving() as server:
        server.status = {at.strftime(STAMP): 404 for at, body in copies if body != A}
        del server.status[hours(8).strftime(STAMP)]  # one answer alone is no removal: this is no article at all
        given = ("wayback", URL, "--archive", server.base, "--pause", "0")
        assert take(home, *given) == 0
        assert "6 times that it was not there" in capsys.readouterr().out
        assert take(home, *given, "--again") == 0
    engine = open_engine(home.database_url())
    with reading(engine) as session:
        found = changes.find(session, ChangeFilter(kinds=("availability",), newest_first=False))
        page = pages.find(session, [URL])
    engine.dispose()
    assert [(one.change.after, one.not_before, one.not_after) for one in found] == [
        ("removed", hours(1), hours(2)),
        ("available", hours(6), hours(7)),
    ]
    assert len(versions(home)) == 1
    assert page is not None
    assert page.state == "live"
    assert run(["--home", str(home.path), "verify", "--full"]) == 0


@pytest.mark.slow
def test_what_was_taken_in_is_forgotten_like_the_rest(home: Home, tmp_path: Path) -> None:
    file = warc_file(tmp_path / "a.warc.gz", [(hours(0), A), (hours(4), B)])
    assert take(home, "warc", file) == 0
    with engine_lock(home.path / "import.lock", "import"):
        assert run(["--home", str(home.path), "forget", URL, "--yes"]) == 1
    assert run(["--home", str(home.path), "forget", URL, "--yes"]) == 0
    assert run(["--home", str(home.path), "verify"]) == 0
    assert take(home, "warc", file) == 0
    assert versions(home) == []


FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour</title>
<item><title>{}</title><link>{}</link><pubDate>Sat, 04 May 2024 07:00:00 GMT</pubDate></item></channel></rss>"""


def git(folder: Path, *words: str, at: object = None) -> None:
    date = {"GIT_AUTHOR_DATE": str(at), "GIT_COMMITTER_DATE": str(at)} if at else {}
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *words], cwd=folder, env={**os.environ, **date}, check=True, capture_output=True)


def commit(folder: Path, file: str, text: str, hour: float) -> str:
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(text, encoding="utf-8")
    git(folder, "add", file)
    git(folder, "commit", "-q", "-m", "x", at=hours(hour).isoformat())
    out = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True)
    return out.stdout.strip()


@pytest.mark.slow
def test_a_scraped_feed_tells_its_headlines(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repository = tmp_path / "feeds"
    repository.mkdir()
    git(repository, "init", "-q")
    for hour, words in ((0, "Ferry sinks"), (2, "Ferry sinks "), (6, "Ferry sinks; 12 aboard"), (8, "<html>oops")):
        commit(repository, "feed.xml", FEED.format(words, URL) if words[0] != "<" else words, hour)
    (repository / "feed.xml").write_text("x")
    assert take(home, "feed-history", repository, "feed.xml") == 0
    assert said(home) == [("Ferry sinks", "Ferry sinks; 12 aboard")]
    assert [(found.not_before, found.not_after) for found in versions(home)][1] == (hours(2), hours(6))
    assert take(home, "feed-history", repository, "feed.xml") == 0
    assert len(versions(home)) == 2
    assert take(home, "warc", warc_file(tmp_path / "a.warc.gz", [(hours(9), A), (hours(12), B)])) == 0
    assert [found.seq for found in versions(home)] == [1, 2, 3, 4]
    assert ("Ferry with 12 aboard sinks", "Ferry with 20 aboard sinks") in said(home)
    capsys.readouterr()
    assert take(home, "feed-history", repository, "none.xml") == 1
    assert take(home, "feed-history", tmp_path, "feed.xml") == 1
    told = capsys.readouterr().err
    assert "touched none.xml" in told
    assert "git says" in told


NEWSDIFFS = """CREATE TABLE `Articles` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `url` varchar(255) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB;
CREATE TABLE `version` (
  `id` int(11) NOT NULL,
  `article_id` int(11) NOT NULL,
  `v` varchar(255) NOT NULL,
  `title` varchar(255) NOT NULL,
  `byline` varchar(255) NOT NULL,
  `date` datetime NOT NULL,
  `boring` tinyint(1) NOT NULL,
  `diff_json` varchar(255)
) ENGINE=InnoDB;
INSERT INTO `Articles` VALUES (1,'%(url)s');
INSERT INTO `version` VALUES (1,1,'%(one)s','Ferry sinks','By Ana Ruiz','2024-05-04 08:00:00',0,NULL),
(2,1,'%(two)s','Ferry doesn\\'t sink; it\\'s afloat','By Ana Ruiz','2024-05-04 12:00:00',0,'{\\"a\\": 1}'),
(3,1,'%(two)s','Boring','','2024-05-04 13:00:00',1,NULL);
"""
TEXT = "May 4, 2024\n{}\nBy Ana Ruiz\nA ferry sank off the coast on Monday, the coast guard said.\n\n{}\n"


@pytest.mark.slow
def test_newsdiffs_as_a_dump_with_its_texts(home: Home, tmp_path: Path) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    git(texts, "init", "-q")
    name = URL.removeprefix("https://")
    one = commit(texts, name, TEXT.format("Ferry sinks", "Nobody was hurt."), 0)
    two = commit(texts, name, TEXT.format("Ferry doesn't sink; it's afloat", "Three were hurt."), 4)
    dump = tmp_path / "newsdiffs.sql"
    dump.write_text(NEWSDIFFS % {"url": URL, "one": one, "two": two}, encoding="utf-8")
    assert take(home, "newsdiffs", dump, "--texts", texts) == 0
    assert [found.not_after for found in versions(home)] == [hours(0), hours(4)]
    assert ("Ferry sinks", "Ferry doesn't sink; it's afloat") in said(home)
    engine = open_engine(home.database_url())
    with reading(engine) as session:
        body = changes.find(session, ChangeFilter(kinds=("body",)))
        article = revisions.article(session, versions(home)[0].id)
    engine.dispose()
    assert len(body) == 1
    assert article is not None
    assert [block.text for block in article.body] == [
        "A ferry sank off the coast on Monday, the coast guard said.",
        "Nobody was hurt.",
    ]


@pytest.mark.slow
def test_diffengine(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "diffengine.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE entry (id INTEGER, url TEXT, created TEXT)")
        columns = "id INTEGER, title TEXT, url TEXT, summary TEXT, created TEXT, archive_url TEXT, entry_id INTEGER"
        database.execute(f"CREATE TABLE entryversion ({columns})")
        for number, (title, last) in enumerate((("Ferry sinks", "Nobody was hurt."), ("Ferry sunk", "Three were."))):
            summary = f"<div><p>A ferry sank on Monday, officials said.</p><p>{last}</p></div>"
            row = (number, title, URL, summary, f"2024-05-04 {8 + number:02}:00:00", None, 1)
            database.execute("INSERT INTO entryversion VALUES (?,?,?,?,?,?,?)", row)
        database.execute("INSERT INTO entryversion VALUES (9,'x','not an address','','2024-05-04',NULL,2)")
        database.commit()
    assert take(home, "diffengine", file) == 0
    assert [found.not_after for found in versions(home)] == [hours(0), hours(1)]
    assert said(home) == [("Ferry sinks", "Ferry sunk")]
    assert take(home, "newsdiffs", file) == 1
    assert "NewsDiffs" in capsys.readouterr().err


def test_bad_input_is_told(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.warc.gz"
    bad.write_bytes(b"\x1f\x8b nonsense")
    text = tmp_path / "text.warc"
    text.write_bytes(b"once upon a time\n" * 40)
    assert take(home, "warc", bad) == 1
    assert take(home, "warc", text) == 1
    assert take(home, "warc", tmp_path / "none.warc") == 2
    assert take(home, "diffengine", text) == 1
    assert take(home, "warc", bad, "--source", "nobody") == 2
    assert take(home, "wayback", "not an address") == 2
    assert take(home, "wayback", URL, "--archive", "nonsense") == 2
    with engine_lock(home.path / "import.lock", "import"):
        assert take(home, "warc", bad) == 1
    told = capsys.readouterr().err
    assert "no WARC file that can be read" in told
    assert "another import runs" in told
    assert "Traceback" not in told


@pytest.mark.slow
def test_a_file_that_is_cut_off_gives_what_was_whole(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = warc_file(tmp_path / "a.warc.gz", [(hours(0), A), (hours(4), B)])
    file.write_bytes(file.read_bytes()[:-150])
    assert take(home, "warc", file) == 0
    assert [found.not_after for found in versions(home)] == [hours(0)]
    assert "1 left out: its body is cut off" in capsys.readouterr().out
