"""The log of evidence: one leaf for each thing sealed, the hashes above them, signed checkpoints, and digests of segments."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models import Base, Key


class LeafRow(Base):
    """A leaf of the Merkle tree. `entry` is SHA-256 of salt and facts; where salt and `url` are gone, the leaf was forgotten."""

    __tablename__ = "leaf"
    __table_args__ = (Index(None, "kind", "ref"), Index(None, "kind", "part"))
    idx: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(12))
    ref: Mapped[int] = mapped_column(Key)
    part: Mapped[str | None] = mapped_column(String(80))
    url: Mapped[str | None] = mapped_column(Text)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    entry: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[datetime]


class LogNode(Base):
    """The hash of a whole subtree, kept at every eighth level so that a proof reads few leaves."""

    __tablename__ = "log_node"
    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    idx: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class CheckpointRow(Base):
    """The tree's head at a time, signed (`text`, a C2SP checkpoint); `stamp` is a time-stamp token (RFC 3161) over the text."""

    __tablename__ = "checkpoint"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's form
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    size: Mapped[int] = mapped_column(Key)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text)
    stamp: Mapped[bytes | None] = mapped_column(LargeBinary)
    leaf: Mapped[int | None] = mapped_column(Key)


class SegmentRow(Base):
    """The first `bytes` bytes of an archive file and their SHA-256, as they were when sealed."""

    __tablename__ = "archive_segment"
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    bytes: Mapped[int] = mapped_column(Key)
    digest: Mapped[str] = mapped_column(String(64))
    leaf: Mapped[int | None] = mapped_column(Key)
