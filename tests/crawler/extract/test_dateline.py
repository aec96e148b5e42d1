"""The place line: its forms in many languages, what only looks like one, and where a page keeps it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract import dateline
from crawler.extract.parse import parse as parse_page
from db.types import Block, Dateline

STORY = "The council sold the old harbour office on Tuesday, after two years of talks with its neighbours."
RUSSIAN = "Совет продал во вторник старое здание порта после двух лет переговоров с соседями."
GREEK = "Το συμβούλιο πούλησε την Τρίτη το παλιό κτίριο του λιμανιού ύστερα από δύο χρόνια συζητήσεων."
HINDI = "परिषद ने मंगलवार को दो साल की बातचीत के बाद बंदरगाह का पुराना भवन बेच दिया।"
BENGALI = "পরিষদ মঙ্গলবার দুই বছরের আলোচনার পর বন্দরের পুরোনো ভবনটি বিক্রি করেছে।"
ARABIC = "باع المجلس يوم الثلاثاء مبنى الميناء القديم بعد عامين من المحادثات مع الجيران."
HEBREW = "המועצה מכרה ביום שלישי את בניין הנמל הישן לאחר שנתיים של שיחות עם השכנים."
THAI = "สภาขายอาคารท่าเรือเก่าเมื่อวันอังคารหลังการเจรจาสองปี"
CHINESE = "市议会周二在两年谈判之后出售了旧港口大楼。"
JAPANESE = "市議会は火曜日、２年にわたる協議の末に旧港湾庁舎を売却した。"
KOREAN = "시의회는 화요일 2년간의 협의 끝에 옛 항만 청사를 매각했다."

FORMS = [
    # text as written, place, date, agency
    ("SEOUL —", "SEOUL", None, None),
    ("WASHINGTON (AP) —", "WASHINGTON", None, "AP"),
    ("MANILA, Philippines —", "MANILA, Philippines", None, None),
    ("KATHMANDU, April 25 (Reuters) -", "KATHMANDU", "April 25", "Reuters"),
    ("(Reuters) —", None, None, "Reuters"),
    ("NEW DELHI:", "NEW DELHI", None, None),
    ("Nairobi:", "Nairobi", None, None),
    ("Berlin (dpa) -", "Berlin", None, "dpa"),
    ("Berlin (dpa/tmn) -", "Berlin", None, "dpa/tmn"),
    ("Hamburg/Berlin (AFP) –", "Hamburg/Berlin", None, "AFP"),
    ("London/Teheran -", "London/Teheran", None, None),
    ("OAK PARK, Ill. —", "OAK PARK, Ill.", None, None),
    ("ROCHESTER, N.Y. (AP) --", "ROCHESTER, N.Y.", None, "AP"),
    ("ST. LOUIS, Mo. (AP) —", "ST. LOUIS, Mo.", None, "AP"),
    ("HONOLULU, Dec. 23 (UPI) —", "HONOLULU", "Dec. 23", "UPI"),
    ("BRUSSELS, Belgium, June 3, 2024 (AFP) –", "BRUSSELS, Belgium", "June 3, 2024", "AFP"),
    ("Roma, 28 lug. (Adnkronos) -", "Roma", "28 lug", "Adnkronos"),
    ("(ANSA) - MILANO, 12 MAR -", "MILANO", "12 MAR", "ANSA"),
    ("Madrid, 7 oct (EFE).-", "Madrid", "7 oct", "EFE"),
    ("SAN SALVADOR, EL SALVADOR.-", "SAN SALVADOR, EL SALVADOR", None, None),
    ("SÃO PAULO, SP (FOLHAPRESS) -", "SÃO PAULO, SP", None, "FOLHAPRESS"),
    ("Genève, le 12 mai (ATS) -", "Genève", "le 12 mai", "ATS"),
    ("Warszawa, 12.06.2023 (PAP) -", "Warszawa", "12.06.2023", "PAP"),
    ("İSTANBUL (AA) -", "İSTANBUL", None, "AA"),
    ("JAKARTA, KOMPAS.com –", "JAKARTA", None, "KOMPAS.com"),
    ("TEMPO.CO, Jakarta -", "Jakarta", None, "TEMPO.CO"),
    ("WASHINGTON, D.C. —", "WASHINGTON, D.C.", None, None),
    ("Vaduz, 27.6.2025 –", "Vaduz", "27.6.2025", None),
    ("TUCSON, Ariz. (KXYZ) –", "TUCSON, Ariz.", None, "KXYZ"),
    ("DENVER (Example News Now) —", "DENVER", None, "Example News Now"),
    ("DALLA NOSTRA CORRISPONDENTE LONDRA -", "LONDRA", None, None),
    ("WASHINGTON—", "WASHINGTON", None, None),
    ("24/09/2020 –", None, "24/09/2020", None),
]


@pytest.mark.parametrize(("written", "place", "date", "agency"), FORMS, ids=lambda value: str(value)[:24])
def test_forms_in_the_latin_script(written: str, place: str | None, date: str | None, agency: str | None) -> None:
    assert dateline.parse(f"{written} {STORY}", "en") == (Dateline(written, place, date, agency), STORY)


SCRIPTS = [
    ("МОСКВА, 12 июня — РИА Новости.", RUSSIAN, "МОСКВА", "12 июня", "РИА Новости"),
    ("МОСКВА, 12 июня. /ТАСС/.", RUSSIAN, "МОСКВА", "12 июня", "ТАСС"),
    ("КИЕВ. 3 декабря. УНН.", RUSSIAN, "КИЕВ", "3 декабря", "УНН"),
    ("ΑΘΗΝΑ -", GREEK, "ΑΘΗΝΑ", None, None),
    ("वाराणसी।", HINDI, "वाराणसी", None, None),
    ("प्रयागराज, जेएनएन।", HINDI, "प्रयागराज", None, "जेएनएन"),
    ("नई दिल्ली, 12 जून (भाषा)", HINDI, "नई दिल्ली", "12 जून", "भाषा"),
    ("ঢাকা, ২৫ এপ্রিল (বাসস) :", BENGALI, "ঢাকা", "২৫ এপ্রিল", "বাসস"),
    ("القاهرة (رويترز) -", ARABIC, "القاهرة", None, "رويترز"),
    ("القاهرة -", ARABIC, "القاهرة", None, None),
    ("عمان 4 حزيران (بترا) -", ARABIC, "عمان", "4 حزيران", "بترا"),
    ("【北京・山田花子】", JAPANESE, "北京", None, None),
    ("[워싱턴=AP/뉴시스]", KOREAN, "워싱턴", None, "AP/뉴시스"),
    ("Киев, 4 июня, УНИАН –", RUSSIAN, "Киев", "4 июня", "УНИАН"),
    ("ירושלים -", HEBREW, "ירושלים", None, None),
    ("กรุงเทพฯ -", THAI, "กรุงเทพฯ", None, None),
    ("新华社北京4月24日电", CHINESE, "北京", "4月24日", "新华社"),
    ("（中央社記者張三台北25日電）", CHINESE, "台北", "25日", "中央社"),
    ("〔記者王小明／台北報導〕", CHINESE, "台北", None, None),
    ("【ソウル＝山田花子】", JAPANESE, "ソウル", None, None),
    ("【ワシントン共同】", JAPANESE, "ワシントン", None, "共同"),
    ("[東京　１２日　ロイター] -", JAPANESE, "東京", "１２日", "ロイター"),
    ("(서울=연합뉴스) 홍길동 기자 =", KOREAN, "서울", None, "연합뉴스"),
    ("[부산=어느일보 홍길동 기자]", KOREAN, "부산", None, "어느일보"),
]


@pytest.mark.parametrize(("written", "story", "place", "date", "agency"), SCRIPTS, ids=lambda value: str(value)[:16])
def test_forms_in_other_scripts(written: str, story: str, place: str, date: str | None, agency: str | None) -> None:
    found = dateline.parse(f"{written} {story}")
    assert found is not None
    line, rest = found
    assert (line.text, line.place, line.date, line.agency) == (written, place, date, agency)
    assert rest == story


@pytest.mark.parametrize("written", ["Berlin.", "Riad.", "Wolfsburg."])
def test_a_german_place_with_a_full_stop_opens_a_story(written: str) -> None:
    found = dateline.parse(f"{written} Der Rat hat am Dienstag das alte Hafenamt nach zwei Jahren verkauft.", "de")
    assert found is not None
    assert found[0].text == written


@pytest.mark.parametrize("city", ["Lisbon", "Nairobi", "Osaka", "Quito", "Oslo", "Tunis"])
@pytest.mark.parametrize(
    "form",
    ["{} —", "{}:", "{} (dpa) -", "{}, June 4 (AP) —", "{}।", "【{}＝小池】", "[{}=어느일보 홍길동 기자]", "{}.-"],
)
def test_another_place_in_the_same_form_is_read(form: str, city: str) -> None:
    for name in (city, city.upper()):
        found = dateline.parse(f"{form.format(name)} {STORY}", "en")
        assert found is not None
        assert found[0].place == name


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("OBERQUARDLINGEN (Reuters) -", "OBERQUARDLINGEN"),
        ("Oberquardlingen (dpa) -", "Oberquardlingen"),
        ("QUARDLING, Neb. (AP) —", "QUARDLING, Neb."),
        ("NORTHWEST QUARDLING-DADE, FLA. (WXYZ) -", "NORTHWEST QUARDLING-DADE, FLA."),
        ("QUARDLING, March 4 (Xinhua) --", "QUARDLING"),
    ],
)
def test_an_unknown_place_is_read_by_its_form(written: str, place: str) -> None:
    found = dateline.parse(f"{written} {STORY}", "en")
    assert found is not None
    assert (found[0].text, found[0].place, found[1]) == (written, place, STORY)


NOT_DATELINES = [
    "FILE PHOTO: The harbour office is seen before it was sold to its neighbours on Tuesday.",
    "DEAR ABBY: My neighbour sold the harbour office and did not tell any of us about it.",
    "BREAKING — The council has sold the harbour office, two officials said on Tuesday.",
    "WATCH: The council has sold the harbour office, two officials said on Tuesday.",
    "UPDATE — The council has sold the harbour office, two officials said on Tuesday.",
    "Mr. Quardle — The man who sold the harbour office spoke on Tuesday for the first time.",
    "Quardle: I think that the council did well to sell the office, and so do my neighbours.",
    "Jackson: We wanted to sell the office and then we did, as everybody in town knows by now.",
    "Leipzig: Hier wurde vor vierzig Jahren das Hafenamt gebaut, das nun verkauft worden ist.",
    "Hong Kong is changing. The council has sold the harbour office after two years of talks.",
    "Paris – the city of light – has sold its harbour office after two years of talks.",
    "THE HARBOUR INSTITUTE for Culture (HIC), attached to the council, has sold its office.",
    "IN the heart of Lesotho, where tales are told, the council has sold the harbour office.",
    "— The council has sold the harbour office, she said, and nobody had told her.",
    "“PARIS — is sold,” she said of the harbour office on Tuesday, and nobody laughed.",
    "Berlin. Hamburg. Köln. The council knows these towns well, and has sold offices in each.",
    "British Virgin Islands (BVI) Governor John Quardle on Thursday sold the harbour office.",
    "CHINESE QUARDLE: The exercises began after the council had sold the harbour office.",
    "GIRLS BASKETBALL",
    "Staff Reports",
    "New York Times reporter Jane Quardle – who has covered the harbour – wrote the story.",
    "[엔터미디어=홍길동의 이슈공감] 시의회는 화요일 2년간의 협의 끝에 옛 항만 청사를 매각했다.",
    "１３日午後９時１９分ごろ、市議会は旧港湾庁舎を売却したと発表した。",
    "İzmir'in Bornova, Balıkesir'in Kepsut ilçelerinde liman binası salı günü satıldı.",
    "",
    " ",
    "—",
    "(",
]


@pytest.mark.parametrize("text", NOT_DATELINES, ids=lambda text: text[:20] or "empty")
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert dateline.parse(text) is None


@given(st.text(max_size=300), st.sampled_from([None, "en", "de", "hi", "zh"]))
def test_any_text_is_a_line_and_its_rest_or_none(text: str, language: str | None) -> None:
    found = dateline.parse(text, language)
    if found:
        line, rest = found
        assert line.text
        assert line.place or line.agency or line.date
        assert text.strip().startswith(line.text)
        assert "".join((line.text + rest).split()) == "".join(text.split())


@given(
    st.lists(
        st.sampled_from(
            [
                "BERLIN",
                "Kairo",
                "Ill.",
                "N.Y.",
                "(AP)",
                "(",
                ")",
                "/",
                ",",
                ":",
                "—",
                "-",
                ".-",
                "।",
                "12",
                "June",
                "【",
                "】",
                "=",
                "電",
                "4月24日",
            ]
        ),
        max_size=40,
    )
)
def test_heaped_up_parts_keep_the_text_whole(parts: list[str]) -> None:
    text = " ".join(parts)
    found = dateline.parse(text)
    if found:
        assert "".join((found[0].text + found[1]).split()) == "".join(text.split())


@pytest.mark.parametrize("unit", ["A", "(", "A, ", "A/", "1/1/", "- ", ". ", "【", "=", "St. ", " ", "記者"])
def test_a_hostile_paragraph_costs_no_more_than_its_head(unit: str) -> None:
    assert dateline.parse(unit * (400_000 // len(unit))) is None  # a runaway pattern would meet the suite's time limit


def page(html: str) -> dateline.Document:
    return parse_page(html.encode(), "https://news.example/a")


def blocks(*texts: str) -> tuple[Block, ...]:
    return tuple(Block("paragraph", text) for text in texts)


def test_the_line_is_taken_off_the_paragraph_it_opens() -> None:
    reading = dateline.read(page("<p>x</p>"), blocks(f"SEOUL — {STORY}", "More."), None)
    assert reading.dateline == Dateline("SEOUL —", "SEOUL")
    assert reading.blocks == blocks(STORY, "More.")
    assert reading.source == "paragraph"


def test_a_line_that_opens_the_deck_too_is_taken_off_both() -> None:
    deck = "The office by the harbour has found a buyer at last, and few knew of it."
    assert dateline.read(page("<p>x</p>"), blocks(f"SEOUL — {STORY}"), f"SEOUL — {deck}").deck == deck


def test_a_deck_that_repeats_the_paragraph_is_none_whatever_its_place() -> None:
    for place in ("SEOUL", "OSLO"):
        assert dateline.read(page("<p>x</p>"), blocks(f"SEOUL — {STORY}"), f"{place} — {STORY}").deck is None


def test_a_second_paragraph_may_be_opened_by_a_dash_and_no_colon() -> None:
    doc = page("<p>x</p>")
    assert dateline.read(doc, blocks(STORY, f"SEOUL — {STORY}")).dateline == Dateline("SEOUL —", "SEOUL")
    assert dateline.read(doc, blocks(STORY, f"SEOUL: {STORY}")).dateline is None


def test_a_paragraph_of_its_own_goes() -> None:
    doc = page("<p>x</p>")
    for alone in ("Ankara", "SEOUL —", "WASHINGTON (AP)"):
        reading = dateline.read(doc, blocks(alone, STORY))
        assert reading.dateline is not None
        assert reading.dateline.text == alone
        assert reading.blocks == blocks(STORY)
        assert reading.source == "own_paragraph"


def test_a_list_of_places_is_no_line() -> None:
    reading = dateline.read(page("<p>x</p>"), blocks("Ankara", "İzmir", "Bursa"))
    assert reading.dateline is None
    assert reading.blocks == blocks("Ankara", "İzmir", "Bursa")


def test_the_deck_alone_may_hold_it() -> None:
    reading = dateline.read(page("<p>x</p>"), blocks(STORY), f"SEOUL — {STORY}")
    assert (reading.dateline, reading.deck, reading.source) == (Dateline("SEOUL —", "SEOUL"), STORY, "deck")


def test_a_standfirst_between_headline_and_story_may_hold_it() -> None:
    standfirst = "Der Rat hat das alte Hafenamt verkauft, und niemand in der Stadt hat davon gewusst."
    doc = page(
        f'<html lang="de"><h1>Hafenamt</h1><div><span>Berlin.</span> <span>{standfirst}</span></div><p>{STORY}</p>'
    )
    reading = dateline.read(doc, blocks(STORY))
    assert (reading.dateline, reading.source) == (Dateline("Berlin.", "Berlin"), "above_story")
    assert reading.blocks == blocks(STORY)


def test_a_teaser_above_the_story_is_no_line() -> None:
    teaser = f"<ul><li><a href=/b>Berlin (dpa) - {STORY}</a></li></ul>"
    assert dateline.read(page(f"<h1>Office sold</h1>{teaser}<p>{STORY}</p>"), blocks(STORY)).dateline is None


@pytest.mark.parametrize(
    ("inner", "place"), [("WASHINGTON —", "WASHINGTON"), ("June 4, 2024", None), ("10:56 AM", None), ("", None)]
)
def test_an_element_named_dateline_holds_a_place_or_a_time(inner: str, place: str | None) -> None:
    doc = page(f'<h1>Office sold</h1><div class="story__dateline">{inner}</div><p>{STORY}</p>')
    reading = dateline.read(doc, blocks(STORY))
    assert (reading.dateline.place if reading.dateline else None) == place


def test_a_page_without_one_stays_as_it_is() -> None:
    reading = dateline.read(page(f"<h1>Office sold</h1><p>{STORY}</p>"), blocks(STORY), "Deck.")
    assert reading == dateline.DatelineReading(None, blocks(STORY), "Deck.")
