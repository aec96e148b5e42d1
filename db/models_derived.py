"""Tables that can be made again from the others: what edits and bodies are alike, and what was ruled on changes later."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models import Base, Key


class ChangeStep(Base):
    """What a later ruling made of a stored change (`template`, `replay`, `undo`), with the change as it stood before, so that it
    can be taken back; the steps of one action share its `batch`."""

    __tablename__ = "change_step"
    __table_args__ = (Index(None, "batch"), Index(None, "action"))
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    batch: Mapped[str] = mapped_column(String(32))
    change_id: Mapped[int] = mapped_column(ForeignKey("change.id", ondelete="CASCADE"), index=True)
    action: Mapped[str] = mapped_column(String(12))
    rule: Mapped[str | None] = mapped_column(String(40))
    before: Mapped[bytes | None] = mapped_column(LargeBinary)  # None: the action made the change
    at: Mapped[datetime]


class EditPrint(Base):
    """A change's edit in 63 bits, kept for some days: the same edit on many pages of a source is its template's."""

    __tablename__ = "edit_print"
    __table_args__ = (Index(None, "source_id", "print", "at"), Index(None, "at"))
    change_id: Mapped[int] = mapped_column(ForeignKey("change.id", ondelete="CASCADE"), primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"))
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"))
    print: Mapped[int] = mapped_column(Key)
    at: Mapped[datetime]


class SourceEvent(Base):
    """One edit that a source made on many pages at once: its template changed."""

    __tablename__ = "source_event"
    __table_args__ = (Index(None, "source_id", "print"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"))
    print: Mapped[int] = mapped_column(Key)
    kind: Mapped[str] = mapped_column(String(20))
    surface: Mapped[str | None] = mapped_column(String(20))
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    pages: Mapped[int]
    compared: Mapped[int]
    undone: Mapped[bool] = mapped_column(default=False)


class Fingerprint(Base):
    """What a page's latest body is alike: the signature of its shingles (`monitor.syndication`)."""

    __tablename__ = "fingerprint"
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"), primary_key=True)
    revision_id: Mapped[int] = mapped_column(Key)
    signature: Mapped[bytes] = mapped_column(LargeBinary)


class FingerprintBand(Base):
    """The index of fingerprints: bodies that share a band may be near-duplicates."""

    __tablename__ = "fingerprint_band"
    __table_args__ = (Index(None, "page_id"),)
    band: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"), primary_key=True)
