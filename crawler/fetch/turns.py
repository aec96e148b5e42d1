"""Whose turn it is, where several processes ask the same hosts: settled right before each request leaves."""

from __future__ import annotations

from typing import Protocol


class Turns(Protocol):
    """What a process settles with others."""

    async def take(self, host: str, delay: float, crawl_delay: float | None) -> None:
        """Wait until this process may send the host a request.

        `delay` is the host's seconds between two requests as far as this process knows, `crawl_delay` what of it robots.txt asks
        (0: nothing), None where that was not read yet. Raises `EngineStopped` where this process may not fetch any more,
        `Refusal` where the host asked another one to wait.
        """

    async def left(self, host: str, at: float) -> None:
        """Hear when that request really left, in monotonic seconds: a connection may have had to be made."""


class Alone:
    """For the one engine of a home, whose own pace is the whole pace."""

    async def take(self, host: str, delay: float, crawl_delay: float | None) -> None:
        """Any time."""

    async def left(self, host: str, at: float) -> None:
        """Nobody asks."""


ALONE = Alone()
