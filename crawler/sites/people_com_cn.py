"""人民网: the editors' line and the paper's page close the story in blocks of their own."""

from __future__ import annotations

from typing import ClassVar

from crawler.extract.document import Document
from crawler.extract.page import ArticlePage


class PeoplePage(ArticlePage):
    """The layout of `.rm_txt_con`, seen since 2020."""

    domain: ClassVar[str] = "people.com.cn"
    aside_path: ClassVar[str] = (
        "//*[contains(@class,'rm_txt_con')]//*[contains(@class,'edit') or contains(@class,'paper_num')]"
    )
    home_zone: ClassVar[str | None] = "Asia/Shanghai"

    @classmethod
    def knows(cls, document: Document) -> bool:
        return bool(document.root.xpath("//*[contains(@class,'rm_txt_con')]"))
