"""Words that tell a place line from what only looks like one, dates in it, and abbreviations whose stop ends nothing."""

from __future__ import annotations

import re

from crawler.extract.datelines.places import Tier, fold, tiers

# Lead-ins and labels: where an unknown name before the dash holds one of these, it is no place.
_LABELS = """
file photo photos picture pictures video videos audio watch listen read live breaking news update updated updates exclusive
opinion analysis review reviews comment editorial column feature features explainer explained factbox fact check correction
clarification editor editors note notes dear abby q a question answer interview profile obituary gallery sponsored
advertisement ad promoted podcast newsletter caption related more also see here warning spoiler alert recap highlights
preview result results score scores standings schedule girls boys mens womens men women world cup league football basketball
baseball hockey soccer monday tuesday wednesday thursday friday saturday sunday today yesterday tomorrow exklusiv eilmeldung
kommentar meinung foto fotos bild bilder quelle anzeige hinweis interview archiv fotogalerie ultima hora urgente foto video
opinion en vivo entrevista analisis vidéo direct exclusif tribune edito entretien esclusiva intervista foto diretta ultime
срочно фото видео мнение интервью обновлено эксклюзив анализ
"""
LABELS = frozenset(fold(word) for word in _LABELS.split())

# "Leipzig: Hier wurde …" speaks about the place; "Smith: I think …" and "Müller: Ja, …" answer a question.
_ANSWER_WORDS = """
here there i we my our well yes no yeah ok okay hier dort da ich wir ja nein also mein unser aqui ahi yo nosotros si bueno mi
ici je nous oui non mon notre qui io noi sì no mio eu nós sim não ik wij nee jeg vi ja nej nei jag мы я да нет здесь тут вот
"""
ANSWERS = frozenset(fold(word) for word in _ANSWER_WORDS.split())

# American states as the press shortens them, and prefixes of names. A stop after one of these ends nothing.
_STATES = """
Ala Ariz Ark Calif Colo Conn Del Fla Ga Ill Ind Kan Kans Ky La Md Mass Mich Minn Miss Mo Mont Neb Nebr Nev N.H N.J N.M N.Y N.C N.D
Okla Ore Oreg Pa Penn R.I S.C S.D Tenn Tex Vt Va Wash W.Va Wis Wisc Wyo
D.C P.R Ont Que Alta B.C Sask Man N.S N.B N.L P.E.I U.S U.K U.S.A
AL AK AZ AR CA CO CT DE FL GA IA IL KS KY MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH OK OR PA RI SC SD
TN TX UT VA VT WA WI WV WY DC UK US USA UAE NSW QLD VIC BC ON QC AB SP RJ MG RS PR SC BA DF
"""
STATES = frozenset(fold(word) for word in _STATES.split())
_PREFIX_WORDS = "st ste mt ft dr sto sta gen pto pt san bad jl kab kec ul г с ul"
_PREFIXES = frozenset(_PREFIX_WORDS.split())
MONTH_STOPS = 5

_CONNECTOR_WORDS = "de del le den der di d' of the en on el am vom il em du г г. года р. року ngày tháng năm a.d m"
_CONNECTORS = frozenset(_CONNECTOR_WORDS.split())
_NUMBER = re.compile(r"\d{1,4}(?:st|nd|rd|th|er|º|°|ª|\.|-го|-е|th,)?(?:日|일)?")
_NUMERIC = re.compile(
    r"\d{1,4}[./-]\d{1,2}(?:[./-]\d{2,4})?\.?|\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일]?|\d{4}[年년].{2,10}[日일]|\d{1,2}日"
)
FULL_NUMERIC = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}")
_YEAR = re.compile(r"(?:19|20|25)\d\d(?:\s?г\.?| року| года)?")
MAX_DATE = 40


def is_date(words: str, *, after_date: bool = False) -> bool:
    """Whether the words are a date and nothing else: `April 25`, `12 июня`, `27.6.2025`, `Sunday`, `4月24日`."""
    if not words or len(words) > MAX_DATE:
        return False
    if _NUMERIC.fullmatch(words) or (after_date and _YEAR.fullmatch(words)):
        return True
    named = number = False
    for token in words.replace(",", " ").split():
        if _NUMBER.fullmatch(token):
            number = True
        elif tiers(token) & Tier.CALENDAR:
            named = True
        elif not (_NUMERIC.fullmatch(token) or token.casefold() in _CONNECTORS):
            return False
    return named and (number or _is_weekday_alone(words))


def _is_weekday_alone(words: str) -> bool:
    return " " not in words and len(words) > 3 and not tiers(words) & (Tier.CITY | Tier.COUNTRY)


def keeps_stop(segment: str) -> bool:
    """Whether the stop after the segment belongs to its last word: `Calif`, `St`, `Dec`, `N.Y`, an initial."""
    last = segment.rsplit(None, 1)[-1] if segment.strip() else ""
    folded = fold(last)
    if folded in STATES or folded in _PREFIXES or (len(last) == 1 and last.isalpha()):
        return True
    if "." in last and all(len(bit) <= 2 for bit in last.split(".")):
        return True
    if last.isdigit():
        return len(last) <= 2
    # "Dec. 23" goes on, "12 июня. ТАСС" has ended
    return len(last) <= MONTH_STOPS and bool(tiers(last) & Tier.CALENDAR) and not any(c.isdigit() for c in segment)


def has_label(name: str) -> bool:
    """Whether a word of the name is a label such as `PHOTO`, `BREAKING` or `OPINION`."""
    return not LABELS.isdisjoint(fold(name).split())
