"""Newsrooms for the acceptance tests."""

from tests.monitor.service.conftest import readers, watch
from tests.newsroom.fixtures import make_newsroom, newsroom, quiet_newsroom

__all__ = ["make_newsroom", "newsroom", "quiet_newsroom", "readers", "watch"]
