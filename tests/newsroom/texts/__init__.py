"""The newsroom's texts, all written for it; a language each."""

from tests.newsroom.texts import english
from tests.newsroom.texts.topic import Draft, Language, Topic, draft

LANGUAGES: dict[str, Language] = {language.code: language for language in (english.ENGLISH,)}

__all__ = ["LANGUAGES", "Draft", "Language", "Topic", "draft"]
