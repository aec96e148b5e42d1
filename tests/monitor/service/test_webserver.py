"""The review page's process where its port belongs to another program."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from monitor.service.webserver import WebServer, taken


def test_a_taken_port_is_said_once_in_plain_words_and_the_service_goes_on(tmp_path: Path) -> None:
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        async def run() -> None:
            heard = asyncio.Event()

            def say(words: str) -> None:
                said.append(words)
                heard.set()

            server = WebServer(tmp_path, "127.0.0.1", port, say)
            server.start()
            await heard.wait()
            await server.stop()

        asyncio.run(run())
    assert len(said) == 1
    assert said[0].startswith(f"port {port} is taken; choose another with --port")
    assert not taken("127.0.0.1", port)
