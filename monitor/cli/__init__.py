"""The command `newswatch`: one file a command, each with `register(app)`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command. Wrong use ends with 2, failure with 1, each with one clear line; Ctrl-C with 130."""
    from monitor.cli.app import run

    sys.exit(run(sys.argv[1:]))
