"""Archive files go to a shared store: whole ones, pieces of open ones, each confirmed before it leaves the disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db.archive import segments, store
from db.archive.holder import holder_id
from db.archive.store import Store, StoreError
from db.archive.writer import ArchiveWriter
from db.engine import open_engine, reading, sqlite_url, upgrade
from db.home import Home, home_at
from db.queries import archive_files
from db.queries.archive_files import FileRecord
from db.records import ArchiveRef
from monitor.service import keeping
from monitor.service.keeping import Keeper
from monitor.service.lock import engine_lock
from monitor.service.sealing import Sealer
from tests.db.test_archive import answer

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=40)


@dataclass
class Machine:
    """A home of a fleet with the files that its one process appends to."""

    home: Home
    engine: Engine
    process: str = "w1"
    refs: list[ArchiveRef] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.writer = ArchiveWriter(self.home.archive_dir, self.process, max_bytes=4000)
        self.keeper = Keeper(self.home, self.engine, writer=self.writer)

    def kept(self, body: bytes) -> ArchiveRef:
        """An answer that a version rests on, on the disk."""
        ref = self.writer.keep(self.writer.append(answer(body)).result(5))
        self.writer.sync_kept()
        self.refs.append(ref)
        return ref

    def round(self, now: datetime = NOW) -> keeping.Kept:
        Sealer(self.home, self.engine).run(now)
        return self.keeper.run(now)

    def names(self) -> set[str]:
        return {path.name for path in self.home.archive_dir.glob("*.warc.gz")}

    def die(self) -> None:
        """The process is gone, and what it had in its memory."""
        self.writer.close()
        self.writer = ArchiveWriter(self.home.archive_dir, self.process, max_bytes=4000)
        self.keeper = Keeper(self.home, self.engine, writer=self.writer)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(sqlite_url(tmp_path / "newswatch.db"))
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def machines(tmp_path: Path, engine: Engine) -> Iterator[tuple[Machine, Machine]]:
    """Two machines, one store."""
    made = []
    for name in ("one", "two"):
        home = home_at(tmp_path / name)
        store.attach(home.archive_dir, f"file://{tmp_path}/store")
        made.append(Machine(home, engine))
    yield made[0], made[1]
    for machine in made:
        machine.writer.close()


def body(number: int) -> bytes:
    return b"<html>" + bytes([65 + number % 26]) * 10 + str(number).encode() * 900 + b"</html>"


def records(engine: Engine) -> dict[str, FileRecord]:
    with reading(engine) as session:
        found = archive_files.in_store_alone(session)
        for holder in archive_files.holders(session):
            found += archive_files.of_holder(session, holder)
    return {record.name: record for record in found}


def shared(machine: Machine) -> Store:
    found = store.of(machine.home.archive_dir)
    assert found
    return found


def read_by(machine: Machine, refs: list[ArchiveRef]) -> list[bytes]:
    shared(machine).forget_reads()
    return [segments.read(machine.home.archive_dir, ref).raw for ref in refs]


def test_another_machine_reads_a_version_after_one_round(machines: tuple[Machine, Machine]) -> None:
    one, two = machines
    ref = one.kept(body(1))
    with pytest.raises(FileNotFoundError):
        segments.read(two.home.archive_dir, ref)
    assert one.round().pieces == 1
    assert read_by(two, [ref]) == [body(1)]
    one.kept(body(2))
    assert one.round().pieces == 1
    assert one.round().pieces == 0, "what is there already is not sent again"
    assert read_by(two, one.refs) == [body(1), body(2)]


def test_complete_files_leave_the_disk_once_the_store_has_them(
    machines: tuple[Machine, Machine], engine: Engine
) -> None:
    one, two = machines
    for number in range(60):
        one.kept(body(number))
        if number == 20:
            one.round()
    done = one.round()
    assert done.moved > 3
    assert done.trouble is None
    assert len(one.names()) == 2, "the two that are appended to"
    assert read_by(one, one.refs) == read_by(two, one.refs) == [body(number) for number in range(60)]
    found = records(engine)
    assert all(record.digest == record.sealed for record in found.values() if record.stored)
    assert {record.tail for record in found.values() if record.stored} == {0}
    pieces = {path.parent.name for path in Path(shared(one).url.removeprefix("file://")).rglob("*.tail/*")}
    assert len(pieces) == 1, "pieces of the open file alone are left"


def test_a_store_that_is_down_stops_nothing_and_loses_nothing(
    machines: tuple[Machine, Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = machines

    def down(*_: object) -> None:
        raise StoreError("the store does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "put", down)
        patch.setattr(Store, "put_piece", down)
        for number in range(30):
            one.kept(body(number))
        assert one.round().trouble == "the store does not answer"
        before = one.names()
        assert one.round().trouble is None, "it is not asked again at once"
        assert one.names() == before
        assert [segments.read(one.home.archive_dir, ref).raw for ref in one.refs] == [body(n) for n in range(30)]
    assert one.round(NOW + timedelta(minutes=1)).moved > 1
    assert read_by(two, one.refs) == [body(number) for number in range(30)]


@pytest.mark.slow
@pytest.mark.parametrize("step", ["put", "put_piece", "drop_pieces", "_confirm", "unlink"])
@pytest.mark.parametrize("after", [True, False])
def test_killed_at_any_step_everything_is_read_and_the_next_round_ends_it(
    machines: tuple[Machine, Machine], engine: Engine, monkeypatch: pytest.MonkeyPatch, step: str, *, after: bool
) -> None:
    """A process that dies right before or right after a step, at each of its turns."""
    one, two = machines

    class Killed(BaseException):
        pass

    turns = 0
    of = Path if step == "unlink" else Store
    own = getattr(of, step)

    def dies(self: object, *given: object, **more: object) -> object:
        nonlocal turns
        if step == "unlink" and not str(self).endswith(".warc.gz"):
            return own(self, *given, **more)
        turns += 1
        done = own(self, *given, **more) if after or turns % 2 == 0 else None
        if turns % 2:
            raise Killed
        return done

    for number in range(12):
        one.kept(body(number))
        if number % 6 != 5:
            continue
        with monkeypatch.context() as patch:
            patch.setattr(of, step, dies)
            for _ in range(4):
                try:
                    one.round()
                except Killed:
                    one.die()
        assert read_by(one, one.refs) == [body(n) for n in range(number + 1)]
    one.die()
    one.kept(body(12))
    while one.round().moved:
        pass
    assert read_by(two, one.refs) == [body(number) for number in range(13)]
    assert all(record.digest == record.sealed for record in records(engine).values() if record.stored)


def test_a_file_that_rotted_on_the_disk_is_not_moved(machines: tuple[Machine, Machine]) -> None:
    one, _ = machines
    for number in range(10):
        one.kept(body(number))
    Sealer(one.home, one.engine).run(NOW)
    name = min(segments.closed(one.home.archive_dir, "keep"))
    data = bytearray(name.read_bytes())
    data[100] ^= 1
    name.write_bytes(data)
    assert "differs from what was sealed" in str(one.keeper.run(NOW).trouble)
    assert name.exists()


def test_many_pieces_become_one(
    machines: tuple[Machine, Machine], engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = machines
    monkeypatch.setattr(keeping, "PIECES_MOST", 4)
    one.writer._kept._max_bytes = 1 << 20
    for number in range(11):
        one.kept(body(number))
        one.round()
    record = next(record for name, record in records(engine).items() if name.startswith("keep-"))
    assert record.pieces < 4
    assert read_by(two, one.refs) == [body(number) for number in range(11)]
    monkeypatch.setattr(keeping, "JOINED_BYTES", 0)
    for number in range(11, 16):
        one.kept(body(number))
        one.round()
    assert len([name for name in records(engine) if name.startswith("keep-")]) == 2, "a large one is ended instead"
    assert read_by(two, one.refs) == [body(number) for number in range(16)]


def test_spooled_files_expire_in_the_store_and_kept_ones_never(
    machines: tuple[Machine, Machine], engine: Engine
) -> None:
    one, two = machines
    for number in range(30):
        one.kept(body(number))
    one.round()
    spooled = {name for name, record in records(engine).items() if name.startswith("spool-") and record.stored}
    assert spooled
    assert two.round(NOW).expired == 0
    assert two.round(LATER).expired == len(spooled)
    assert not spooled & records(engine).keys()
    assert not any(Path(shared(one).url.removeprefix("file://")).glob("spool-*"))
    assert read_by(two, one.refs) == [body(number) for number in range(30)]


def test_one_round_of_a_home_at_a_time(machines: tuple[Machine, Machine]) -> None:
    one, _ = machines
    one.kept(body(1))
    with engine_lock(one.home.archive_dir / keeping.LOCK_FILE, "archive"):
        assert one.round().pieces == 0
    assert one.round().pieces == 1


def test_a_folders_name_stays_with_it(tmp_path: Path) -> None:
    assert holder_id(tmp_path / "a") == holder_id(tmp_path / "a") != holder_id(tmp_path / "b")
