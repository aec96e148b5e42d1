"""The language of a text by its script and its commonest words: enough to catch a template that declares the wrong one."""

from __future__ import annotations

import itertools
import re
from collections import Counter

_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("bn", re.compile("[\u0980-\u09ff]")),
    ("ta", re.compile("[\u0b80-\u0bff]")),
    ("te", re.compile("[\u0c00-\u0c7f]")),
    ("ka", re.compile("[\u10a0-\u10ff]")),
    ("hy", re.compile("[\u0530-\u058f]")),
    ("my", re.compile("[\u1000-\u109f]")),
    ("km", re.compile("[\u1780-\u17ff]")),
)
_NOT_LATIN = re.compile("[\u0370-\u1cff\u3040-\u9fff\uac00-\ud7af]{3}")
_HAN = re.compile("[\u4e00-\u9fff]")

_COMMON = {
    "en": "the of and to in that is was for on with as his her they have from not were said",
    "de": "der die und den das von zu mit sich des auf für ist im dem nicht ein eine als auch wird",
    "fr": "le la les des et du en un une que est pour dans qui sur pas au plus avec par",
    "es": "el la los las del que en y por con para una su se es como más al lo sus",
    "pt": "o os da do em que não para com uma por mais das dos na no ao foi é são",
    "it": "il di che la per un una del della non con sono gli alla nel più da le dei è",
    "nl": "de het een van en dat is op te voor met niet zijn aan door ook bij werd naar",
    "sv": "och att det som på är av för med den till inte har ett om var",
    "da": "og at det som på er af for med den til ikke har et om var blev",
    "nb": "og at det som på er av for med den til ikke har et om ble være",
    "fi": "ja on ei että se hän oli mutta myös kun ovat ole mukaan joka",
    "pl": "w i na nie się z do to że jest o jak od przez dla po oraz",
    "cs": "a se na v je že s z do pro by ale jako jsou podle byl",
    "tr": "ve bir bu için ile da de olarak olan daha çok gibi kadar ise",
    "id": "yang dan di untuk dengan ini dari pada tidak itu dalam akan oleh",
    "ro": "și în de la cu pe nu a care din pentru este sunt mai au",
    "hu": "a az és hogy nem egy is meg volt csak de már mint",
    "vi": "và của là các không có được cho trong người một đã với",
}
_VOTES: dict[str, list[str]] = {}
for _tag, _words in _COMMON.items():
    for _word in _words.split():
        _VOTES.setdefault(_word, []).append(_tag)
_WORD = re.compile(r"[^\W\d_]+")


def language_of(text: str) -> str | None:
    """The language's two-letter tag, None where the text does not tell: Cyrillic, Arabic and Devanagari serve several."""
    letters = len(text) - text.count(" ")
    if letters < 40:
        return None
    if _NOT_LATIN.search(text):
        for tag, script in _SCRIPTS:
            share = len(script.findall(text)) / letters
            if share > 0.4 or (tag == "ja" and share > 0.1):
                return tag
        if len(_HAN.findall(text)) > 0.5 * letters:
            return "zh"
    words = _WORD.findall(text.lower())[:300]
    counts = Counter(itertools.chain.from_iterable(_VOTES[word] for word in words if word in _VOTES))
    ranked = counts.most_common(2)
    if not ranked or ranked[0][1] < 0.15 * len(words) or len(words) < 30:
        return None
    if len(ranked) > 1 and ranked[1][1] * 1.3 > ranked[0][1]:
        return None
    return ranked[0][0]
