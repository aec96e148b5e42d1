"""Functions that take a session and give values of `db.types` and `db.records`, one module a table."""
