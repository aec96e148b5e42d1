"""The units of systemd, the container and the compose file: what can be looked at where neither runs."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from crawler import sources
from monitor.cli.app import app

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
UNITS = sorted((PACKAGING / "systemd").glob("*.service"))
SANDBOX = ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome", "RestrictSUIDSGID", "LockPersonality")


def settings_of(unit: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in unit.read_text().splitlines():
        if line and line[0] not in "#[":
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_has_a_watchdog_and_a_sandbox(unit: Path) -> None:
    found = settings_of(unit)
    assert found["Type"] == ["notify"]
    assert int(found["WatchdogSec"][0]) >= 30
    assert found["DynamicUser"] == ["yes"]
    assert found["ProtectSystem"] == ["strict"]
    assert found["CapabilityBoundingSet"] == [""]
    assert all(found[name] == ["yes"] for name in SANDBOX)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_command_that_there_is(unit: Path) -> None:
    words = settings_of(unit)["ExecStart"][0].split()
    assert words[0].endswith("/newswatch")
    assert CliRunner().invoke(app(), [words[3], "--help"]).exit_code == 0
    state = settings_of(unit)["StateDirectory"][0]
    assert words[1:3] == ["--home", f"/var/lib/{state}"]  # the one folder that it may write


@pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="needs systemd-analyze; the tests above look at the same files"
)
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_a_unit(unit: Path, tmp_path: Path) -> None:
    text = unit.read_text().replace("/opt/newswatch/bin/newswatch", "/bin/true")  # which must be there
    (tmp_path / unit.name).write_text(text)
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / unit.name], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stderr) == (0, "")


def instructions(path: Path) -> list[tuple[str, str]]:
    whole = re.sub(r"\\\n", " ", path.read_text())
    lines = [line for line in whole.splitlines() if line.strip() and not line.startswith("#")]
    return [(word.upper(), rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def test_the_container_is_slim_and_no_root() -> None:
    found = instructions(ROOT / "Dockerfile")
    bases = [rest.split()[0] for word, rest in found if word == "FROM"]
    assert all(re.fullmatch(r"python:3\.\d+-slim", base) for base in bases)
    users = [rest for word, rest in found if word == "USER"]
    assert users
    assert users[-1] not in {"root", "0"}
    after = [word for word, _ in found][[word for word, _ in found].index("USER") :]
    assert "RUN" not in after
    assert "COPY" not in after
    words = {word for word, _ in found}
    assert {"HEALTHCHECK", "VOLUME", "EXPOSE", "ENTRYPOINT", "CMD"} <= words
    assert "ADD" not in words
    assert all("--no-cache-dir" in rest for word, rest in found if word == "RUN" and "pip install" in rest)


def test_what_the_container_copies_is_there() -> None:
    for word, rest in instructions(ROOT / "Dockerfile"):
        if word == "COPY" and not rest.startswith("--from"):
            assert all((ROOT / name).exists() for name in rest.split()[:-1]), rest


def test_the_container_installs_extras_that_there_are() -> None:
    wanted = re.search(r'"\.\[(.+?)\]"', (ROOT / "Dockerfile").read_text())
    assert wanted
    declared = (ROOT / "pyproject.toml").read_text().partition("[project.optional-dependencies]")[2]
    assert all(re.search(rf"^{name} = ", declared, re.MULTILINE) for name in wanted[1].split(","))


@pytest.mark.parametrize("name", ["newswatch.toml", "fleet.toml"])
def test_the_container_s_configurations_can_be_read(name: str) -> None:
    found = sources.load(PACKAGING / "docker" / name, {"NEWSWATCH_LOG": "stdout"})
    assert (found.queue, found.log) == (name == "fleet.toml", "stdout")
    assert found.web.allowed_hosts


def test_the_entry_gives_a_new_home_its_configuration_and_its_place_to_newswatch(tmp_path: Path) -> None:
    home, share, programs = tmp_path / "home", tmp_path / "share", tmp_path / "bin"
    for folder in (home, share, programs):
        folder.mkdir()
    (share / "newswatch.toml").write_text("[newswatch]\n")
    program = programs / "newswatch"
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    text = (PACKAGING / "docker" / "entry.sh").read_text()
    text = text.replace("/var/lib/newswatch", str(home)).replace("/usr/share/newswatch", str(share))
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    for _ in range(2):
        done = subprocess.run(
            ["sh", "-c", text, "entry", "run", "--port", "1"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split() == ["--home", str(home), "run", "--port", "1"]
    assert (home / "newswatch.toml").read_text() == "[newswatch]\n"


def test_the_compose_file_has_service_workers_and_database() -> None:
    found = yaml.safe_load((ROOT / "compose.yaml").read_text())
    parts = found["services"]
    assert set(parts) == {"service", "worker", "database"}
    assert parts["service"]["ports"] == ["127.0.0.1:8765:8765"]
    for name in ("service", "worker"):
        assert parts[name]["depends_on"]["database"]["condition"] == "service_healthy"
        assert parts[name]["read_only"]
        assert parts[name]["cap_drop"] == ["ALL"]
        assert CliRunner().invoke(app(), [*parts[name]["command"], "--help"]).exit_code == 0
    assert re.fullmatch(r"postgres:\d+-alpine", parts["database"]["image"])
    assert "healthcheck" in parts["database"]
    assert "ports" not in parts["database"]
    assert (ROOT / found["configs"]["settings"]["file"]).is_file()
    named = {volume.partition(":")[0] for part in parts.values() for volume in part.get("volumes", [])}
    assert named == set(found["volumes"])


def test_no_password_stands_in_what_is_shipped() -> None:
    for path in (ROOT / "compose.yaml", ROOT / "Dockerfile", *PACKAGING.rglob("*.toml")):
        for line in path.read_text().splitlines():
            if "password" in line.lower() and not line.lstrip().startswith("#"):
                assert "${NEWSWATCH_DB_PASSWORD:?" in line, line
