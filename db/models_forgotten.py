"""What was forgotten on request: that it was, when and why; nothing of what it said."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models import Base, Key


class Forgotten(Base):
    """One article or one person's name that was forgotten. `digest` is the SHA-256 of an article's address, by which a list that
    names it again is known not to be followed; None for a name, and once somebody asks for the article again."""

    __tablename__ = "forgotten"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime]
    sort: Mapped[str] = mapped_column(String(8))
    digest: Mapped[str | None] = mapped_column(String(64), index=True)
    reason: Mapped[str | None] = mapped_column(Text)
    revisions: Mapped[int]
    changes: Mapped[int]
    records: Mapped[int]
