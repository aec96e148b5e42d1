"""`python -m tests.fuzz TARGET [--seconds N] [--corpus DIR]`: coverage-guided fuzzing with atheris (extra `fuzz`).
`python -m tests.fuzz api [--seconds N]` calls the API with schemathesis instead (extra `dev`).

A finding is written to tests/fuzz/corpus/TARGET-…; mend it and leave the file: the tests run every file there.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PAGES = HERE.parent / "crawler" / "sites" / "pages"


def main() -> int:
    if sys.argv[1:2] == ["api"]:
        from tests.fuzz import api

        return api.main(sys.argv[2:])
    try:
        import atheris
    except ImportError:
        print("fuzzing needs atheris: pip install -e '.[fuzz]'")
        return 0
    with atheris.instrument_imports(include=["crawler", "monitor", "db"]):
        from tests.fuzz.targets import TARGETS
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--corpus", type=Path, help="a folder that grows with inputs worth keeping")
    options = parser.parse_args()
    (HERE / "corpus").mkdir(exist_ok=True)
    arguments = [
        sys.argv[0],
        f"-max_total_time={options.seconds}",
        f"-artifact_prefix={HERE / 'corpus'}/{options.target}-",
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-max_len=20000",
        # the first folder is written to: never one of the project's own
        str(options.corpus or tempfile.mkdtemp(prefix="nw-fuzz-")),
        *([str(PAGES)] if options.target in {"page", "pair"} else []),
    ]
    atheris.Setup(arguments, TARGETS[options.target])
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
