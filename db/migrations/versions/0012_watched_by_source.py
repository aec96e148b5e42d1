"""Counting what a source watches reads an index alone"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# SQLite reads the table for the condition unless its column stands in the index too
WATCHED = sa.text("active")


def upgrade() -> None:
    op.create_index("ix_page_watched", "page", ["source_id", "active"], sqlite_where=WATCHED, postgresql_where=WATCHED)


def downgrade() -> None:
    op.drop_index("ix_page_watched", table_name="page")
