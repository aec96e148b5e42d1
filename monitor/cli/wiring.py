"""From a configuration to what the service needs: the one place where the two meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.budget import BudgetSettings
from crawler.fetch.limits import FetchSettings, Pace
from crawler.sources import Settings, Source
from monitor.cli.routes import chooser, routes
from monitor.compare import Telling

if TYPE_CHECKING:  # the engine's libraries take a second to load: commands that only read tables do without
    from monitor.service.local import ServiceSettings
    from monitor.service.works import Declared, WorksSettings
    from monitor.web.access.policy import Access


def declared(source: Source) -> Declared:
    """A source of the file as the tables take it."""
    return source.name, source.home, source.table(), source.lists()


def works_settings(settings: Settings) -> WorksSettings:
    """The engine's settings."""
    from monitor.service.works import WorksSettings

    return WorksSettings(
        declared=tuple(declared(source) for source in settings.sources),
        database=settings.database,
        queue=settings.queue,
        stall_s=settings.stall_s,
        readers=settings.readers,
        fetch=FetchSettings(
            contact=settings.contact or "",
            pace=Pace(settings.pace, settings.per_host_concurrency),
            concurrency=settings.concurrency,
            timeout=settings.timeout_s,
            max_body_bytes=settings.max_body_bytes,
            max_decoded_bytes=settings.max_text_bytes,
            allow_addresses=settings.allow_addresses,
            render=settings.render.settings(),
        ),
        speed=settings.recheck_speed,
        shortest_s=settings.recheck_min_s,
        feed_interval_s=settings.feed_interval_s,
        budget=BudgetSettings(settings.fetches_a_day, settings.promptness, settings.fresh_weight),
        websub_callback=settings.websub_callback,
        telling=Telling(table=settings.significance or None, choose=chooser(settings)),
        stamp_url=settings.timestamp_url,
        spool_days=settings.archive_days,
    )


def access_of(settings: Settings) -> Access:
    """Where the review pages listen, and to whom."""
    from monitor.web.access.policy import Access

    web = settings.web
    return Access(settings.web_host, web.public, web.allowed_hosts, web.trusted_proxies)


def service_settings(settings: Settings) -> ServiceSettings:
    """The service's settings: the engine's, how it shows itself, and whom it tells. Raises `ConfigError` for a channel that
    cannot be used."""
    from monitor.service.local import ServiceSettings

    return ServiceSettings(
        works=works_settings(settings),
        host=settings.web_host,
        port=settings.web_port,
        access=access_of(settings),
        zone=settings.display_zone or "UTC",
        spool_days=settings.archive_days,
        archive_most_bytes=int(settings.archive_most_gb * 1e9) if settings.archive_most_gb else None,
        check_days=settings.check_days,
        log=settings.log,
        routes=routes(settings),
    )
