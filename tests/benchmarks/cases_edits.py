# ruff: noqa: E501 - the markup of one block stays on one line
"""Edits as newsrooms make them, each in the markup of a real page."""

from __future__ import annotations

import re
from typing import Any

from tests.benchmarks.cases import MAKER, Made, after_paragraph, around, edit, in_paragraph, once, spans


@edit("headline")
def headline_number(page: Any) -> Made:
    m = re.search(r"(?<![\d.,])\d{1,3}(?![\d.,])", page.headline or "")
    return m and MAKER.headline_change(
        page, page.headline[: m.start()] + str(int(m.group()) + 7) + page.headline[m.end() :]
    )


@edit("headline")
def headline_rewritten(page: Any) -> Made:
    return MAKER.headline_change(page, "Ministers promise a quiet northern reform after a sudden storm")


@edit("headline")
def headline_extended(page: Any) -> Made:
    return page.headline and MAKER.headline_change(page, page.headline + " as talks end")


@edit("headline", quiet=True)
def headline_case(page: Any) -> Made:
    return page.headline and MAKER.headline_change(page, page.headline.upper())


@edit("headline", natures="negation")
def headline_negated(page: Any) -> Made:
    if page.row.get("lang") not in {"en", None}:
        return None
    m = re.search(r"\b(will|is|are|was|can|has|could|should|would)\b", page.headline or "")
    return m and MAKER.headline_change(page, page.headline[: m.end()] + " not" + page.headline[m.end() :])


@edit("body", natures="negation")
def body_negated(page: Any) -> Made:
    if page.row.get("lang") != "en":
        return None
    return in_paragraph(
        page,
        lambda m, t: next(
            (once(m, f" {w} ", f" {w} not ") for w in ("was", "is", "will", "were", "had") if m.count(f" {w} ") == 1),
            None,
        ),
    )


@edit("body", natures="hedge")
def body_hedged(page: Any) -> Made:
    if page.row.get("lang") != "en":
        return None
    return in_paragraph(
        page,
        lambda m, t: next(
            (once(m, f" {w} ", f" {w} allegedly ") for w in ("was", "were", "had", "has") if m.count(f" {w} ") == 1),
            None,
        ),
    )


@edit("body", natures="quote")
def body_quote(page: Any) -> Made:
    def alter(markup: str, text: str) -> str | None:
        for m in re.finditer(r"[“«„]([^”»“<]{30,200})[”»“]", markup):
            words = [w for w in re.findall(r"\b[^\W\d_]{5,}\b", m.group(1)) if markup.count(w) == 1]
            if words:
                return once(markup, words[0], "entirely")
        return None

    return in_paragraph(page, alter)


@edit("body", natures="name")
def body_name(page: Any) -> Made:
    if page.row.get("lang") != "en":
        return None

    def alter(markup: str, text: str) -> str | None:
        found = [
            m for m in re.findall(r"(?<=[a-z] )[A-Z][a-z]{3,} [A-Z][a-z]{3,}(?= [a-z])", markup) if markup.count(m) == 1
        ]
        return once(markup, found[0], found[0].split()[0] + " Halvorsen") if found else None

    return in_paragraph(page, alter)


@edit("body")
def body_first_word(page: Any) -> Made:
    """A word of the very first paragraph, which place lines and agencies share."""

    def alter(markup: str, text: str) -> str | None:
        words = [w for w in re.findall(r"\b[a-z]{6,}\b", text) if markup.count(w) == 1]
        return once(markup, words[-1], "plainly") if words else None

    return in_paragraph(page, alter, slice(0, 1))


@edit("body")
def body_last_word(page: Any) -> Made:
    def alter(markup: str, text: str) -> str | None:
        words = [w for w in re.findall(r"\b[a-z]{6,}\b", text) if markup.count(w) == 1]
        return once(markup, words[-1], "plainly") if words else None

    return in_paragraph(page, alter, slice(-1, None))


@edit("body")
def body_letter(page: Any) -> Made:
    def alter(markup: str, text: str) -> str | None:
        words = [w for w in re.findall(r"\b[a-z]{7,}\b", text) if markup.count(w) == 1]
        return once(markup, words[0], words[0][:3] + words[0][4:]) if words else None

    return in_paragraph(page, alter)


@edit("body")
def body_paragraph_added(page: Any) -> Made:
    text = "Officials in the harbour town said on Friday that the quiet reform would be reviewed before the end of the year."
    return after_paragraph(page, 1, f"<p>{text}</p>")


@edit("body")
def body_paragraph_first(page: Any) -> Made:
    found = spans(page)
    if len(found) < 3:
        return None
    text = "Officials in the harbour town said on Friday that the quiet reform would be reviewed before the end of the year."
    start = found[1][1][0]
    return str(page.doc[:start] + f"<p>{text}</p>" + page.doc[start:])


@edit("body")
def body_paragraph_last(page: Any) -> Made:
    text = "Officials in the harbour town said on Friday that the quiet reform would be reviewed before the end of the year."
    return after_paragraph(page, -1, f"<p>{text}</p>")


@edit("body", quiet=True)
def body_paragraphs_swapped(page: Any) -> Made:
    found = spans(page)
    if len(found) < 5:
        return None
    (_, (a, b)), (_, (c, d)) = found[1], found[3]
    if not a < b <= c < d:
        return None
    return str(page.doc[:a] + page.doc[c:d] + page.doc[b:c] + page.doc[a:b] + page.doc[d:])


