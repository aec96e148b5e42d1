"""An evidence bundle: what was edited, the versions, their archived answers and the proofs, in a bag (BagIt, RFC 8493) that
others check without us."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import IO, Any

from sqlalchemy.orm import Session
from warcio.warcwriter import WARCWriter

from db.archive import segments
from db.archive.record import RevisitError, decode, member, original_of
from db.change_json import change_to_json
from db.evidence import facts, proofs
from db.evidence.checkpoints import Checkpoint
from db.evidence.note import Signer, Verifier
from db.queries import changes, revisions
from db.records import ArchiveRef, ChangeRecord, RevisionRecord
from monitor.report import card, diff_view, fonts, html
from monitor.report.about import About
from monitor.report.json_lines import change_json
from monitor.report.safe import markup_safe
from monitor.report.when import stamp, window

File = tuple[str, bytes]
CARDS_MOST = 50  # pictures take a tenth of a second each
README = Path(__file__).parent / "templates" / "bundle.txt"


class BundleError(Exception):
    """The bundle cannot be made; the message says why."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a bundle is about: changes, and versions beside those that they speak of."""

    changes: tuple[int, ...] = ()
    revisions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Seal:
    """By what the bundle is proved: a checkpoint and the keys that sign here."""

    checkpoint: Checkpoint
    keys: tuple[Verifier, ...]


@dataclass(slots=True)
class _Warc:
    """The one archive file of a bundle, and where each version's records lie in it."""

    folder: Path
    data: bytearray = field(default_factory=bytearray)
    originals: set[tuple[str, int]] = field(default_factory=set)

    def add(self, ref: ArchiveRef) -> tuple[int, int]:
        """Append a visit's records, byte for byte. Gives where they begin and how many bytes they are. Raises as
        `segments.read`."""
        around, answer = segments.read_visit(self.folder, ref)
        try:
            decode(answer)
        except RevisitError as revisit:
            self._original(revisit.segment, revisit.offset)
        begin = len(self.data)
        self.data += around + answer
        self.originals.add((ref.segment, ref.offset))
        return begin, len(around) + len(answer)

    def _original(self, segment: str, offset: int) -> None:
        """The answer that holds the body, where it is of a version that is not in the bundle."""
        if (segment, offset) not in self.originals:
            found = segments.member_at(self.folder, segment, offset)
            if original_of(found, segment, offset) is not None:
                self.data += found
                self.originals.add((segment, offset))


def files(session: Session, archive: Path, chosen: Selection, seal: Seal, about: About) -> Iterator[File]:
    """The payload of a bundle: `(path under data/, bytes)`. Paths are made of numbers and digests alone.

    Raises `BundleError` where something chosen does not exist or is not sealed under the checkpoint.
    """
    records = [record for number in chosen.changes if (record := changes.get(session, number))]
    if len(records) != len(chosen.changes):
        raise BundleError("a change that was chosen does not exist any more")
    spoken = (number for record in records for number in (record.revision_before, record.revision_after) if number)
    versions = [found for n in sorted({*spoken, *chosen.revisions}) if (found := revisions.get(session, n))]
    proved = proofs.proofs(
        session,
        seal.checkpoint,
        revisions=[version.id for version in versions],
        changes=[record.id for record in records],
    )
    _all_sealed(proved, versions, records)
    yield from _words(records, about)
    yield from _archived(archive, versions)
    yield from _readings(session, versions)
    yield "proofs.json", _json(proved)
    yield "checkpoint.txt", seal.checkpoint.text.encode()
    if seal.checkpoint.stamp:
        yield "checkpoint.tsr", seal.checkpoint.stamp
    yield "public-key.txt", "".join(f"{key.text}\n" for key in seal.keys).encode()
    yield "verify.py", Path(__file__).with_name("standalone.py").read_bytes()
    yield "README.txt", _readme(records, versions, seal, about).encode()


def _all_sealed(
    proved: Sequence[dict[str, Any]], versions: Sequence[RevisionRecord], records: Sequence[ChangeRecord]
) -> None:
    held = {(proof["facts"]["kind"], proof["facts"]["id"]) for proof in proved}
    wanted = [(facts.REVISION, version.id) for version in versions] + [(facts.CHANGE, r.id) for r in records]
    for kind, number in wanted:
        if (kind, number) not in held:
            raise BundleError(f"{kind} {number} is under no checkpoint yet; `newswatch checkpoint sign` signs one now")


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass") + b"\n"


def _words(records: Sequence[ChangeRecord], about: About) -> Iterator[File]:
    """Each change as JSON and picture, all of them as a page that opens offline."""
    for record in records:
        yield (
            f"changes/change-{record.id}.json",
            _json({**change_json(record), "change": change_to_json(record.change)}),
        )
    if records:
        yield "changes.html", b"".join(html.render(lambda: records, about))
    faces = fonts.system()
    for record in records[:CARDS_MOST]:
        yield f"cards/change-{record.id}.png", card.draw(card.card_of(record, about.zone), faces)


