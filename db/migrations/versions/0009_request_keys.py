"""Crawls remember the key of the request that asked for them, so that a request sent twice asks once"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("crawl", sa.Column("request_key", sa.String(length=64), nullable=True))
    op.add_column("crawl", sa.Column("request_digest", sa.String(length=64), nullable=True))
    op.create_index("ix_crawl_request_key", "crawl", ["request_key"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_crawl_request_key", "crawl")
    op.drop_column("crawl", "request_digest")
    op.drop_column("crawl", "request_key")