@edit("body")
def body_heading_added(page: Any) -> Made:
    return after_paragraph(page, 2, "<h2>A long wait for the ferry</h2>")


@edit("body")
def body_quote_block_added(page: Any) -> Made:
    return after_paragraph(
        page,
        2,
        "<blockquote><p>“We were never told that the ferry would stop,” said the mayor of the harbour town.</p></blockquote>",
    )


@edit("body")
def body_list_added(page: Any) -> Made:
    return after_paragraph(
        page,
        2,
        "<ul><li>The ferry stops on Friday for at least two months.</li><li>Buses will run every half hour from the square.</li></ul>",
    )


@edit("body")
def body_rewritten(page: Any) -> Made:
    found = spans(page)
    if len(found) < 4:
        return None
    doc = page.doc
    for i, (_, (start, end)) in reversed(list(enumerate(found))):
        if i % 2:
            doc = (
                doc[:start]
                + f"<p>Part {i} of this account was written anew after the meeting of the harbour council on Friday evening.</p>"
                + doc[end:]
            )
    return str(doc)


@edit("dateline")
def dateline_added_or_dropped(page: Any) -> Made:
    text = page.row.get("dateline_text")
    if not text or not page.row.get("dateline_location"):
        return None
    for form in MAKER.spellings(text):
        if page.doc.count(form) == 1:
            after = page.doc.replace(form, "", 1)
            seen, left = MAKER.visible(page.doc), MAKER.visible(after)
            if " ".join(text.split()) not in seen or " ".join(text.split()) in left:
                return None
            return (after, page.doc) if page.rng.random() < 0.5 else (page.doc, after)
    return None


@edit("byline")
def byline_second(page: Any) -> Made:
    authors = page.row.get("authors") or []
    if len(authors) != 1 or len(authors[0].split()) < 2 or page.row.get("lang") != "en":
        return None
    if authors[0] not in MAKER.visible(page.doc):
        return None
    after = MAKER.replace_all(page.doc, authors[0], authors[0] + " and Ingrid Halvorsen")
    return str(after) if "and Ingrid Halvorsen" in MAKER.visible(after) else None


@edit("deck", allow="body")
def deck_word(page: Any) -> Made:
    deck = page.row.get("summary")
    if isinstance(deck, list):
        deck = deck[0] if deck else None
    if not isinstance(deck, str) or len(deck) < 40 or " ".join(deck.split())[:200] not in MAKER.visible(page.doc):
        return None
    words = [w for w in re.findall(r"\b[^\W\d_]{6,}\b", deck) if deck.count(w) == 1]
    if not words:
        return None
    after = MAKER.replace_all(page.doc, deck, deck.replace(words[0], "plainly", 1))
    return str(after) if MAKER.visible(after) != MAKER.visible(page.doc) else None


@edit("caption")
def caption_word(page: Any) -> Made:
    for m in re.finditer(r"<figcaption\b[^>]*>(.*?)</figcaption>", page.doc, re.DOTALL):
        seen = MAKER.visible(m.group(0))
        words = [w for w in re.findall(r"\b[a-z]{6,}\b", seen) if m.group(0).count(w) == 1]
        if len(seen) > 50 and words and page.doc.count(m.group(0)) == 1:
            return str(page.doc[: m.start()] + m.group(0).replace(words[0], "plainly", 1) + page.doc[m.end() :])
    return None


NOTICES = {
    "de": "Korrektur: In einer früheren Version dieses Artikels hieß es, der Vertrag sei 2015 unterzeichnet worden. Richtig ist 2016.",
    "fr": "Correction : une version précédente de cet article indiquait une mauvaise date. L’accord a été signé en 2016.",
    "es": "Corrección: una versión anterior de este artículo indicaba un año equivocado. El acuerdo se firmó en 2016.",
    "it": "Correzione: una versione precedente di questo articolo riportava un anno sbagliato. L’accordo è del 2016.",
    "en": "CORRECTION: A previous version of this story gave the wrong year for the agreement. It was signed in 2016.",
}


@edit("notice", allow="body", natures="correction")
def notice_first(page: Any) -> Made:
    found = spans(page)
    lang = (page.row.get("lang") or "en")[:2]
    if len(found) < 3 or lang not in NOTICES:
        return None
    start = found[0][1][0]
    return str(page.doc[:start] + f"<p><em>{NOTICES[lang]}</em></p>" + page.doc[start:])


@edit("notice", allow="body", natures="correction")
def notice_last(page: Any) -> Made:
    lang = (page.row.get("lang") or "en")[:2]
    return after_paragraph(page, -1, f"<p><strong>{NOTICES[lang]}</strong></p>") if lang in NOTICES else None


@edit("notice", allow="body")
def notice_reworded(page: Any) -> Made:
    one = "<p><em>Correction: An earlier version of this article misstated the year of the agreement. It was signed in 2016.</em></p>"
    return around(page, -1, one, one.replace("2016", "2017"))


@edit("byline", allow="deck")
def byline_dropped(page: Any) -> Made:
    """The only name is taken off everywhere, or was signed later."""
    authors = page.row.get("authors") or []
    if len(authors) != 1 or len(authors[0].split()) < 2 or authors[0] not in MAKER.visible(page.doc):
        return None
    without = MAKER.replace_all(page.doc, authors[0], "")
    if any(part in MAKER.visible(without) for part in authors[0].split() if len(part) > 3):
        return None
    return (page.doc, str(without)) if page.rng.random() < 0.5 else (str(without), page.doc)
