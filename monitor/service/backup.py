"""A home copied while it works, and put back: database, archive, configuration and keys, each with its digest.

The database is copied first, in one snapshot; whatever it refers to in the archive was on the disk before. Archive files that
nobody appends to are linked where the file system allows it; the others are copied up to their last whole record.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path, PurePosixPath
from typing import Any

import tomlkit
import zstandard
from sqlalchemy.engine import URL, make_url
from tomlkit.exceptions import ParseError

from db.archive import segments
from db.engine import sqlite_url
from db.home import Home

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE, DUMP = "newswatch.db", "newswatch.pgdump"
PACKED = ".tar.zst"
_CHUNK = 1 << 20
_LEFT_OUT = (".lock", ".db", ".db-wal", ".db-shm", ".tmp")  # made anew, or copied as the database


class BackupError(Exception):
    """It cannot be made or put back; the message says why and what to do. Nothing half-made is left."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds. `linked` are bytes that take no room of their own."""

    files: int
    bytes: int
    linked: int
    database: str


def make(home: Home, database: str | None, target: Path, now: datetime) -> Backup:
    """Copy a home into a folder, or a file where the name ends with `.tar.zst`. `database` is the one that is configured, if any.

    Raises `BackupError` where the target is there already or lies in the home, or the database cannot be copied.
    """
    target = target.expanduser().absolute()
    _free(home, target)
    with _staging(target) as folder:
        kind = _database(home, make_url(home.database_url(database)), folder)
        linked = _archive(home.archive_dir, folder / "archive")
        for path in sorted(home.path.iterdir()):
            if path.is_file() and not path.name.endswith(_LEFT_OUT):
                shutil.copy2(path, folder / path.name)
        files = _manifest(folder, kind, now)
        if target.name.endswith(PACKED):
            _pack(folder, target)
        else:
            folder.rename(target)
    return Backup(len(files), sum(int(file["bytes"]) for file in files), linked, kind)


def restore(source: Path, home: Home) -> dict[str, Any]:
    """Put a backup back as a new home. Gives its manifest. Raises `BackupError` where the home is not empty, where a file of the
    backup is missing, too many or altered."""
    if home.path.exists() and any(home.path.iterdir()):
        raise BackupError(f"{home.path} is not empty; name a folder that is, or does not exist")
    with _staging(home.path) as folder:
        if source.is_dir():
            shutil.copytree(source, folder, dirs_exist_ok=True)
        else:
            _unpack(source, folder)
        said = _checked(folder)
        (folder / MANIFEST).unlink()
        if said["database"] == "sqlite":
            _own_database(folder / home.config_path.name)
        if home.path.exists():
            home.path.rmdir()
        folder.rename(home.path)
    return said


def _free(home: Home, target: Path) -> None:
    if target.is_relative_to(home.path):
        raise BackupError(f"{target} lies in the home itself; name a place outside of it")
    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        raise BackupError(f"{target} is there already; name a new one, such as one with the day's date")
    if target.is_dir():
        target.rmdir()


