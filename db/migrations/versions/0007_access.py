"""Who may come in: accounts, signed-in browsers, tokens"""

import sqlalchemy as sa
from alembic import op

from db.models import Utc

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.UniqueConstraint("name", name="uq_account_name"),
    )
    op.create_table(
        "web_session",
        sa.Column("digest", sa.String(length=64), primary_key=True),
        sa.Column(
            "account_id",
            KEY,
            sa.ForeignKey("account.id", ondelete="CASCADE", name="fk_web_session_account_id_account"),
            nullable=False,
        ),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("last_seen_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("agent", sa.String(length=120), nullable=False),
    )
    op.create_index("ix_web_session_account_id", "web_session", ["account_id"])
    op.create_table(
        "access_token",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("scopes", sa.String(length=120), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("last_used_at", Utc(), nullable=True),
        sa.Column("expires_at", Utc(), nullable=True),
        sa.Column("revoked_at", Utc(), nullable=True),
        sa.UniqueConstraint("digest", name="uq_access_token_digest"),
    )
