"""What a command may end with: one line for a person and an exit code."""

from __future__ import annotations


class CommandError(Exception):
    """The command failed; exit code 1. The message says what to do."""

    code = 1


class UsageError(CommandError):
    """The command was used wrongly; exit code 2."""

    code = 2
