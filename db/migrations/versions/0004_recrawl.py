"""What decides when a page or a list is looked at next: histories, habits, prices, hints, pins"""

import sqlalchemy as sa
from alembic import op

from db.models import Utc

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBERS = {
    "page": ("exposure_slow", "lean"),
    "source": ("edits_seen", "exposure_seen", "hinted_seen"),
    "host": ("price",),
    "feed": ("rhythm_stories", "rhythm_s"),
}


def upgrade() -> None:
    # defaults of the server, so that a program of the schema before goes on writing rows
    for table, names in NUMBERS.items():
        for name in names:
            op.add_column(table, sa.Column(name, sa.Float(), nullable=False, server_default="0"))
    op.add_column("page", sa.Column("hinted", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("page", sa.Column("listed_title", sa.String(length=16), nullable=True))
    op.add_column("page", sa.Column("pin_s", sa.Integer(), nullable=True))
    op.add_column("page", sa.Column("pinned_until", Utc(), nullable=True))
