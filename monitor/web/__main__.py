"""`python -m monitor.web --home DIR`: the review pages as a process of their own."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from db.engine import open_engine, reading
from db.home import DATABASE_VARIABLE, home_at
from monitor.web.access.policy import Access, refusal
from monitor.web.app import create_app


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="newswatch web")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--zone", default=None)
    parser.add_argument("--fd", type=int, default=None, help="a listening socket to inherit")
    parser.add_argument("--public", action="store_true", help="anyone may read")
    parser.add_argument("--allowed-host", action="append", default=[], help="a name that the pages are asked by")
    parser.add_argument("--trusted-proxy", action="append", default=[], help="a network whose headers are believed")
    return parser


def main() -> int:
    """Serve the pages until told to stop: 0, or 2 where it must not. The service starts this with what the configuration says."""
    given = _parser().parse_args()
    home = home_at(given.home)
    engine = open_engine(home.database_url(os.environ.get(DATABASE_VARIABLE)))
    access = Access(given.host, given.public, tuple(given.allowed_host), tuple(given.trusted_proxy))
    trouble = _refusal(engine, access)
    if trouble:
        print(f"newswatch web: {trouble}", file=sys.stderr)
        return 2
    app = create_app(engine, display_zone=given.zone, access=access, archive=home.archive_dir)
    uvicorn.run(
        app,
        host=given.host,
        port=given.port,
        timeout_graceful_shutdown=2,  # streams of events would hold it for ever
        fd=given.fd,
        log_level="warning",
        access_log=False,
        server_header=False,
        **believed(access),
    )
    return 0


def believed(access: Access) -> dict[str, Any]:
    """Whose word on a visitor's address and scheme uvicorn takes; of itself it takes this machine's, and the environment's."""
    return {"proxy_headers": bool(access.trusted_proxies), "forwarded_allow_ips": list(access.trusted_proxies)}


def _refusal(engine: Engine, access: Access) -> str | None:
    try:
        with reading(engine) as session:
            return refusal(session, access, datetime.now(UTC))
    except DBAPIError:
        return "the database does not answer, or was not brought up to date: `newswatch run` does that"


if __name__ == "__main__":
    sys.exit(main())
