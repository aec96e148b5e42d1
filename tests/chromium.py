"""A real browser for tests: Debian's Chromium, or Playwright's own, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

# a test contacts loopback alone: every other name leads nowhere
ARGUMENTS = ("--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")


def program() -> str | None:
    """Chromium's program, where the system has one."""
    return next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )


def missing() -> None:
    """Skips where there is no browser, fails where CI forbids to skip."""
    if os.environ.get("NEWSWATCH_NO_SKIP"):
        pytest.fail("Chromium is missing and NEWSWATCH_NO_SKIP is set")
    pytest.skip("!!! Chromium is missing: the pages are not proved in a browser here")


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless browser."""
    with sync_playwright() as driver:
        try:
            found = driver.chromium.launch(executable_path=program(), args=list(ARGUMENTS))
        except Error:
            missing()
            raise
        yield found
        found.close()
