"""Where archive files lie in a fleet and in its store, what is still to be blanked in them, and the keys that sign the log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models import Base, Key


class ArchiveFile(Base):
    """An archive file: `holder` is the home that wrote it (`machine:folder`), empty where that home keeps it no more. `stored`
    are the bytes of the whole object in the store, `tail` those of an open file's pieces there; both confirmed."""

    __tablename__ = "archive_file"
    __table_args__ = (Index(None, "holder"),)
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    holder: Mapped[str] = mapped_column(String(200))
    written_at: Mapped[datetime]
    stored: Mapped[int] = mapped_column(Key, default=0)
    tail: Mapped[int] = mapped_column(Key, default=0)
    pieces: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str | None] = mapped_column(String(64))


class Erasure(Base):
    """Records to be blanked in archive files: `places` are `[file, offset, bytes]`, `urls` the SHA-256 of addresses whose records
    go as well, of spooled files or, `whole`, of all."""

    __tablename__ = "erasure"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime]
    places: Mapped[list[Any]]
    urls: Mapped[list[Any]]
    whole: Mapped[bool]


class ErasureDone(Base):
    """That a home, or the store, has nothing left of what was to be blanked. `records` were blanked there."""

    __tablename__ = "erasure_done"
    erasure_id: Mapped[int] = mapped_column(ForeignKey("erasure.id", ondelete="CASCADE"), primary_key=True)
    holder: Mapped[str] = mapped_column(String(200), primary_key=True)
    at: Mapped[datetime]
    records: Mapped[int]


class EvidenceKey(Base):
    """A public key of the log. One `signs`; the others did before."""

    __tablename__ = "evidence_key"
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    verifier: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime]
    signs: Mapped[bool]
