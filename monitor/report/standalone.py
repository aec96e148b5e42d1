"""Checks an evidence bundle of newswatch with nothing but the bundle: `python3 data/verify.py [--key KEY]`.

One file, Python's standard library alone (3.9 or newer); the `cryptography` package is used for the signature where it is
installed, RFC 8032's arithmetic otherwise. Ends with 0 where everything holds, with 1 where anything does not.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

Problem = Callable[[str], None]


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def canonical(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


# ------------------------------------------------------------------------------------------- the bag (RFC 8493)


def listed(bag: Path, name: str) -> dict[str, str]:
    found = {}
    for line in (bag / name).read_text(encoding="utf-8").splitlines():
        digest, _, path = line.partition("  ")
        found[path] = digest
    return found


def check_bag(bag: Path, problem: Problem) -> int:
    """Every file against the manifests, and that no file stands there which they do not name."""
    named: dict[str, str] = {}
    for manifest in ("tagmanifest-sha256.txt", "manifest-sha256.txt"):
        named.update(listed(bag, manifest))
    for path, digest in named.items():
        where = bag / path
        if ".." in Path(path).parts or Path(path).is_absolute():
            problem(f"{path}: a path that leads out of the bundle")
        elif not where.is_file():
            problem(f"{path}: missing")
        elif sha256(where.read_bytes()).hex() != digest:
            problem(f"{path}: its SHA-256 is not the one in the manifest")
    there = {found.relative_to(bag).as_posix() for found in bag.rglob("*") if found.is_file()}
    for path in sorted(there - set(named) - {"tagmanifest-sha256.txt", "signature.txt"}):
        if "__pycache__" not in path:
            problem(f"{path}: no manifest names it")
    return len(named)


# ------------------------------------------------------------------------------------------- the checkpoint's signature

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int, int, int]


def _add(a: Point, b: Point) -> Point:
    k, m = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    n, o = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = m - k, o - n, o + n, m + k
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(number: int, point: Point) -> Point:
    found = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = _add(found, point)
        point, number = _add(point, point), number >> 1
    return found


def _point(data: bytes) -> Point | None:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def _by_arithmetic(key: bytes, message: bytes, signature: bytes) -> bool:
    """RFC 8032, 5.1.7."""
    a, r, s = _point(key), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    base = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    if a is None or r is None or base is None or len(signature) != 64 or s >= L:
        return False
    number = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    left, right = _times(s, base), _add(r, _times(number, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


def signed(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - it may not be there
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    except ImportError:
        return _by_arithmetic(key, message, signature)
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def opened(note: str, keys: Sequence[str]) -> str | None:
    """The text of a signed note (C2SP's signed-note), where one of the keys signed it."""
    text, _, signatures = note.rpartition("\n\n")
    for line in signatures.splitlines():
        name, _, blob = line[2:].rpartition(" ")
        raw = base64.b64decode(blob, validate=True)
        for key in keys:
            owner, given, data = key.split("+", 2)
            public = base64.b64decode(data, validate=True)
            ident = sha256(owner.encode() + b"\n" + public)[:4]
            known = owner == name and ident == raw[:4] and ident.hex() == given and public[:1] == b"\x01"
            if known and signed(public[1:], (text + "\n").encode(), raw[4:]):
                return text + "\n"
    return None


def check_checkpoint(note: str, keys: Sequence[str], problem: Problem) -> tuple[int, bytes, str]:
    """The signed head: how many leaves, the root, and its time, in the form of C2SP's tlog-checkpoint."""
    text = opened(note, keys)
    if text is None:
        problem("checkpoint.txt: no key signed it whose signature holds")
    lines = (text or note).split("\n")
    return int(lines[1]), base64.b64decode(lines[2]), lines[4][5:]


def check_signature(bag: Path, keys: Sequence[str], problem: Problem) -> None:
    """That the bundle as a whole is signed: the list of digests of its manifests."""
    note = (bag / "signature.txt").read_text(encoding="utf-8")
    if opened(note, keys) != (bag / "tagmanifest-sha256.txt").read_text(encoding="utf-8"):
        problem("signature.txt: it does not sign this bundle's manifests")


# ------------------------------------------------------------------------------------------- the log (RFC 9162)


def root_of(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes | None:
    """RFC 9162, 2.1.3.2."""
    if not 0 <= index < size:
        return None
    at, last, found = index, size - 1, leaf
    for other in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            found = sha256(b"\x01" + other + found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = sha256(b"\x01" + found + other)
        at, last = at >> 1, last >> 1
    return None if last else found


def check_proof(proof: dict[str, Any], size: int, root: bytes) -> bool:
    """That the log under the checkpoint holds these facts."""
    facts = proof["facts"]
    entry = sha256(base64.b64decode(proof["salt"]) + canonical(facts)).hex()
    said = {"entry": entry, "kind": facts["kind"], "part": proof["part"], "ref": proof["ref"]}
    leaf = sha256(b"\x00" + canonical({**said, "sealed_at": facts["sealed_at"]}))
    path = [base64.b64decode(part) for part in proof["path"]]
    return facts["id"] == proof["ref"] and root_of(proof["index"], size, leaf, path) == root


# ------------------------------------------------------------------------------------------- the archived answers (WARC)


class Record:
    """A WARC record: its headers, and the body of the answer that it holds."""

    def __init__(self, text: bytes) -> None:
        head, _, block = text.partition(b"\r\n\r\n")
        lines = head.decode("utf-8", "replace").split("\r\n")[1:]
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        block = block[: int(self.headers.get("content-length", 0))]
        is_http = self.headers.get("content-type", "").startswith("application/http")
        self.body = block.partition(b"\r\n\r\n")[2] if is_http else block


def members(data: bytes) -> Iterator[bytes]:
    """What each gzip member holds."""
    while data:
        stream = zlib.decompressobj(wbits=31)
        text = stream.decompress(data) + stream.flush()
        if not stream.eof:
            raise ValueError("a record ends early")
        data = stream.unused_data
        yield text


def check_archive(
    bag: Path, versions: list[dict[str, Any]], facts: dict[int, dict[str, Any]], problem: Problem
) -> None:
    """Each version's records, byte for byte, and its body, by what the log holds of them."""
    path = bag / "data" / "archive" / "evidence.warc.gz"
    warc = path.read_bytes() if path.exists() else b""
    records = [Record(text) for text in members(warc)]
    originals = {record.headers.get("warc-record-id"): record for record in records}
    for version in versions:
        name, said = f"version {version['seq']} (revision {version['id']})", facts.get(version["id"])
        if said is None:
            problem(f"{name}: no proof that the log holds it")
        elif version["offset"] is None:
            if said["records_sha256"] is not None and not version.get("archive_gone"):
                problem(f"{name}: its records are not in the bundle")
        else:
            span = warc[version["offset"] : version["offset"] + version["bytes"]]
            if sha256(span).hex() != said["records_sha256"]:
                problem(f"{name}: its archived records are not the bytes that were sealed")
                continue
            answer = [Record(text) for text in members(span)][-1]
            if answer.headers.get("warc-type") == "revisit":
                answer = originals.get(answer.headers.get("warc-refers-to"), answer)
            if sha256(answer.body).hex() != said["payload_sha256"]:
                problem(f"{name}: the body in the archive is not the one that was sealed")


# ------------------------------------------------------------------------------------------- readings and changes


def check_readings(bag: Path, proofs: Sequence[dict[str, Any]], problem: Problem) -> None:
    for proof in proofs:
        facts = proof["facts"]
        if facts["kind"] in ("revision", "reading") and facts["article_sha256"] is not None:
            name = f"revision-{int(facts['id'])}-{facts['reader_version']}.json"
            path = bag / "data" / "readings" / name
            if "/" in name or not path.is_file():
                problem(f"readings/{name}: missing")
            elif sha256(path.read_bytes()).hex() != facts["article_sha256"]:
                problem(f"readings/{name}: it is not the reading that was sealed")


def check_changes(bag: Path, proofs: Sequence[dict[str, Any]], versions: dict[int, Any], problem: Problem) -> list[str]:
    """Each change file by its proof. Gives a line a change for a person."""
    facts = {proof["facts"]["id"]: proof["facts"] for proof in proofs if proof["facts"]["kind"] == "change"}
    told = []
    for path in sorted((bag / "data" / "changes").glob("change-*.json")):
        stored = json.loads(path.read_text(encoding="utf-8"))
        said = facts.get(stored["id"])
        if said is None:
            problem(f"{path.name}: no proof that the log holds it")
            continue
        same = [(stored[name], said[name]) for name in ("url", "before", "after", "revision_before", "revision_after")]
        if sha256(canonical(stored["change"])).hex() != said["change_sha256"] or any(a != b for a, b in same):
            problem(f"{path.name}: it is not the change that was sealed")
        for name in ("before", "after"):
            if stored["change"][name] != stored[name]:
                problem(f"{path.name}: its words before and after are not those of the change")
        for side in ("revision_before", "revision_after"):
            if said[side] is not None and said[side] not in versions:
                problem(f"{path.name}: the version it speaks of (revision {said[side]}) is not in the bundle")
        told.append(f"change {stored['id']}: {said['field']} of {said['url']}, seen by {said['not_after']}")
    return told


def verify(bag: Path, key: str | None, out: io.TextIOBase) -> int:
    """Check everything. Gives how many things do not hold."""
    problems: list[str] = []
    problem = problems.append
    count = check_bag(bag, problem)
    data = bag / "data"
    keys = (data / "public-key.txt").read_text(encoding="utf-8").split()
    if key is not None and key not in keys:
        problem("public-key.txt: it is not the key that you were given")
    keys = [key] if key else keys
    check_signature(bag, keys, problem)
    size, root, at = check_checkpoint((data / "checkpoint.txt").read_text(encoding="utf-8"), keys, problem)
    proofs = json.loads((data / "proofs.json").read_text(encoding="utf-8"))
    for proof in proofs:
        if not check_proof(proof, size, root):
            problem(
                f"proofs.json: leaf {proof['index']} ({proof['facts']['kind']} {proof['facts']['id']}) is not in the log"
            )
    versions = json.loads((data / "versions.json").read_text(encoding="utf-8"))
    facts = {proof["facts"]["id"]: proof["facts"] for proof in proofs if proof["facts"]["kind"] == "revision"}
    check_archive(bag, versions, facts, problem)
    check_readings(bag, proofs, problem)
    told = check_changes(bag, proofs, {version["id"]: version for version in versions}, problem)
    out.writelines(f"  {line}\n" for line in told)
    out.write(
        f"{count} files, {len(versions)} versions, {len(proofs)} proofs, checkpoint over {size} leaves signed {at}.\n"
    )
    if (data / "checkpoint.tsr").exists():
        out.write("A time stamp of an authority is in checkpoint.tsr; README.txt says how to check it.\n")
    out.writelines(f"DOES NOT HOLD  {line}\n" for line in problems)
    if not problems:
        out.write("Everything holds: nothing in this bundle was altered since it was sealed.\n")
        if key is None:
            out.write("Compare the key in public-key.txt with one from its owner (or give it by --key).\n")
    return len(problems)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check an evidence bundle of newswatch.")
    parser.add_argument("bag", nargs="?", type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--key", help="the public key, as its owner published it")
    given = parser.parse_args(arguments)
    try:
        return 1 if verify(given.bag, given.key, sys.stdout) else 0  # type: ignore[arg-type]
    except (OSError, ValueError, KeyError, TypeError, IndexError, zlib.error) as error:
        sys.stdout.write(f"DOES NOT HOLD  the bundle cannot be read: {type(error).__name__}: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
