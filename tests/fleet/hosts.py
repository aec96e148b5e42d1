"""Many hosts in one process: 127.0.x.y each, one page a number, every request logged with its worker, its start and its end.

    python -m tests.fleet.hosts --hosts 200 --pages 100 --log FILE --edits FILE

Prints the port. A page is `/p-<number>`; its headline says its version, which is 2 where its number stands in the file of edits.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TextIO

WORDS = (
    "The council met on Monday to discuss the harbour, and members said that the work would begin before the winter.",
    "Residents who had waited for two years welcomed the news, though some asked who would pay for the second bridge.",
    "“We were told the same last spring,” said a shopkeeper near the quay, who has kept her papers in a shoe box since.",
    "Engineers will measure the piers this week, and the road along the water stays closed to lorries until they are done.",
)

WHO = ("Divers", "Pilots", "Mayors", "Anglers", "Dockers", "Judges", "Nurses", "Sailors", "Bakers", "Clerks", "Tenants")
DID = (
    "praise",
    "oppose",
    "visit",
    "close",
    "sell",
    "paint",
    "survey",
    "guard",
    "inherit",
    "delay",
    "insure",
    "flood",
    "name",
)
WHAT = (
    "cranes",
    "sheds",
    "barges",
    "lamps",
    "ropes",
    "stairs",
    "gates",
    "vaults",
    "wells",
    "masts",
    "kiosks",
    "tunnels",
)


def address(number: int) -> str:
    """The address of a host by its number."""
    return f"127.0.{number // 200 + 1}.{number % 200 + 1}"


def headline(number: int, version: int) -> str:
    """The headline of a page in a version."""
    if version == 1:
        return f"Harbour works begin at pier {number}"
    # another edit on each page: one and the same on many would be a change of the site's template
    return f"{WHO[number % 11]} {DID[number % 13]} {WHAT[number // 13 % 12]} near pier {number}"


def page(number: int, version: int) -> bytes:
    """A story as a site serves it."""
    title = headline(number, version)
    body = "".join(f"<p>{words}</p>" for words in WORDS)
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title} | Quay News</title>"
        f"<meta property='og:type' content='article'><meta property='og:title' content='{title}'>"
        "<meta property='article:published_time' content='2026-05-04T08:00:00+00:00'></head>"
        f"<body><main><article><h1>{title}</h1><p class=byline>By Ana Ruiz</p>{body}</article></main></body></html>"
    ).encode()


class Hosts:
    """The servers. `log` takes a JSON line a request: host, path, worker, earliest start, start, end, status, version."""

    def __init__(self, log: TextIO, edits: Path, latency_s: float) -> None:
        self._log, self._edits, self._latency_s = log, edits, latency_s
        self._edited: set[int] = set()
        self._read_at = 0.0
        self._looked = time.monotonic()

    async def look(self) -> None:
        """Note when this process looked for requests last: one that is found now may have come any time since then."""
        while True:
            self._looked = time.monotonic()
            await asyncio.sleep(0.005)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept open."""
        host = writer.get_extra_info("sockname")[0]
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                began = (self._looked, time.monotonic())
                lines = head.decode("latin-1").split("\r\n")
                path = lines[0].split(" ")[1]
                agent = next((line[12:] for line in lines if line.lower().startswith("user-agent: ")), "")
                await self._answer(writer, host, path, agent=agent, began=began)
        with suppress(ConnectionError):
            writer.close()

    async def _answer(
        self, writer: asyncio.StreamWriter, host: str, path: str, *, agent: str, began: tuple[float, float]
    ) -> None:
        number = int(path[3:]) if path.startswith("/p-") else None
        version = 2 if number in self._edited_now() else 1
        body = page(number, version) if number is not None else b"not here"
        status = "200 OK" if number is not None else "404 Not Found"
        try:
            await asyncio.sleep(self._latency_s)
            head = f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            await writer.drain()
        finally:
            row = [host, path, agent.partition("(+")[2].rstrip(")"), *began, time.monotonic(), int(status[:3]), version]
            self._log.write(json.dumps(row) + "\n")

    def _edited_now(self) -> set[int]:
        if time.monotonic() - self._read_at > 0.5:
            self._read_at = time.monotonic()
            with suppress(OSError, ValueError):
                self._edited = set(json.loads(self._edits.read_text()))
        return self._edited


async def main(options: argparse.Namespace) -> None:
    with options.log.open("a", buffering=1) as log:
        hosts = Hosts(log, options.edits, options.latency)
        port, servers = 0, []
        for number in range(options.hosts):
            listening = socket.create_server((address(number), port), backlog=128)
            port = listening.getsockname()[1]  # the first free one, then the same everywhere
            servers.append(await asyncio.start_server(hosts.serve, sock=listening))
        print(port, flush=True)
        await asyncio.gather(hosts.look(), *(server.serve_forever() for server in servers))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--latency", type=float, default=0.01)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--edits", type=Path, required=True)
    with suppress(OSError):
        os.nice(-15)  # what it logs must be when a request came, not when it had time to look
    with suppress(KeyboardInterrupt):
        asyncio.run(main(parser.parse_args()))
    sys.exit(0)
