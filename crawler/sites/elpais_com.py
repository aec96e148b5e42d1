"""EL PAÍS: the place line stands before the time line under the byline ("Bruselas - 15 oct 2024 - 08:22"), outside the story."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import ClassVar

from crawler.extract import dateline
from crawler.extract.document import Document
from crawler.extract.page import ArticlePage
from db.types import Dateline

LONGEST = 60
"""Characters of the places and the dash after them."""


class ElPaisPage(ArticlePage):
    """The layout of `.a_e`, `.a_md` and `.a_c`, seen since 2020."""

    domain: ClassVar[str] = "elpais.com"
    deck_path: ClassVar[str] = "//header//h2[contains(concat(' ',@class,' '),' a_st ')]"
    home_zone: ClassVar[str | None] = "Europe/Madrid"

    @classmethod
    def knows(cls, document: Document) -> bool:
        return bool(document.root.xpath("//*[contains(concat(' ',@class,' '),' a_md_f ')]"))

    @cached_property
    def dateline(self) -> dateline.DatelineReading:
        generic = super().dateline
        shown = self.first("//*[contains(concat(' ',@class,' '),' a_md_f ')]/span[1]")
        text = (shown.text or "").strip() if shown is not None else ""
        places = text.rstrip("-–— ").strip()
        if generic.dateline or not places or text == places or len(text) > LONGEST:
            return generic
        return replace(generic, dateline=Dateline(text, places, None, None), source="time line")
