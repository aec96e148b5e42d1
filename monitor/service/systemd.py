"""What systemd is told by a unit of `Type=notify` (sd_notify(3)): that the service is ready, that it lives, that it ends."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

READY, LIVES, ENDS = "READY=1", "WATCHDOG=1", "STOPPING=1"


def tell(state: str, environment: Mapping[str, str] | None = None) -> bool:
    """Send a state to the socket that `NOTIFY_SOCKET` names. Gives whether there was one and it took it."""
    address = (os.environ if environment is None else environment).get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]  # the abstract namespace
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.setblocking(False)  # the event loop says that it lives: nothing may hold it
            sender.connect(address)
            sender.send(state.encode())
    except OSError:
        return False
    return True


def watchdog_s(environment: Mapping[str, str] | None = None) -> float | None:
    """Seconds between two signs of life: half of what systemd waits for (sd_watchdog_enabled(3)); None where it does not wait."""
    given = os.environ if environment is None else environment
    if given.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    try:
        waits = int(given.get("WATCHDOG_USEC", ""))
    except ValueError:
        return None
    return waits / 2e6 if waits > 0 else None
