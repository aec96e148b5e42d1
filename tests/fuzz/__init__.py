"""Fuzzing of what reads bytes from the web: `python -m tests.fuzz TARGET [--seconds N]`. The tests run every finding."""
