"""What an archive folder is called in a fleet: the machine that made it, and eight digits. The name goes with the folder."""

from __future__ import annotations

import secrets
import socket
from pathlib import Path

ID_FILE = "holder.id"
_MACHINE_MOST = 100  # letters


def known(folder: Path) -> str | None:
    """The folder's name, where it has one."""
    try:
        return (folder / ID_FILE).read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def holder_id(folder: Path) -> str:
    """The folder's name, given where it has none."""
    if found := known(folder):
        return found
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ID_FILE
    beside = path.with_name(f"{ID_FILE}.{secrets.token_hex(4)}")
    beside.write_text(f"{socket.gethostname()[:_MACHINE_MOST]}-{secrets.token_hex(4)}\n", encoding="utf-8")
    beside.replace(path)
    return path.read_text(encoding="utf-8").strip()
