"""A change's evidence to take along: the bundle that `newswatch export` writes, where a checkpoint holds it already."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from fastapi import APIRouter, HTTPException
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import StreamingResponse

from db.evidence import checkpoints, key, keys
from db.evidence.note import NoteError
from db.queries import changes
from monitor.report import bundle
from monitor.report.bundle import BundleError, Seal, Selection
from monitor.web.access.identity import SIGN_IN, identify
from monitor.web.desk import NUMBER_MOST, desk_of
from monitor.web.feeds import about_of

router = APIRouter()
IN_MEMORY = 8 << 20
_CHUNK = 1 << 16


@router.get("/changes/{change_id}/evidence.zip")
def evidence(request: Request, change_id: int) -> StreamingResponse:
    """The bundle of a change. 409 where it is not sealed under a checkpoint yet, or its evidence lies on another machine; 401
    for who is not known."""
    desk = desk_of(request)
    if not identify(request).known:  # the archived answers hold what the public is not shown, such as cookies
        raise HTTPException(401, SIGN_IN)
    if desk.archive is None:
        raise HTTPException(409, "The archive and the signing key are not on this machine.")
    about = about_of(request, f"Change {change_id}")
    file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed when it was sent
    try:
        with desk.session() as session:
            seal = _seal(session, change_id, desk.archive.parent)
            payload = bundle.files(session, desk.archive, Selection((change_id,)), seal, about)
            signer = key.signer(desk.archive.parent)
            bundle.to_zip(bundle.bagged(payload, about, signer), file, f"change-{change_id}", about.until)
    except (BundleError, NoteError, OSError) as error:
        file.close()
        raise HTTPException(409, f"The evidence cannot be put together: {error}.") from error
    except BaseException:
        file.close()
        raise
    name = f'attachment; filename="newswatch-change-{change_id}.zip"'
    return StreamingResponse(_pieces(file), media_type="application/zip", headers={"Content-Disposition": name})


def _seal(session: Session, change_id: int, home: Path) -> Seal:
    """By what the bundle is proved. Raises `HTTPException` where there is no such change, or nothing was signed yet."""
    if not 0 < change_id <= NUMBER_MOST or changes.get(session, change_id) is None:
        raise HTTPException(404, f"There is no change {change_id}.")
    last = checkpoints.latest(session)
    if last is None:
        raise HTTPException(409, "No checkpoint was signed yet; the service signs one a day.")
    key.signer(home)  # signs the bundle, wherever the log's key is
    return Seal(last, tuple(keys.known(session, home)))


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while data := file.read(_CHUNK):
            yield data
