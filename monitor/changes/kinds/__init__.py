"""The kinds of change, one file each. A kind's module holds `KIND` and `find(pair) -> drafts`; adding a file adds the kind."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from db.types import Kind
from monitor.changes.draft import Draft, Pair

Finder = Callable[[Pair], Iterable[Draft]]


@lru_cache(maxsize=1)
def finders() -> Mapping[str, Finder]:
    """The finder of each kind in this folder, in the order of `Kind`. A module without `KIND` and `find` is an error."""
    found: dict[str, Finder] = {}
    for module_info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        found[str(module.KIND)] = module.find
    order = {str(kind): i for i, kind in enumerate(Kind)}
    return dict(sorted(found.items(), key=lambda item: order.get(item[0], len(order))))
