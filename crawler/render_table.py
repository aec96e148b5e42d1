"""The `[render]` table: the browser that renders pages, and its limits."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from crawler.config_values import Table
from crawler.render.values import RenderSettings


class Render(Table):
    """`browser` is Chromium's program; `timeout_s` all a page may take, `settle_s` what it may take to show its story;
    `memory_mb` and `data_mb` what it may use and load; `processes` how many pages are rendered at once."""

    browser: Annotated[str, Field(min_length=1)] | None = None
    timeout_s: Annotated[float, Field(ge=2, le=600)] = 30.0
    settle_s: Annotated[float, Field(ge=1, le=300)] = 10.0
    memory_mb: Annotated[int, Field(ge=300, le=65536)] = 1024
    data_mb: Annotated[int, Field(ge=1, le=1024)] = 30
    processes: Annotated[int, Field(ge=1, le=16)] = 1
    sandbox: bool = True

    def settings(self) -> RenderSettings:
        return RenderSettings(
            self.browser, self.timeout_s, self.settle_s, self.memory_mb, self.data_mb, self.processes, self.sandbox
        )
