"""`python -m monitor.web --home DIR`: the review pages as a process of their own."""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from db.engine import open_engine
from db.home import home_at
from monitor.web.app import LOOPBACK_HOSTS, create_app


def main() -> None:
    """Serve the pages until told to stop. The service starts this with what the configuration says."""
    parser = argparse.ArgumentParser(prog="newswatch web")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--database", default=None)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--zone", default=None)
    parser.add_argument("--fd", type=int, default=None, help="a listening socket to inherit")
    given = parser.parse_args()
    home = home_at(given.home)
    engine = open_engine(home.database_url(given.database))
    hosts = (*LOOPBACK_HOSTS, given.host)
    app = create_app(engine, display_zone=given.zone, hosts=hosts, archive=home.archive_dir)
    uvicorn.run(
        app, host=given.host, port=given.port, fd=given.fd, log_level="warning", access_log=False, server_header=False
    )


if __name__ == "__main__":
    main()
