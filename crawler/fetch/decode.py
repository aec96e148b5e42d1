"""Undoing Content-Encoding strictly and within a limit: a cut stream is an error, not a shorter page."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterable

import brotli  # type: ignore[import-untyped]

from crawler.fetch.reasons import Refusal
from db.types import Reason

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPT_ENCODING = b"gzip, deflate, br, zstd"
_CHUNK = 1 << 16
_GZIP_MAGIC = b"\x1f\x8b"
_MOST_LAYERS = 3
_ZSTD_WINDOW_LOG = 23  # 8 MiB, the most that RFC 9659 lets a web server use


def layers(header_values: Iterable[str]) -> list[str]:
    """The encodings to undo, outermost last as sent; `identity` left out."""
    names = [name.strip().lower() for value in header_values for name in value.split(",")]
    return [name for name in names if name and name != "identity"]


def decode(body: bytes, encodings: list[str], limit: int) -> bytes:
    """The body as the page's author wrote it.

    :raises Refusal: `BOMB` past `limit` bytes, `TRUNCATED` where the stream ends early, `UNREADABLE` where it is damaged
        or of an encoding that we never asked for.
    """
    if len(encodings) > _MOST_LAYERS:
        raise Refusal(Reason.UNREADABLE, f"{len(encodings)} layers of content encoding")
    for name in reversed(encodings):
        body = _layer(body, name, limit)
    return body


def _layer(body: bytes, name: str, limit: int) -> bytes:
    decoder = _DECODERS.get(name)
    if decoder is None:
        raise Refusal(Reason.UNREADABLE, f"content encoding {name[:40]!r} was not asked for")
    if not body:
        return body
    try:
        return decoder(body, limit)
    except (zlib.error, brotli.error, zstd.ZstdError) as exc:
        raise Refusal(Reason.UNREADABLE, f"the {name} stream is damaged") from exc


def _gzip(body: bytes, limit: int) -> bytes:
    if not body.startswith(_GZIP_MAGIC):
        return body  # servers that announce gzip and send plain text are common; browsers' proxies let them pass
    out = bytearray()
    while body.startswith(_GZIP_MAGIC):
        body = _inflate(zlib.decompressobj(wbits=31), body, out, limit)
    return bytes(out)


def _deflate(body: bytes, limit: int) -> bytes:
    out = bytearray()
    try:
        _inflate(zlib.decompressobj(), body, out, limit)
    except zlib.error:
        out.clear()
        _inflate(zlib.decompressobj(wbits=-15), body, out, limit)  # old servers send the raw stream without its header
    return bytes(out)


def _inflate(stream: zlib._Decompress, body: bytes, out: bytearray, limit: int) -> bytes:
    """Append what the stream holds to `out`; what stands behind its end is returned."""
    while not stream.eof:
        chunk = stream.decompress(body, _CHUNK)
        body = stream.unconsumed_tail
        _append(out, chunk, limit)
        if not chunk and not body and not stream.eof:
            raise _truncated("zlib")
    return stream.unused_data


def _brotli(body: bytes, limit: int) -> bytes:
    stream, out = brotli.Decompressor(), bytearray()
    chunk = stream.process(body, output_buffer_limit=_CHUNK)
    _append(out, chunk, limit)
    while not stream.is_finished():
        chunk = stream.process(b"", output_buffer_limit=_CHUNK)
        if not chunk:
            raise _truncated("brotli")
        _append(out, chunk, limit)
    return bytes(out)


def _zstd(body: bytes, limit: int) -> bytes:
    out = bytearray()
    while body:
        stream = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG})
        chunk = stream.decompress(body, _CHUNK)
        _append(out, chunk, limit)
        while not stream.eof:
            if stream.needs_input:
                raise _truncated("zstd")
            _append(out, stream.decompress(b"", _CHUNK), limit)
        body = stream.unused_data
    return bytes(out)


def _append(out: bytearray, chunk: bytes, limit: int) -> None:
    if len(out) + len(chunk) > limit:
        raise Refusal(Reason.BOMB, f"the body unpacks to more than {limit} bytes")
    out += chunk


def _truncated(name: str) -> Refusal:
    return Refusal(Reason.TRUNCATED, f"the compressed body ({name}) ends early")


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
