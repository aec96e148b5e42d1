"""What goes between the engine and a render process, and how: a JSON head and a body, each after its length."""

from __future__ import annotations

import json
import struct
from asyncio import IncompleteReadError, StreamReader
from dataclasses import asdict, dataclass, fields
from typing import Any, TypeVar

MIB = 1 << 20
HTML = ("Content-Type", "text/html; charset=utf-8")
LENGTHS = struct.Struct(">IQ")
MOST_HEAD_BYTES = 4 * MIB
EXTRA = "rendering needs the extra: pip install 'newswatch[render]'"
NO_BROWSER = (
    "rendering needs Chromium: install it (on Debian: apt install chromium; else: playwright install chromium), "
    "or name its program by `browser` in [render] of newswatch.toml"
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RenderSettings:
    """Limits of rendering. Seconds and MiB. `browser` is Chromium's program; None: the system's, else Playwright's own.

    `timeout` is all a page may take, `settle` what it may take to show its story; `memory_mb` is what the browser may use,
    `data_mb` what a page may load. `processes` is how many pages are rendered at once. `sandbox` False gives up Chromium's own
    sandbox, which does not start everywhere (never as root).
    """

    browser: str | None = None
    timeout: float = 30.0
    settle: float = 10.0
    memory_mb: int = 1024
    data_mb: int = 30
    processes: int = 1
    sandbox: bool = True


@dataclass(frozen=True, slots=True)
class Order:
    """One page to render: the answer as the engine got it, decoded, and the limits. The document is not asked for again.

    `rules` says that the body holds the host's robots.txt rules (pickled by the engine) behind `length` bytes of document.
    """

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    length: int
    user_agent: str
    allow: tuple[str, ...]
    settings: RenderSettings
    zone: str | None = None
    proxy: str | None = None
    most_bytes: int = 40 * MIB


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a render came to: the document as it stood, or `trouble`, a line for a person.

    `refused` are hosts that the address rules kept from the page, with the reason; `requests` and `received` (bytes) what it
    loaded; `seconds` and `memory_mb` what it took; `settled` is false where the page never came to rest. `broken` says that the
    browser is not to be used again: its process ends.
    """

    trouble: str | None = None
    broken: bool = False
    settled: bool = True
    refused: tuple[tuple[str, str], ...] = ()
    requests: int = 0
    received: int = 0
    seconds: float = 0.0
    memory_mb: float = 0.0
    html: bytes = b""


def pack(value: Order | Rendered, body: bytes) -> bytes:
    """A value and its body as one frame."""
    head = {name: part for name, part in asdict(value).items() if name != "html"}
    data = json.dumps(head).encode()
    return LENGTHS.pack(len(data), len(body)) + data + body


async def unpack(reader: StreamReader, most_bytes: int) -> tuple[dict[str, Any], bytes] | None:
    """The next frame's head and body; None at the end of the stream.

    Raises `ValueError` for what is no frame: the other side holds a browser that hostile pages had in their hands.
    """
    try:
        head_length, length = LENGTHS.unpack(await reader.readexactly(LENGTHS.size))
        if head_length > MOST_HEAD_BYTES or length > most_bytes:
            raise ValueError(f"a frame of {head_length} and {length} bytes")
        head = json.loads(await reader.readexactly(head_length))
        body = await reader.readexactly(length)
    except IncompleteReadError:
        return None
    if not isinstance(head, dict):
        raise ValueError("a frame without a head")  # noqa: TRY004 - one error for all that is no frame
    return head, body


def order_of(head: dict[str, Any]) -> Order:
    """The order in a frame's head."""
    return Order(
        **{
            **head,
            "headers": tuple((name, value) for name, value in head["headers"]),
            "allow": tuple(head["allow"]),
            "settings": RenderSettings(**head["settings"]),
        }
    )


def rendered_of(head: dict[str, Any], body: bytes) -> Rendered:
    """The result in a frame. Raises `ValueError` where it is none."""
    known = {field.name for field in fields(Rendered)} - {"html"}
    if set(head) != known:
        raise ValueError("a frame that is no result")
    refused = tuple((str(host)[:300], str(why)[:300]) for host, why in head["refused"])
    trouble = str(head["trouble"])[:300] if head["trouble"] else None
    return Rendered(**{**head, "trouble": trouble, "refused": refused}, html=body)
