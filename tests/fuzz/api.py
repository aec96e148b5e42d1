"""Every operation of the API called with right and wrong requests, round after round; the tests make a short, fixed round."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

EXAMPLES = 60  # a round's calls of an operation, right and wrong ones each


def main(arguments: Sequence[str]) -> int:
    """Gives 1 where an answer was wrong, with how to repeat it."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz api", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    end = time.monotonic() + parser.parse_args(arguments).seconds
    from tests.monitor.web.api.fuzzing import FUZZED, calls

    made, wrong = 0, set[str]()
    with tempfile.TemporaryDirectory() as folder, calls(Path(folder)) as caller:
        while time.monotonic() < end:
            for operation in FUZZED:
                if time.monotonic() > end or operation in wrong:
                    continue
                try:
                    made += caller.fuzz(operation, EXAMPLES)
                except Exception:  # noqa: BLE001 - whatever it is, it is the finding
                    wrong.add(operation)
                    traceback.print_exc(limit=1)
    print(f"{made} calls; wrong answers from: {', '.join(sorted(wrong)) or 'none'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
