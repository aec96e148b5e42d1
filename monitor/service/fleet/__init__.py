"""Many machines on one PostgreSQL: schedulers that say where work is, and workers that do it."""
