"""What workers on many machines share: when a host was last asked, and who has a tick of the timer"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("host", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("job", sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("job", "claimed_at")
    op.drop_column("host", "asked_at")