@contextmanager
def _staging(target: Path) -> Iterator[Path]:
    """A folder beside the target, renamed or removed at the end."""
    folder = target.with_name(f".{target.name}.part")
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        folder.chmod(0o700)  # the keys are in it
        yield folder
    except OSError as error:
        raise BackupError(f"{error.filename or target}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# ------------------------------------------------------------------------------------------- what is copied


def _database(home: Home, url: URL, folder: Path) -> str:
    if url.get_backend_name() == "postgresql":
        _dump(url, folder / DUMP)
        return "postgresql"
    path = Path(url.database or "")
    if not path.exists():
        raise BackupError(f"there is no database at {path}; run `newswatch --home {home.path} doctor`")
    try:
        with closing(sqlite3.connect(path, timeout=10)) as read, closing(sqlite3.connect(folder / DATABASE)) as write:
            read.backup(write)  # in one step: one snapshot, which in WAL mode keeps no writer waiting
            write.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise BackupError(f"the database could not be copied: {error}") from error
    return "sqlite"


def _dump(url: URL, to: Path) -> None:
    """PostgreSQL's own tool makes the copy, in one snapshot of its own."""
    tool = shutil.which("pg_dump")
    if tool is None:
        raise BackupError(
            "the database is PostgreSQL and there is no pg_dump here; install PostgreSQL's client programs"
        )
    where = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    given = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    command = [tool, "--format=custom", "--no-owner", f"--file={to}", f"--dbname={where}"]
    done = subprocess.run(command, env=given, capture_output=True, text=True, check=False)  # noqa: S603 - found by its name
    if done.returncode:
        raise BackupError(f"pg_dump failed: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}")


def _archive(archive: Path, to: Path) -> int:
    """Copy the archive. Gives how many bytes were linked."""
    to.mkdir()
    ended = {path.name for series in ("keep", "spool") for path in segments.closed(archive, series)}
    linked = 0
    for path in sorted(archive.glob("*.warc.gz")):
        try:
            linked += _copied(path, to / path.name, ended=path.name in ended)
        except FileNotFoundError:
            continue  # it expired meanwhile
    return linked


def _copied(path: Path, to: Path, *, ended: bool) -> int:
    if ended:
        try:
            os.link(path, to)
        except OSError:
            shutil.copyfile(path, to)
            return 0
        return path.stat().st_size
    shutil.copyfile(path, to)
    os.truncate(to, segments.whole_length(to))
    return 0


def _manifest(folder: Path, kind: str, now: datetime) -> list[dict[str, Any]]:
    files = [
        {"name": name, "bytes": (folder / name).stat().st_size, "sha256": _digest(folder / name)}
        for name in _names(folder)
    ]
    said = {"newswatch_backup": FORMAT, "made_at": now.isoformat(timespec="seconds"), "database": kind, "files": files}
    (folder / MANIFEST).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    return files


def _names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


# ------------------------------------------------------------------------------------------- one file of it all


def _pack(folder: Path, target: Path) -> None:
    part = folder.with_suffix(".packed")
    try:
        with part.open("xb") as out, zstandard.ZstdCompressor().stream_writer(out, closefd=False) as packed:
            part.chmod(0o600)
            with tarfile.open(fileobj=packed, mode="w|") as tar:
                for name in [MANIFEST, *(name for name in _names(folder) if name != MANIFEST)]:
                    tar.add(folder / name, name)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)


def _unpack(source: Path, folder: Path) -> None:
    try:
        with source.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as packed:
            with tarfile.open(fileobj=packed, mode="r|") as tar:
                tar.extractall(folder, filter="data")
            while packed.read(_CHUNK):
                pass  # to the end, so that what is cut off is found
    except (tarfile.TarError, zstandard.ZstdError, EOFError) as error:
        raise BackupError(f"{source} is no backup that can be read: {error}") from error


# ------------------------------------------------------------------------------------------- what is put back


def _checked(folder: Path) -> dict[str, Any]:
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = {str(file["name"]): (int(file["bytes"]), str(file["sha256"])) for file in said["files"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"it holds no {MANIFEST} that can be read: it is no backup of newswatch") from error
    if said.get("newswatch_backup") != FORMAT:
        raise BackupError("it was made by a newer newswatch; install that one")
    found = set(_names(folder)) - {MANIFEST}
    for name in sorted(files.keys() | found):
        _one(folder, name, files.get(name), there=name in found)
    return dict(said)


def _one(folder: Path, name: str, wanted: tuple[int, str] | None, *, there: bool) -> None:
    if wanted is None:
        raise BackupError(f"{name} stands in the backup but not in its manifest; it was added later")
    if not there or ".." in PurePosixPath(name).parts:
        raise BackupError(f"{name} is missing from the backup")
    path = folder / name
    if path.is_symlink() or path.stat().st_size != wanted[0] or _digest(path) != wanted[1]:
        raise BackupError(f"{name} is not what was backed up: it was altered or is damaged")


def _own_database(config: Path) -> None:
    """A configuration that names a SQLite file elsewhere would have the new home write into the old one's."""
    if not config.exists():
        return
    try:
        document = tomlkit.parse(config.read_text(encoding="utf-8"))
    except (ParseError, UnicodeDecodeError):
        return  # as it was; the next command says what is wrong with it
    table = document.get("newswatch")
    if isinstance(table, dict) and str(table.get("database") or "").startswith(sqlite_url(Path("x"))[:7]):
        del table["database"]
        config.write_text(tomlkit.dumps(document), encoding="utf-8")
