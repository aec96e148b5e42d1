"""Settings of `scrapy list` and `scrapy crawl`: the engine's own guard, robots and pace, and items on standard output.

`NEWSWATCH_CONTACT` and `NEWSWATCH_ALLOW_ADDRESSES` (networks separated by commas) are read from the environment.
"""

from __future__ import annotations

import os
import sys
from typing import Final

from crawler.fetch import project
from crawler.fetch.limits import FetchSettings
from crawler.fetch.policy import BadNetworkError, networks


def _from_environment() -> FetchSettings:
    allowed = tuple(text.strip() for text in os.environ.get("NEWSWATCH_ALLOW_ADDRESSES", "").split(",") if text.strip())
    try:
        networks(allowed)
    except BadNetworkError as error:
        print(f"NEWSWATCH_ALLOW_ADDRESSES: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    return FetchSettings(contact=os.environ.get("NEWSWATCH_CONTACT", ""), allow_addresses=allowed)


SPIDER_MODULES: Final = ["crawler.spiders"]
NEWSPIDER_MODULE: Final = "crawler.spiders"
LOG_LEVEL: Final = "WARNING"
FEEDS: Final = {"stdout:": {"format": "jsonlines", "encoding": "utf-8"}}
TWISTED_REACTOR: Final = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"

globals().update(project.common(_from_environment()))
