"""What a leaf says of a row: its facts as canonical JSON. Each form has a version; a new one never alters an old leaf."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from db.blobs import stored
from db.dictionaries import unpack
from db.models import ChangeRow, Reading, Revision

VERSION = 1
REVISION, READING, CHANGE, SEGMENT, STAMP = "revision", "reading", "change", "segment", "stamp"
Facts = dict[str, Any]


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, no spaces, UTF-8: the same bytes for the same value, in any language."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "surrogatepass")


def entry(salt: bytes, facts: Mapping[str, Any]) -> bytes:
    """What a leaf holds: SHA-256 of the salt and the facts. Without the salt nobody can tell whether it stands for a guess."""
    return sha256(salt + canonical(facts)).digest()


def leaf_data(kind: str, ref: int, part: str | None, sealed_at: datetime, entry: bytes) -> bytes:
    """What the tree hashes as a leaf: the entry and all that is said of it openly, so that no field of a leaf is loose even where
    its content was forgotten."""
    said = {"entry": entry.hex(), "kind": kind, "part": part, "ref": ref, "sealed_at": instant(sealed_at)}
    return canonical(said)


def digest_of(value: Any) -> str:
    """SHA-256, in hex, of a value's canonical JSON."""
    return sha256(canonical(value)).hexdigest()


def instant(at: datetime | None) -> str | None:
    """An instant in UTC to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds") if at else None


def of_revision(row: Revision, reading: Reading | None, url: str | None, at: datetime) -> Facts:
    """Of a version and what its first reader made of it. `at` is when it is sealed, `url` the page's address then."""
    return {
        "v": VERSION,
        "kind": REVISION,
        "sealed_at": instant(at),
        "url": url,
        "id": row.id,
        "page": row.page_id,
        "seq": row.seq,
        "not_before": instant(row.not_before),
        "not_after": instant(row.not_after),
        "reading_digest": row.reading_digest,
        "reader_version": row.reader_version,
        "headline": row.headline,
        "same_as": row.same_as,
        "rebased": row.rebased,
        "segment": row.segment,
        "offset": row.offset,
        "length": row.length,
        "around": row.around,
        "payload_sha256": row.digest,
        "records_sha256": row.record_digest,
        **_article(reading),
    }


def of_reading(row: Reading, at: datetime) -> Facts:
    """Of what another reader made of a version later."""
    ids = {"id": row.revision_id, "reader_version": row.reader_version}
    return {"v": VERSION, "kind": READING, "sealed_at": instant(at), **ids, **_article(row)}


def _article(reading: Reading | None) -> Facts:
    """The reading's digest as JSON, which others can check, and as stored, so that no byte of it is loose."""
    if reading is None:
        return {"article_sha256": None, "stored_sha256": None}
    return {
        "article_sha256": digest_of(unpack(reading.article)),
        "stored_sha256": sha256(stored(reading.article)).hexdigest(),
    }


def of_change(row: ChangeRow, url: str | None, at: datetime) -> Facts:
    """Of a change as it stands. One that is ruled on or counted again later is sealed again."""
    return {
        "v": VERSION,
        "kind": CHANGE,
        "sealed_at": instant(at),
        "url": url,
        "id": row.id,
        "key": row.key,
        "page": row.page_id,
        "source": row.source_id,
        "event": row.event_id,
        "field": row.kind,
        "surface": row.surface,
        "natures": row.natures,
        "significance": row.significance,
        "before": row.before,
        "after": row.after,
        "change_sha256": digest_of(unpack(row.detail)),
        "stored_sha256": sha256(row.detail).hexdigest(),
        "headline": row.headline,
        "suppressed_by": row.suppressed_by,
        "not_before": instant(row.not_before),
        "not_after": instant(row.not_after),
        "created_at": instant(row.created_at),
        "revision_before": row.revision_before,
        "revision_after": row.revision_after,
        "count": row.count,
        "last_seen": instant(row.last_seen),
        "rules_version": row.rules_version,
    }


def of_segment(name: str, size: int, digest: str, at: datetime) -> Facts:
    """Of the first `size` bytes of an archive file."""
    return {"v": VERSION, "kind": SEGMENT, "sealed_at": instant(at), "name": name, "bytes": size, "sha256": digest}


def of_stamp(checkpoint: int, token: bytes, at: datetime) -> Facts:
    """Of a time-stamp token over a checkpoint."""
    digest = sha256(token).hexdigest()
    return {"v": VERSION, "kind": STAMP, "sealed_at": instant(at), "checkpoint": checkpoint, "sha256": digest}
