"""Notices: found by wording and place, each with its nature, and never a paragraph of the story."""

from __future__ import annotations

import pytest

from crawler.extract import body, notices, parse
from db.types import Block


def split(*texts: str) -> tuple[list[tuple[str, str]], list[str]]:
    found, kept = notices.split(tuple(Block("paragraph", text) for text in texts))
    return [(notice.nature, notice.text) for notice in found], [block.text for block in kept]


LEAD = (
    "The town council has agreed to rebuild the bridge over the river, which was closed in the winter after engineers"
    " found cracks in two of its pillars and in the deck above them."
)


@pytest.mark.parametrize(
    ("nature", "text"),
    [
        ("correction", "Correction: An earlier version of this article gave the wrong year for the treaty."),
        ("correction", "This article was amended on 4 May 2024 to give the right name of the ministry."),
        ("correction", "(Corrects paragraph 3 to show the loan was made in euros)"),
        ("correction", "Korrektur: In einer früheren Fassung stand, die Brücke sei 1931 gebaut worden. Es war 1913."),
        ("correction", "Fe de errores: la cifra correcta es de doce millones de euros."),
        ("correction", "Une version précédente de cet article indiquait à tort que le pont avait été fermé."),
        ("correction", "Errata corrige: il ministro si chiama Carlo e non Mario."),
        ("correction", "Исправление: в первой версии текста была неверно указана дата."),
        ("correction", "Düzeltme: Haberin ilk halinde köprünün adı yanlış yazılmıştı."),
        ("correction", "تصحيح: ورد في نسخة سابقة أن الجسر بني عام 1931."),
        ("correction", "更正：本文早前版本误将桥梁建成年份写为1931年。"),
        ("correction", "【訂正】橋の完成年を1931年としていましたが、正しくは1913年でした。"),
        ("correction", "정정: 다리의 완공 연도를 바로잡습니다."),
        ("correction", "Đính chính: Cây cầu được xây năm 1913."),
        ("correction", "Rättelse: I en tidigare version stod fel årtal."),
        ("clarification", "Clarification: The company says that it leases the building and does not own it."),
        ("clarification", "Editor's note: This story was changed to clarify the role of the agency."),
        ("update", "This story has been updated with a comment from the ministry."),
        ("update", "Aktualisierung: Der Text wurde um eine Stellungnahme ergänzt."),
        ("update", "Оновлено: додано коментар міністерства."),
        ("editor_note", "Editor’s note: This essay first appeared in our spring issue."),
        ("editor_note", "Anmerkung der Redaktion: Die Autorin arbeitet für das Institut."),
        ("retraction", "Retraction: We have withdrawn this story because its figures could not be confirmed."),
    ],
)
def test_a_notice_is_taken_off_with_its_nature(nature: str, text: str) -> None:
    assert split(LEAD, text) == ([(nature, text)], [LEAD])


@pytest.mark.parametrize(
    "text",
    [
        "The constitution was amended on 4 May 2008 to allow the president a third term.",
        "Correctional officers said that two prisoners had escaped from the island.",
        "A correction of ten per cent would be healthy for the market, the bank said.",
        "The update to the phone's software brings a new keyboard and longer battery life.",
        "She said the earlier version of the law had been better for farmers.",
        "Updates were slow to arrive from the mountain villages after the storm.",
        "Clarification of the rules is expected in June, the minister told parliament.",
        "Die Korrektur der Prognose überraschte viele Beobachter an der Börse.",
    ],
)
def test_a_story_that_speaks_of_such_things_is_no_notice(text: str) -> None:
    assert split(LEAD, text) == ([], [LEAD, text])


def test_a_label_takes_the_paragraph_that_follows_it() -> None:
    found, kept = split(LEAD, "Correction, Nov. 11, 2014:", "The bridge was built in 1913.", LEAD + " It opens in May.")
    assert found == [("correction", "Correction, Nov. 11, 2014: The bridge was built in 1913.")]
    assert kept == [LEAD, LEAD + " It opens in May."]


def test_a_notice_beside_the_body_is_found() -> None:
    raw = (
        f'<main><h1>Bridge</h1><div class="article-body"><p>{LEAD}</p><p>{LEAD} Again.</p></div>'
        '<div class="article-footer">'
        '<p class="correction">Correction: An earlier version of this article gave the wrong year.</p></div>'
        '<div class="related">'
        '<a href="/x">Correction: our list of the best bridges in the whole country was wrong</a></div></main>'
    )
    doc = parse.parse(raw.encode(), "https://news.example/bridge")
    found, kept = notices.read(doc, body.read(doc, "Bridge").blocks)
    assert [(notice.nature, notice.text) for notice in found] == [
        ("correction", "Correction: An earlier version of this article gave the wrong year.")
    ]
    assert len(kept) == 2


def test_live_entries_keep_their_updates() -> None:
    block = Block("paragraph", "Update: the talks have ended.", at="2026-03-01T10:00:00Z")
    assert notices.split((block,)) == ((), (block,))
