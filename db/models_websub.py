"""Subscriptions to feeds' hubs (WebSub)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models import Base


class WebSub(Base):
    """A feed's subscription. `token` is the part of the callback's address that nobody can guess, `secret` the key of the hub's
    signatures. `state` is `wanted`, `asked`, `active`, `refused` or `failed`."""

    __tablename__ = "websub"
    __table_args__ = (Index(None, "renew_at"),)
    feed_id: Mapped[int] = mapped_column(ForeignKey("feed.id", ondelete="CASCADE"), primary_key=True)
    hub: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(Text)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    secret: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(12))
    renew_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    pushed_at: Mapped[datetime | None]
    pushes: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None] = mapped_column(String(200))
