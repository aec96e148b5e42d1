"""INQUIRER.net (inquirer.net and the hosts of its sections).

The line `#art_plat` ("/ 10:56 AM June 12, 2023") is what tells a reader when a story came out, and gives no zone: the desk
keeps Manila's time.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import ClassVar

from crawler.extract import dates
from crawler.extract.document import Document
from crawler.extract.page import ArticlePage


class InquirerPage(ArticlePage):
    """The WordPress template of `#art-head-group` and `#article_content`, seen since 2019."""

    domain: ClassVar[str] = "inquirer.net"
    zone: ClassVar[str] = "Asia/Manila"

    @classmethod
    def knows(cls, document: Document) -> bool:
        return bool(document.root.xpath("//*[@id='art_plat' or @id='article_content']"))

    @cached_property
    def times(self) -> dates.Times:
        return dates.read(replace(self.document, zone=self.document.zone or self.zone))
