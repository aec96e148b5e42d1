"""Dictionaries of stored readings: which one a new reading is written with, how one is trained, and how one goes.

A dictionary holds pieces of the readings it was trained from. So it says which those are, and goes when one of them is forgotten:
what was written with it is written again without it, and the next one is trained from what is left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

import zstandard
from sqlalchemy import Connection, Engine, delete, event, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from db.blobs import DICTIONARIES, dictionary_of, inflate, pack, squeeze, unpack
from db.engine import OLDEST_NOTE
from db.models import Reading, Revision
from db.models_texts import Dictionary
from db.queries import notes

__all__ = ["current", "due", "pack", "retire", "sampled", "store", "train", "unpack"]

BYTES = 112 << 10
LEAST = 500  # versions: fewer teach little
SAMPLES = 2000
GROWN = 10  # times as many versions as when the last one was trained
WORSE = 1.15  # times the share that it left at first, over as many versions again
LATEST = 200
UNDERSTOOD_SINCE = "0017"  # the schema of the first program that reads such blobs
# in a fleet: until then every worker has been started again with a program that reads them
ROLLING = timedelta(days=1)
_PORTION = 500
_OURS = 32_768, 1 << 31  # numbers that the format leaves to private use (RFC 8878, 5)

_open: WeakKeyDictionary[Engine, None] = WeakKeyDictionary()


@event.listens_for(Session, "after_begin")
def _remember(_session: Session, _transaction: Any, connection: Connection) -> None:
    _open[connection.engine] = None


def load(number: int) -> bytes | None:
    """From an open database, the one opened last first. The connection only reads, though its engine's others write."""
    for engine in reversed(list(_open)):
        with suppress(SQLAlchemyError), engine.execution_options(begin="DEFERRED").connect() as connection:
            data: bytes | None = connection.scalar(select(Dictionary.data).where(Dictionary.id == number))
            if data is not None:
                return data
    return None


DICTIONARIES.loaders.append(load)


def current(session: Session) -> int | None:
    """The number of the dictionary that a new reading is written with; None where there is none yet."""
    query = select(Dictionary.id).order_by(Dictionary.made_at.desc()).limit(1)
    if session.get_bind().dialect.name == "postgresql":
        query = query.where(Dictionary.made_at <= func.clock_timestamp() - ROLLING)
    return session.scalar(query)


def due(session: Session) -> bool:
    """Whether a dictionary would be worth training: the first, or one for many more or other texts than the last."""
    newest = session.scalar(select(func.max(Revision.id))) or 0
    last = session.scalar(select(Dictionary).order_by(Dictionary.made_at.desc()).limit(1))
    if last is None or newest >= GROWN * last.upto:
        return newest >= LEAST
    if newest < 2 * last.upto:
        return False
    blobs = session.scalars(select(Reading.article).order_by(Reading.revision_id.desc()).limit(LATEST))
    return share([inflate(blob) for blob in blobs], last.id) > WORSE * last.kept


def share(texts: Sequence[bytes], number: int) -> float:
    """The share of their bytes that a dictionary leaves of texts compressed, beside those compressed without one."""
    plain = sum(len(squeeze(text)) for text in texts)
    return sum(len(squeeze(text, number)) for text in texts) / plain if plain else 1.0


def sampled(session: Session) -> list[tuple[int, bytes]]:
    """Readings to train from, as `(version, JSON)`: of the newer half of all, evenly spread."""
    newest = session.scalar(select(func.max(Revision.id))) or 0
    step = max(1, newest // 2 // SAMPLES)
    wanted = list(range(newest, max(0, newest - step * SAMPLES), -step))
    found: list[tuple[int, bytes]] = []
    for start in range(0, len(wanted), _PORTION):
        query = select(Reading.revision_id, Reading.article).where(
            Reading.revision_id.in_(wanted[start : start + _PORTION])
        )
        found += [(number, inflate(blob)) for number, blob in session.execute(query)]
    return found


def train(samples: Collection[tuple[int, bytes]]) -> tuple[bytes, float] | None:
    """A dictionary, and the share that it leaves of texts that it was not trained from; None where the texts teach none. Some
    seconds of one core: never in the event loop."""
    texts = [text for _, text in samples]
    held = texts[::5]
    taught: list[bytes | bytearray | memoryview] = [text for at, text in enumerate(texts) if at % 5]
    try:
        made = zstandard.train_dictionary(BYTES, taught, k=1024, d=8)
    except zstandard.ZstdError:
        return None
    data = _numbered(made.as_bytes())
    return data, share(held, DICTIONARIES.add(data).dict_id())


def _numbered(data: bytes) -> bytes:
    """The dictionary with a number drawn from its own bytes, in place of the one in its header (RFC 8878, 5)."""
    low, high = _OURS
    number = low + int.from_bytes(sha256(data[8:]).digest()[:8]) % (high - low)
    return data[:4] + number.to_bytes(4, "little") + data[8:]


def store(session: Session, samples: Collection[tuple[int, bytes]], made: tuple[bytes, float], at: datetime) -> int:
    """Keep a dictionary; from now on readings are written with it (in a fleet, after `ROLLING`). Programs that cannot read them
    are refused from now on. Gives its number."""
    data, kept = made
    number = DICTIONARIES.add(data).dict_id()
    if session.get(Dictionary, number) is None:
        upto = session.scalar(select(func.max(Revision.id))) or 0
        ids = sorted({version for version, _ in samples})
        session.add(Dictionary(id=number, made_at=at, data=data, samples=ids, upto=upto, kept=kept))
        if (notes.get(session, OLDEST_NOTE) or "") < UNDERSTOOD_SINCE:
            notes.put(session, OLDEST_NOTE, UNDERSTOOD_SINCE)
        session.flush()
    return number


def retire(session: Session, forgotten: Collection[int]) -> int:
    """Let go of dictionaries that were trained from versions that are forgotten. Gives how many."""
    gone = set(forgotten)
    numbers = {row.id for row in session.scalars(select(Dictionary)) if gone.intersection(row.samples)}
    if numbers:
        for version, reader, blob in _written_with(session, numbers):
            mine = (Reading.revision_id == version) & (Reading.reader_version == reader)
            session.execute(update(Reading).where(mine).values(article=squeeze(inflate(blob))))
        session.execute(delete(Dictionary).where(Dictionary.id.in_(numbers)))
    return len(numbers)


def _written_with(session: Session, numbers: Collection[int]) -> Iterator[tuple[int, str, bytes]]:
    after = 0
    query = select(Reading.revision_id, Reading.reader_version, Reading.article)
    while True:
        some = list(
            session.scalars(select(Revision.id).where(Revision.id > after).order_by(Revision.id).limit(_PORTION))
        )
        if not some:
            return
        for row in session.execute(query.where(Reading.revision_id.in_(some))).all():
            if dictionary_of(row[2]) in numbers:
                yield row[0], row[1], row[2]
        after = some[-1]
