"""A home that watched a newsroom: edits, a return, archive files that rotated, all sealed, with checkpoints of two days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.extract.reader import reader_version
from crawler.readers import Readers
from db.engine import open_engine, writing
from db.evidence import checkpoints, seal
from db.home import Home, home_at
from db.queries import revisions
from db.types import Article, Block
from monitor.service.sealing import Sealer
from tests.conftest import LoopThread
from tests.newsroom.newsroom import Newsroom
from tests.newsroom.noise import Noise
from tests.watching import Watching, quick

FILLERS = 260  # versions without an archive, so that the log keeps a node


def sealed_home(folder: Path, loop: LoopThread, readers: Readers | None, *, stories: int = 2) -> Home:
    """Watch, edit, seal. The address of the story that was edited most is the first page's."""
    home = home_at(folder)
    home.path.mkdir(parents=True)
    home.config_path.write_text('[newswatch]\ncontact = "desk@example.org"\n', encoding="utf-8")
    with Newsroom(stories=stories, outlets=["meridian"], noise=Noise.quiet()) as room:
        watching = Watching(loop, folder, quick(room), readers)
        archive = watching.works.archive
        archive._spool._max_bytes = archive._kept._max_bytes = 10_000
        watching.discover()
        watching.check()
        story = room.story("meridian")
        first = story.headline
        for words in ("Ferry with 20 aboard sinks", "Ferry with 12 aboard sinks", first):
            room.edit_headline(story, words)
            watching.check()
        loop.run(watching.works.comparing.leftovers())
        watching.stop()
    _more(home)
    return home


def _more(home: Home) -> None:
    """A later day: other readings, a change that is counted again, a stamp, and many versions without an archive."""
    later = datetime.now(UTC) + timedelta(days=1)
    engine = open_engine(home.database_url())
    with writing(engine) as session:
        first = revisions.get(session, 1, with_article=True)
        assert first is not None
        assert first.article is not None
        revisions.add_reading(session, 1, "another", first.article)
        for number in range(FILLERS):
            article = Article(
                "https://news.example/f", headline=f"Filler {number}", body=(Block("paragraph", "Words."),)
            )
            revisions.add(
                session,
                first.page_id,
                article,
                reading_digest=f"{number:064}",
                reader_version=reader_version("https://news.example/f"),
                not_before=None,
                not_after=later,
                ref=None,
                compared=True,
            )
    Sealer(home, engine).run(later, ended="engine")
    with writing(engine) as session:
        last = checkpoints.latest(session)
        assert last is not None
        seal.append_stamp(session, later, last.id, b"a time-stamp token, as far as the log can tell")
    Sealer(home, engine).run(later + timedelta(days=1))
    engine.dispose()