def _archived(archive: Path, versions: Sequence[RevisionRecord]) -> Iterator[File]:
    warc, places = _Warc(archive, bytearray(_warcinfo())), []
    for version in versions:
        said: dict[str, Any] = {"id": version.id, "seq": version.seq, "headline": version.headline}
        said |= {"not_before": facts.instant(version.not_before), "not_after": facts.instant(version.not_after)}
        said |= {"offset": None, "bytes": None}
        try:
            if version.ref:
                said["offset"], said["bytes"] = warc.add(version.ref)
        except (OSError, ValueError):
            said["archive_gone"] = True
        places.append(said)
    yield "versions.json", _json(places)
    yield "archive/evidence.warc.gz", bytes(warc.data)


def _warcinfo() -> bytes:
    writer = WARCWriter(None, gzip=False, warc_version="1.1")
    said = {"software": f"newswatch {metadata.version('newswatch')}", "format": "WARC File Format 1.1"}
    return member(writer.create_warcinfo_record("evidence.warc.gz", said))


def _readings(session: Session, versions: Sequence[RevisionRecord]) -> Iterator[File]:
    for version in versions:
        for reader, article in revisions.readings(session, version.id):
            yield f"readings/revision-{version.id}-{_plain(reader)}.json", facts.canonical(article)


def _plain(name: str) -> str:
    """A reader's version as part of a file's name: it is hexadecimal digits and a word, and nothing else gets through."""
    if not name.replace("-", "").isalnum() or not name.isascii():
        raise BundleError(f"a reading's reader has no plain name: {name[:40]!r}")
    return name


def _readme(records: Sequence[ChangeRecord], versions: Sequence[RevisionRecord], seal: Seal, about: About) -> str:
    parts = []
    for record in records:
        sides = [
            " […] ".join(
                "".join(run.text for run in diff_view.side(p, which)) for p in diff_view.paragraphs(record.change)
            )
            for which in ("before", "after")
        ]
        parts.append(
            f"Change {record.id}: the {record.change.kind} of {record.url}\n"
            f"  before: {_short(sides[0])}\n  after:  {_short(sides[1])}\n"
            f"  edited {window(record, about.zone)} ({about.zone.key})\n"
        )
    for version in versions:
        digest = version.ref.digest if version.ref else "not archived"
        parts.append(
            f"Version {version.seq} (revision {version.id}), first seen {stamp(version.not_after, about.zone, seconds=True)}\n"
            f"  SHA-256 of the body as the server sent it: {digest}\n"
        )
    at = stamp(seal.checkpoint.at, about.zone, seconds=True)
    return README.read_text(encoding="utf-8").format(
        what="\n".join(parts),
        number=seal.checkpoint.id,
        size=seal.checkpoint.size,
        at=f"{at} ({about.zone.key})",
        keys="\n".join(f"  {key.text}" for key in seal.keys),
        version=metadata.version("newswatch"),
    )


def _short(text: str) -> str:
    line = " ".join(markup_safe(text).split())
    return line if len(line) <= 300 else line[:299] + "…"


# ------------------------------------------------------------------------------------------- the bag


def bagged(payload: Iterable[File], about: About, signer: Signer) -> Iterator[File]:
    """The payload with a bag's declaration, information and manifests (RFC 8493), signed: `(path in the bag, bytes)`."""
    manifest, size, count = [], 0, 0
    for name, data in payload:
        manifest.append(_line(f"data/{name}", data))
        size, count = size + len(data), count + 1
        yield f"data/{name}", data
    info = [
        f"Bag-Software-Agent: newswatch {metadata.version('newswatch')}",
        f"Bagging-Date: {about.until.date().isoformat()}",
        f"External-Description: {about.title}",
        f"Payload-Oxum: {size}.{count}",
    ]
    tags = [
        ("bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"),
        ("bag-info.txt", "".join(f"{' '.join(line.split())}\n" for line in info).encode()),
        ("manifest-sha256.txt", "".join(manifest).encode()),
    ]
    yield from tags
    manifests = "".join(_line(name, data) for name, data in tags)
    yield "tagmanifest-sha256.txt", manifests.encode()
    yield "signature.txt", signer.sign(manifests).encode()


def _line(path: str, data: bytes) -> str:
    return f"{sha256(data).hexdigest()}  {path}\n"


def to_zip(bag: Iterable[File], file: IO[bytes], name: str, at: datetime) -> None:
    """Write a bag as one file. All of it lies in a folder of that name."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in bag:
            entry = zipfile.ZipInfo(f"{name}/{path}", at.timetuple()[:6])
            packed = path.endswith((".gz", ".png"))
            entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)


def to_folder(bag: Iterable[File], folder: Path) -> None:
    """Write a bag as a new folder. Raises `FileExistsError` where it stands already."""
    folder.mkdir(parents=True)
    for path, data in bag:
        where = folder / path
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_bytes(data)
