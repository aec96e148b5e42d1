"""The settings that Scrapy gets: the same for the long-lived engine and for `scrapy crawl`."""

from __future__ import annotations

from typing import Any

from scrapy.logformatter import LogFormatter

from crawler.fetch.limits import FetchSettings
from crawler.fetch.state import SETTING

MIDDLEWARES = {
    "crawler.fetch.guard.GuardMiddleware": 50,
    "crawler.fetch.robots.RobotsMiddleware": 100,
    "crawler.fetch.politeness.PolitenessMiddleware": 300,
    "crawler.fetch.conditional.ConditionalMiddleware": 500,
    "crawler.fetch.redirect.RedirectMiddleware": 600,
    "crawler.fetch.capture.CaptureMiddleware": 900,
}
_CONNECTIONS_KEPT = 8  # idle ones a host; how many requests are open at once is the pace's to say
_HANDLER = "crawler.fetch.capture.CapturingHandler"


class QuietLogFormatter(LogFormatter):
    """Every visit ends in a value that is stored: a log line each would only cost."""

    def crawled(self, request: Any, response: Any, spider: Any) -> None:  # type: ignore[override]
        return None


def common(settings: FetchSettings) -> dict[str, Any]:
    """What both ways of running share."""
    return {
        SETTING: settings,
        "BOT_NAME": "newswatch",
        "USER_AGENT": settings.user_agent,
        "DOWNLOADER_MIDDLEWARES_BASE": {},
        "DOWNLOADER_MIDDLEWARES": dict(MIDDLEWARES),
        "DOWNLOAD_HANDLERS": {"http": _HANDLER, "https": _HANDLER, "ftp": None, "s3": None, "file": None, "data": None},
        "TWISTED_DNS_RESOLVER": "crawler.fetch.guard.GuardResolver",
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_MAXSIZE": settings.max_body_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_TIMEOUT": settings.timeout,
        "DOWNLOAD_FAIL_ON_DATALOSS": True,
        "DOWNLOAD_DELAY": settings.pace.delay,
        "DOWNLOAD_DELAY_JITTER": 0.0,
        "CONCURRENT_REQUESTS": settings.concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": max(settings.pace.concurrency, _CONNECTIONS_KEPT),
        "REDIRECT_MAX_TIMES": settings.max_redirects,
        "COOKIES_ENABLED": False,
        "HTTPPROXY_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
    }


def engine(settings: FetchSettings) -> dict[str, Any]:
    """What the long-lived engine gets: nothing that counts, prints or grows with each request."""
    return common(settings) | {
        "EXTENSIONS_BASE": {},
        "SPIDER_MIDDLEWARES_BASE": {},
        "STATS_CLASS": "scrapy.statscollectors.DummyStatsCollector",
        "STATS_DUMP": False,
        "LOG_ENABLED": False,
        "LOG_FORMATTER": "crawler.fetch.project.QuietLogFormatter",
    }
