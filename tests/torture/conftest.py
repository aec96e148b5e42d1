"""What takes minutes is tried by `make torture` alone."""

from __future__ import annotations

import os

collect_ignore = [] if "NEWSWATCH_TORTURE_KILLS" in os.environ else ["test_service.py"]
