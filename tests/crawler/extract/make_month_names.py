"""Writes `crawler/extract/month_names.json` from the Unicode CLDR. Needs Babel: `pip install babel`, then run this file."""

import json
import re
import unicodedata
from collections import defaultdict
from pathlib import Path

LOCALES = """
af am ar ar_DZ ar_IQ ar_LB ar_MA ar_MR ar_SA ar_SY ar_TN as az be bg bn bs bs_Cyrl ca cs cy da de de_AT el en
en_AU en_CA en_GB en_IN es es_MX et eu fa fa_AF fi fil fo fr fr_CA fy ga gd gl gu ha he hi hr hu hy id ig is
it ja ka kk kl km kn ko ky lb lo lt lv mg mk ml mn mr ms mt my nb ne nl nn no om or pa pl ps pt pt_PT ro ru rw
sd si sk sl so sq sr sr_Latn sv sw ta te tg th ti tk tr tt uk ur uz uz_Cyrl vi xh yo zh zh_Hant zu
"""
TARGET = Path(__file__).parents[3] / "crawler" / "extract" / "month_names.json"


def clean(name: str) -> str:
    """A name in lower case, composed, without the stop of an abbreviation."""
    lower = unicodedata.normalize("NFC", name).replace("İ", "i").lower()
    return " ".join(lower.strip().strip(".'’ՙ").split())


def main() -> None:
    """Collects wide and short names; a name that means two months keeps its languages apart."""
    from babel import Locale
    from babel.dates import get_day_names, get_month_names

    months: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    weekdays: set[str] = set()
    for code in LOCALES.split():
        locale = Locale.parse(code)
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in get_month_names(width, context, locale).items():
                    word = clean(name)
                    if len(word) >= (3 if word.isascii() else 2) and not re.search(r"\d|[月월]", word):
                        months[word][number].add(code.split("_")[0])
                for name in get_day_names(width, context, locale).values():
                    weekdays.update(part for part in clean(name).split() if len(clean(name)) > 1)
    months["sept"][9].add("en")
    months["setiembre"][9].add("es")
    months["feber"][2].add("de")
    plain = {word: next(iter(numbers)) for word, numbers in sorted(months.items()) if len(numbers) == 1}
    ambiguous = {
        word: {language: number for number, languages in numbers.items() for language in languages}
        for word, numbers in sorted(months.items())
        if len(numbers) > 1
    }
    found = {"months": plain, "ambiguous": ambiguous, "weekdays": sorted(weekdays)}
    TARGET.write_text(json.dumps(found, ensure_ascii=False, indent=0, separators=(",", ":"), sort_keys=True), "utf-8")


if __name__ == "__main__":
    main()
