"""Channels of notification as the engine last declared them, and what was asked of them from a page or a command."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models import Base, Key


class ChannelRow(Base):
    """A channel without its secrets: `target` and `about` are words for a person. `failures` are those in a row; the channel is
    left alone until `open_until`."""

    __tablename__ = "channel"
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    target: Mapped[str] = mapped_column(Text)
    about: Mapped[list[Any]]
    position: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    declared: Mapped[bool] = mapped_column(default=False, server_default=false())
    failures: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    last_success_at: Mapped[datetime | None]
    last_failure_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    open_until: Mapped[datetime | None]


class ChannelAsk(Base):
    """A test message that was asked for; the engine that holds the home sends it and writes what came of it."""

    __tablename__ = "channel_ask"
    __table_args__ = (Index(None, "channel", "id"), Index(None, "done_at"))
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    channel: Mapped[str] = mapped_column(String(80))
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(80))
    done_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
