"""Apprise as a channel: the services that it knows, by their addresses (github.com/caronc/apprise)."""

from __future__ import annotations

import logging
import re
from typing import Any
from zoneinfo import ZoneInfo

import apprise

from monitor.notify.channel import SendError, scrub
from monitor.report.message import IN_CHAT, Message, subject, text

# Apprise's own lines may name an address, and nobody reads its logger here: what it says is taken from its results
_logger = logging.getLogger("apprise")
_logger.addHandler(logging.NullHandler())
_logger.propagate = False
_STAMP = re.compile(r"^\S+ \S+ - [A-Z]+ - ")


class Service:
    """One Apprise address. Raises `ValueError` where no service of Apprise reads it."""

    def __init__(self, url: str, *, zone: ZoneInfo, timeout_s: float) -> None:
        asset = apprise.AppriseAsset(app_id="newswatch", app_desc="newswatch", async_mode=False)
        plugin: Any = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
        if plugin is None:
            raise ValueError("no service of Apprise reads this address; `apprise --details` lists how each is written")
        self._apprise = apprise.Apprise(asset=asset)
        self._apprise.add(plugin)
        self._zone, self._timeout = zone, timeout_s
        self.service = str(plugin.service_name or "a service")
        self.secrets = [part for part in {url, *re.split(r"[/@:?&=,]+", url)} if len(part) >= 6]

    @property
    def target(self) -> str:
        return f"{self.service}, by Apprise"

    def send(self, message: Message) -> None:
        result = self._apprise.notify(
            body=text(message, self._zone, most=IN_CHAT),
            title=subject(message),
            body_format=apprise.NotifyFormat.TEXT,
            timeout=self._timeout,
        )
        if not result:
            said = "; ".join(_STAMP.sub("", entry.message) for entry in result.logs()) or "it did not say why"
            raise SendError(scrub(f"{self.service}: {said}", self.secrets), unknown=result.timeout_count > 0)
