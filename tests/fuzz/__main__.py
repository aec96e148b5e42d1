"""`python -m tests.fuzz TARGET|all [--seconds N] [--corpus DIR]`: coverage-guided fuzzing with atheris (extra `fuzz`).
`python -m tests.fuzz api [--seconds N]` calls the API with schemathesis instead (extra `dev`).

A finding is written to tests/fuzz/corpus/TARGET-…; mend it and leave the file: the tests run every file there. At the end,
one line a target says how many inputs it took, and how many bytes they had.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
PAGES = HERE.parent / "crawler" / "sites" / "pages"
NOTE_EVERY_S = 0.5


class Tally:
    """What a target took. The fuzzer ends its process without a word, so it is written down as it goes."""

    def __init__(self, target: Callable[[bytes], None], file: Path) -> None:
        self._target, self._file = target, file
        self._inputs = self._bytes = 0
        self._noted = 0.0

    def __call__(self, data: bytes) -> None:
        self._inputs += 1
        self._bytes += len(data)
        if time.monotonic() - self._noted > NOTE_EVERY_S:
            self._noted = time.monotonic()
            self._file.write_text(json.dumps([self._inputs, self._bytes]), encoding="ascii")
        self._target(data)


def main() -> int:
    if sys.argv[1:2] == ["api"]:
        from tests.fuzz import api

        return api.main(sys.argv[2:])
    try:
        import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore]
    except ImportError:
        print("fuzzing needs atheris: pip install -e '.[fuzz]'", file=sys.stderr)
        return 1
    with atheris.instrument_imports(include=["crawler", "monitor", "db"]):
        from tests.fuzz.targets import TARGETS
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=[*sorted(TARGETS), "all"])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument(
        "--corpus", type=Path, help="a folder that grows with inputs worth keeping, one folder a target"
    )
    parser.add_argument("--findings", type=Path, default=CORPUS, help="where inputs that broke something are written")
    parser.add_argument("--tally", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    corpus = options.corpus or Path(tempfile.mkdtemp(prefix="nw-fuzz-"))
    if options.tally is None:
        chosen = sorted(TARGETS) if options.target == "all" else [options.target]
        return max([_in_child(name, options.seconds, corpus, options.findings) for name in chosen])
    options.findings.mkdir(exist_ok=True)
    arguments = _arguments(options.target, options.seconds, corpus / options.target, options.findings)
    atheris.Setup(arguments, Tally(TARGETS[options.target], options.tally))
    atheris.Fuzz()
    return 0


def _in_child(name: str, seconds: int, corpus: Path, findings: Path) -> int:
    """One target to its end; gives 1 where it found something."""
    folder = corpus / name
    folder.mkdir(parents=True, exist_ok=True)
    from tests.fuzz.seeds import seeds

    for number, seed in enumerate(seeds().get(name, ())):
        (folder / f"seed-{number}").write_bytes(seed)
    tally = corpus / f"{name}.tally"
    command = [sys.executable, "-m", "tests.fuzz", name, "--seconds", str(seconds), "--corpus", str(corpus)]
    command += ["--findings", str(findings), "--tally", str(tally)]
    with (corpus / f"{name}.log").open("wb") as log:
        done = subprocess.run(command, stdout=log, stderr=log, check=False)
    inputs, size = json.loads(tally.read_text(encoding="ascii")) if tally.exists() else (0, 0)
    said = f"a finding: see {log.name}" if done.returncode else "no finding"
    print(f"{name}: {inputs:,} inputs, {size:,} bytes, {seconds} s, {said}", flush=True)
    return int(done.returncode != 0)


def _arguments(target: str, seconds: int, folder: Path, findings: Path) -> list[str]:
    return [
        sys.argv[0],
        f"-max_total_time={seconds}",
        f"-artifact_prefix={findings}/{target}-",
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-max_len=20000",
        "-print_final_stats=1",
        str(folder),  # the first folder is written to: never one of the project's own
        *([str(PAGES)] if target in {"page", "pair"} else []),
    ]


if __name__ == "__main__":
    sys.exit(main())
