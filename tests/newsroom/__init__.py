"""A newsroom on loopback: real HTTP servers whose articles are published, edited, corrected and removed."""

from tests.newsroom.config import config_toml, write_config
from tests.newsroom.log import RequestLog, RequestRecord
from tests.newsroom.newsroom import Newsroom
from tests.newsroom.noise import Noise
from tests.newsroom.outlets import Outlet, Robots
from tests.newsroom.story import Notice, Story, Version

__all__ = [
    "Newsroom",
    "Noise",
    "Notice",
    "Outlet",
    "RequestLog",
    "RequestRecord",
    "Robots",
    "Story",
    "Version",
    "config_toml",
    "write_config",
]
