"""Pages that are rendered, and subscriptions to feeds' hubs"""

import sqlalchemy as sa
from alembic import op

from db.models import Utc

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("page", sa.Column("render", sa.Boolean(), nullable=True))
    op.create_table(
        "websub",
        sa.Column("feed_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("renew_at", Utc(), nullable=True),
        sa.Column("lease_until", Utc(), nullable=True),
        sa.Column("asked_at", Utc(), nullable=True),
        sa.Column("pushed_at", Utc(), nullable=True),
        sa.Column("pushes", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name=op.f("fk_websub_feed_id_feed"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("feed_id", name=op.f("pk_websub")),
        sa.UniqueConstraint("token", name=op.f("uq_websub_token")),
    )
    op.create_index(op.f("ix_websub_renew_at"), "websub", ["renew_at"], unique=False)
