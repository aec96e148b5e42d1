"""Channels of notification, tests asked of them, and deliveries that are held, told together and told why they failed"""

import sqlalchemy as sa
from alembic import op

from db.models import Utc

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("delivery", sa.Column("batch", sa.String(length=32), nullable=True))
    op.add_column("delivery", sa.Column("held", sa.String(length=20), nullable=True))
    op.add_column("delivery", sa.Column("last_error", sa.Text(), nullable=True))
    op.add_column("delivery", sa.Column("sent_at", Utc(), nullable=True))
    op.create_index("ix_delivery_channel_state_next_at", "delivery", ["channel", "state", "next_at"])
    op.create_index("ix_delivery_channel_sent_at", "delivery", ["channel", "sent_at"])
    op.create_index("ix_delivery_batch", "delivery", ["batch"])
    op.create_table(
        "channel",
        sa.Column("name", sa.String(length=80), primary_key=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("declared", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("last_success_at", Utc(), nullable=True),
        sa.Column("last_failure_at", Utc(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("open_until", Utc(), nullable=True),
    )
    op.create_table(
        "channel_ask",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("asked_at", Utc(), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("done_at", Utc(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
    )
    op.create_index("ix_channel_ask_channel_id", "channel_ask", ["channel", "id"])
    op.create_index("ix_channel_ask_done_at", "channel_ask", ["done_at"])
