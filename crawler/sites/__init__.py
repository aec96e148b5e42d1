"""Page objects for single sites, each holding only what the generic reader gets wrong there.

One module a site, named after its registered domain with dots as underscores (`inquirer_net.py`). A module may hold several
classes for the layouts that the site has had. Adding one is adding a file; see docs/add-a-site.md.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from datetime import date
from functools import cache
from types import ModuleType
from urllib.parse import urlsplit

from crawler.extract.document import Document
from crawler.extract.page import ArticlePage


def module_name(host: str) -> str | None:
    """The module of the site that `host` belongs to: its own, or the nearest domain's above it."""
    labels = host.lower().rstrip(".").split(".")
    known = _modules()
    names = ("_".join(labels[at:]).replace("-", "_") for at in range(len(labels) - 1))
    return next((name for name in names if name in known), None)


@cache
def _modules() -> frozenset[str]:
    return frozenset(found.name for found in pkgutil.iter_modules(__path__))


def names() -> list[str]:
    """The modules of all sites, in order."""
    return sorted(_modules())


@cache
def load(name: str) -> ModuleType:
    """The site's module."""
    return importlib.import_module(f"{__name__}.{name}")


@cache
def layouts(name: str) -> tuple[type[ArticlePage], ...]:
    """The site's page objects: today's layout first, then the older ones, last seen first."""
    found = [
        value
        for value in vars(load(name)).values()
        if isinstance(value, type) and issubclass(value, ArticlePage) and value.__module__ == f"{__name__}.{name}"
    ]
    return tuple(sorted(found, key=lambda page: page.last_day or date.max, reverse=True))


@cache
def files(name: str) -> tuple[str, ...]:
    """The modules that decide how a site is read: its own, and those whose layouts its page objects build on."""
    bases = (base.__module__ for page in layouts(name) for base in page.__mro__)
    built_on = {module.rpartition(".")[2] for module in bases if module.startswith(f"{__name__}.")}
    return tuple(sorted({name} | built_on))


def page_for(document: Document) -> type[ArticlePage]:
    """The page object that reads the document: the site's layout of its day that knows the markup, else the generic one."""
    name = module_name(urlsplit(document.url).hostname or "")
    if name is None:
        return ArticlePage
    day = document.fetched_at.date() if document.fetched_at else None
    return next((layout for layout in _of_day(layouts(name), day) if layout.knows(document)), ArticlePage)


def _of_day(pages: Sequence[type[ArticlePage]], day: date | None) -> list[type[ArticlePage]]:
    """The layouts that can have been served on `day`; the one that went out of use soonest after it comes first."""
    if day is None:
        return list(pages)
    possible = [page for page in pages if page.last_day is None or page.last_day >= day]
    return sorted(possible, key=lambda page: page.last_day or date.max)
