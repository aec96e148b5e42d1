"""Texts kept as zstd blobs: an article's reading, a change's operations and facts."""

from __future__ import annotations

import json
from typing import Any

import zstandard

LEVEL = 3  # measured in the design's storage study: 18 µs in, 6 µs out a body


def pack(value: Any) -> bytes:
    """JSON, compressed."""
    raw = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return zstandard.ZstdCompressor(level=LEVEL).compress(raw)


def unpack(blob: bytes) -> Any:
    """The value that `pack` packed."""
    return json.loads(zstandard.ZstdDecompressor().decompress(blob))
