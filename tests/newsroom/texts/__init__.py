"""The newsroom's texts, all written for it; a language each."""

from tests.newsroom.texts import english, german, japanese, spanish
from tests.newsroom.texts.topic import Draft, Language, Topic, draft

LANGUAGES: dict[str, Language] = {
    language.code: language for language in (english.ENGLISH, german.GERMAN, japanese.JAPANESE, spanish.SPANISH)
}

__all__ = ["LANGUAGES", "Draft", "Language", "Topic", "draft"]
