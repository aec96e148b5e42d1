"""Dictionaries by which texts are kept small."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Float, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from db.models import Base, Key


class Dictionary(Base):
    """A zstd dictionary, trained from readings and never altered; its number stands in the header of each blob that needs it.
    `samples` are the versions it was trained from, `upto` the newest version then, `kept` the share of a blob's bytes that it
    left when it was made."""

    __tablename__ = "dictionary"
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    made_at: Mapped[datetime]
    data: Mapped[bytes] = mapped_column(LargeBinary)
    samples: Mapped[list[Any]]
    upto: Mapped[int] = mapped_column(Key)
    kept: Mapped[float] = mapped_column(Float)
