"""The index of words in headlines and bodies of all versions, which the service fills"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Terms are made by `db.words`, so the databases' own ways to cut and fold words are not used."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(sa.text("CREATE VIRTUAL TABLE text_search USING fts5(headline, body, content='', tokenize='ascii')"))
        return
    op.execute(
        sa.text(
            "CREATE TABLE text_search (revision_id BIGINT PRIMARY KEY REFERENCES revision (id) ON DELETE CASCADE, "
            "words TSVECTOR NOT NULL)"
        )
    )
    op.execute(sa.text("CREATE INDEX ix_text_search_words ON text_search USING gin (words)"))


def downgrade() -> None:
    op.execute(sa.text("DROP TABLE text_search"))
