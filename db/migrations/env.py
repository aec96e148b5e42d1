"""Alembic's entry: runs on the engine that `db.engine.upgrade` hands over."""

from alembic import context

import db.models_access  # its tables belong to the metadata
import db.models_archive  # as above
import db.models_derived  # as above
import db.models_evidence  # as above
import db.models_forgotten  # as above
import db.models_notify  # as above
import db.models_websub  # noqa: F401 - as above
from db.models import Base
from db.queries.search import belongs

engine = context.config.attributes["engine"]
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, include_name=belongs)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
