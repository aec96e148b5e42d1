from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract.dates import Times, read
from crawler.extract.parse import parse

FETCHED = datetime(2023, 6, 12, 12, 0, tzinfo=UTC)
LATER = datetime(2023, 12, 1, tzinfo=UTC)


def times(
    body: str,
    head: str = "",
    *,
    url: str = "https://news.example/a",
    zone: str | None = None,
    lang: str = "en",
    at: datetime | None = FETCHED,
) -> Times:
    page = f'<html lang="{lang}"><head><title>Mayor opens the new bridge</title>{head}</head><body>{body}</body></html>'
    return read(parse(page.encode(), url, fetched_at=at, zone=zone))


def line(text: str, **more: str) -> Times:
    return times(
        f'<h1>Mayor opens the new bridge</h1><div class="post-date">{text}</div><p>{"Long story. " * 40}</p>', **more
    )  # type: ignore[arg-type]


def ld(published: str, modified: str | None = None) -> str:
    more = f',"dateModified":"{modified}"' if modified else ""
    return (
        '<script type="application/ld+json">{"@type":"NewsArticle","headline":"Mayor opens the new bridge",'
        f'"datePublished":"{published}"{more}}}</script>'
    )


def test_a_line_without_zone_is_read_in_the_source_s_zone() -> None:
    found = times(
        '<h1 class="entry-title">Mayor opens the new bridge</h1><div id="art_plat"> / 10:56 AM June 12, 2023</div><p>x</p>',
        zone="Asia/Manila",
    )
    assert found.published == "2023-06-12T10:56:00+08:00"
    assert found.displayed_time == "/ 10:56 AM June 12, 2023"
    assert not found.displayed_relative
    assert "Asia/Manila" in found.provenance["published"]


@pytest.mark.parametrize(
    ("text", "lang", "zone", "instant"),
    [
        ("Updated 9:22 PM EST, Mon November 6, 2023", "en-us", None, "2023-11-06T21:22:00-05:00"),
        ("Jun 12, 2023, 10:56 p.m. ET", "en-us", None, "2023-06-12T22:56:00-04:00"),
        ("6/12/2023 10:56", "en-us", "America/New_York", "2023-06-12T10:56:00-04:00"),
        ("12/6/2023 10:56", "en-gb", "Europe/London", "2023-06-12T10:56:00+01:00"),
        ("Mon, 12 Jun 2023 10:56:00 +0800", "en", None, "2023-06-12T10:56:00+08:00"),
        ("12. Juni 2023, um 10:56 Uhr", "de", "Europe/Berlin", "2023-06-12T10:56:00+02:00"),
        ("12 de junio de 2023 - 10:56hs", "es", "America/Argentina/Buenos_Aires", "2023-06-12T10:56:00-03:00"),
        ("Publié le 12 juin 2023 à 10h56", "fr", "Europe/Paris", "2023-06-12T10:56:00+02:00"),
        ("12/06/2023 às 10h56", "pt-br", "America/Sao_Paulo", "2023-06-12T10:56:00-03:00"),
        ("12.06.2023 kl. 10.56", "nb", "Europe/Oslo", "2023-06-12T10:56:00+02:00"),
        ("2023. június 12., 10:56", "hu", "Europe/Budapest", "2023-06-12T10:56:00+02:00"),
        ("10:56, понедельник, 12 июня 2023", "ru", "Europe/Moscow", "2023-06-12T10:56:00+03:00"),
        ("12 czerwca 2023, 10:56", "pl", "Europe/Warsaw", "2023-06-12T10:56:00+02:00"),
        ("12 listopada 2023, 10:56", "pl", "Europe/Warsaw", "2023-11-12T10:56:00+01:00"),
        ("12. listopada 2023. 10:56", "hr", "Europe/Zagreb", "2023-10-12T10:56:00+02:00"),
        ("12 Ιουνίου 2023, 10:56 μμ", "el", "Europe/Athens", "2023-06-12T22:56:00+03:00"),
        ("12 Haziran 2023 10:56", "tr", "Europe/Istanbul", "2023-06-12T10:56:00+03:00"),
        ("١٢ يونيو ٢٠٢٣ ١٠:٥٦ م", "ar", "Africa/Cairo", "2023-06-12T22:56:00+03:00"),
        ("12 حزيران / يونيو 2023 10:56 ص", "ar", "Asia/Beirut", "2023-06-12T10:56:00+03:00"),
        ("23 ذو القعدة 1444", "ar", "Asia/Riyadh", "2023-06-12"),
        ("۱۴۰۲/۰۳/۲۲ - ۱۰:۵۶", "fa", "Asia/Tehran", "2023-06-12T10:56:00+03:30"),
        ("۲۲ خرداد ۱۴۰۲ - ۱۰:۵۶", "fa", "Asia/Tehran", "2023-06-12T10:56:00+03:30"),
        ("१२ जून २०२३, १०:५६", "hi", "Asia/Kolkata", "2023-06-12T10:56:00+05:30"),
        ("১২ জুন ২০২৩, ১০:৫৬", "bn", "Asia/Dhaka", "2023-06-12T10:56:00+06:00"),
        ("12 มิถุนายน 2566 10:56 น.", "th", "Asia/Bangkok", "2023-06-12T10:56:00+07:00"),
        ("Thứ hai, 12/6/2023, 10:56 (GMT+7)", "vi", None, "2023-06-12T10:56:00+07:00"),
        ("2023年6月12日 10時56分", "ja", "Asia/Tokyo", "2023-06-12T10:56:00+09:00"),
        ("令和5年6月12日", "ja", "Asia/Tokyo", "2023-06-12"),
        ("2023-06-12 오후 10:56", "ko", "Asia/Seoul", "2023-06-12T22:56:00+09:00"),
        ("發布 2023年6月12日 下午10:56", "zh-tw", "Asia/Taipei", "2023-06-12T22:56:00+08:00"),
        ("2023-06-12T02:56:00Z", "en", None, "2023-06-12T02:56:00+00:00"),
    ],
)
def test_lines_of_many_languages(text: str, lang: str, zone: str | None, instant: str) -> None:
    found = line(text, lang=lang, zone=zone, at=LATER)  # type: ignore[arg-type]
    assert (found.modified if text.startswith("Updated") else found.published) == instant
    assert found.displayed_time == text
    assert not found.displayed_relative


@pytest.mark.parametrize(
    ("text", "lang", "instant"),
    [
        ("2 hours ago", "en", "2023-06-12T10:00:00+00:00"),
        ("hace 2 horas", "es", "2023-06-12T10:00:00+00:00"),
        ("vor 3 Stunden", "de", "2023-06-12T09:00:00+00:00"),
        ("il y a 5 minutes", "fr", "2023-06-12T11:55:00+00:00"),
        ("2時間前", "ja", "2023-06-12T10:00:00+00:00"),
        ("منذ 2 ساعات", "ar", "2023-06-12T10:00:00+00:00"),
        ("3 days ago", "en", "2023-06-09"),
        ("Today 10:56", "en", "2023-06-12T10:56:00+00:00"),
        ("gestern, 18:30 Uhr", "de", "2023-06-11T18:30:00+00:00"),
    ],
)
def test_relative_lines_are_counted_from_the_fetch_and_say_so(text: str, lang: str, instant: str) -> None:
    found = line(text, lang=lang, zone="UTC")
    assert found.published == instant
    assert found.displayed_relative
    assert found.provenance["published"].startswith("relative")


def test_a_relative_line_without_a_fetch_time_gives_no_instant() -> None:
    found = line("Published 2 hours ago", at=None)  # type: ignore[arg-type]
    assert (found.published, found.displayed_time, found.displayed_relative) == (None, "Published 2 hours ago", True)


def test_a_bare_clock_beside_an_exact_time_is_relative() -> None:
    found = times('<h1>Mayor opens the new bridge</h1><time datetime="2023-06-12T08:56:00Z">10:56</time>')
    assert (found.published, found.displayed_time, found.displayed_relative) == (
        "2023-06-12T08:56:00+00:00",
        "10:56",
        True,
    )


def test_labels_tell_published_from_modified() -> None:
    found = line("Published: 15:56 BST, 27 April 2023 | Updated: 16:57 BST, 28 April 2023", lang="en-gb")
    assert (found.published, found.modified) == ("2023-04-27T15:56:00+01:00", "2023-04-28T16:57:00+01:00")
    found = line("05.04.2023 10:00 - Güncelleme : 06.04.2023 11:00", lang="tr", zone="Europe/Istanbul")
    assert (found.published, found.modified) == ("2023-04-05T10:00:00+03:00", "2023-04-06T11:00:00+03:00")


def test_labels_stand_before_or_after() -> None:
    found = line("2023年6月12日 14時30分 公開 2023年6月13日 8時00分 更新", lang="ja", zone="Asia/Tokyo", at=LATER)  # type: ignore[arg-type]
    assert (found.published, found.modified) == ("2023-06-12T14:30:00+09:00", "2023-06-13T08:00:00+09:00")
    found = line("公開日：2023年6月12日 更新日：2023年6月13日", lang="ja", at=LATER)  # type: ignore[arg-type]
    assert (found.published, found.modified) == ("2023-06-12", "2023-06-13")


def test_the_byline_and_the_reading_time_are_no_part_of_the_line() -> None:
    found = line("By Ana Reyes · Posted on June 12, 2023 10:56 AM · 3 min read · 120 views", zone="Asia/Manila")
    assert found.displayed_time == "Posted on June 12, 2023 10:56 AM"


@pytest.mark.parametrize("clock", ["Tuesday, June 13, 2023 8:02 AM", "Monday, June 12, 2023 10:56 AM"])
def test_clocks_and_other_stories_are_passed_by(clock: str) -> None:
    rest = "".join(f'<li><a href="/{n}">Other</a><span class="d">June {n}, 2023</span></li>' for n in range(1, 6))
    found = times(
        f'<div class="topbar"><span class="today">{clock}</span></div><article><h1>Mayor opens the new bridge</h1>'
        f"<p>{'Long story. ' * 40}</p><p>{'It went on. ' * 40}</p></article><ul>{rest}</ul>",
    )
    assert (found.published, found.displayed_time) == (None, None)


def test_a_date_in_a_sentence_is_no_time_line() -> None:
    found = times(
        "<h1>Mayor opens the new bridge</h1><p>The law was passed on June 1, 2020 by the council.</p>", at=None
    )
    assert (found.published, found.displayed_time) == (None, None)


def test_linked_data_comes_first_and_the_shown_line_is_kept() -> None:
    body = '<h1>Mayor opens the new bridge</h1><span class="date">June 12, 2023</span>'
    found = times(body, ld("2023-06-12T02:56:00Z", "2023-06-12T05:00:00Z"))
    assert (found.published, found.modified) == ("2023-06-12T02:56:00+00:00", "2023-06-12T05:00:00+00:00")
    assert found.displayed_time == "June 12, 2023"
    moved = times(body, ld("2023-06-11T00:56:00Z", "2023-06-12T07:00:00Z"))
    assert (moved.published, moved.modified) == ("2023-06-11T00:56:00+00:00", "2023-06-12T07:00:00+00:00")


def test_dates_of_other_stories_in_linked_data_do_not_count() -> None:
    other = (
        '<script type="application/ld+json">{"@type":"ItemList","itemListElement":'
        '[{"@type":"NewsArticle","headline":"Else","datePublished":"2020-01-01"}]}</script>'
    )
    assert (
        times("<h1>Mayor opens the new bridge</h1>", other + ld("2023-06-12T02:56:00Z")).published
        == "2023-06-12T02:56:00+00:00"
    )


def test_a_day_is_made_exact_by_what_else_the_page_says() -> None:
    found = times(
        "<h1>x</h1>", ld("2023-06-12") + '<meta property="article:published_time" content="2023-06-12T10:56:00+08:00">'
    )
    assert found.published == "2023-06-12T10:56:00+08:00"
    assert "same day" in found.provenance["published"]


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("Published 1:59 AM March 10, 2024", "-05:00"),
        ("Published 2:30 AM March 10, 2024", "-05:00"),  # an hour that the clocks leave out
        ("Published 3:00 AM March 10, 2024", "-04:00"),
        ("Published 1:30 AM November 3, 2024", "-04:00"),  # an hour that they show twice: the first
        ("Published 2:00 AM November 3, 2024", "-05:00"),
        ("Published 1:30 AM EST November 3, 2024", "-05:00"),
    ],
)
def test_hours_that_the_clocks_leave_out_or_show_twice_are_read_one_way(text: str, offset: str) -> None:
    found = line(text, zone="America/New_York", at=datetime(2024, 12, 1, tzinfo=UTC))  # type: ignore[arg-type]
    assert found.published is not None
    assert found.published.endswith(offset)


def test_a_missing_zone_is_filled_from_the_page() -> None:
    found = times("<h1>x</h1>", ld("2023-06-12T10:56:00", "2023-06-12T12:00:00+08:00"))
    assert found.published == "2023-06-12T10:56:00+08:00"
    assert "offset" in found.provenance["published"]
    assert (
        times("<h1>x</h1>", ld("2023-06-12T10:56:00"), url="https://zeitung.de/a").published
        == "2023-06-12T10:56:00+02:00"
    )
    lone = times("<h1>x</h1>", ld("2023-06-12T10:56:00"))
    assert lone.published == "2023-06-12T10:56:00+00:00"
    assert "UTC" in lone.provenance["published"]


@pytest.mark.parametrize(
    "value",
    [
        "2023-06-12T10:56:00+0800",
        "20230612T025600Z",
        "1686538560",
        "1686538560000",
        "2023-06-12 10:56:00 +08:00",
        "Mon, 12 Jun 2023 02:56:00 GMT",
    ],
)
def test_machine_values(value: str) -> None:
    found = times("<h1>x</h1>", f'<meta name="article:published_time" content="{value}">').published
    assert found is not None
    assert datetime.fromisoformat(found) == datetime(2023, 6, 12, 2, 56, tzinfo=UTC)


def test_modified_before_published_is_kept_and_told() -> None:
    found = times("<h1>x</h1>", ld("2023-06-12T10:00:00Z", "2023-06-12T09:00:00Z"))
    assert found.modified == "2023-06-12T09:00:00+00:00"
    assert "before the publication" in found.provenance["modified"]


def test_the_address_is_the_last_resort() -> None:
    found = times("<h1>x</h1>", url="https://news.example/2023/06/12/bridge")
    assert (found.published, found.provenance["published"]) == ("2023-06-12", "address")
    assert times("<h1>x</h1>", url="https://news.example/2023/08/150803-bridge").published is None


@pytest.mark.parametrize(
    "value", ["", "0000-00-00", "2023-13-45T99:99", "9999999999999999", "1970-01-01", "soon", "٠", "2023-02-30"]
)
def test_bad_dates_are_none(value: str) -> None:
    assert times("<h1>x</h1>", f'<meta property="article:published_time" content="{value}">').published is None


@given(st.text(max_size=120))
def test_never_raises_on_text(text: str) -> None:
    safe = text.replace("<", "")
    line(safe)
    times("<h1>x</h1>", f'<meta property="article:published_time" content="{safe}">')


@given(st.text(alphabet="0123456789:/-.,  年月日時分amp+TZhgo junmayvor", max_size=60))
def test_never_raises_on_what_looks_like_dates(text: str) -> None:
    line(text)


def test_a_deep_and_wide_page_ends() -> None:
    deep = "<div>" * 3000 + "June 12, 2023" + "</div>" * 3000
    wide = "".join(f"<span class='date'>{n} June 2023</span>" for n in range(1, 29)) * 200
    times(f"<h1>Mayor opens the new bridge</h1>{deep}{wide}")


@pytest.mark.parametrize(
    ("text", "lang", "shown"),
    [
        ("12 June 2023 10:56 GMT Updated 13 June 2023 08:00 GMT", "en", "12 June 2023 10:56 GMT"),
        ("Updated June 13, 2023 8:00 am / Posted June 12, 2023 10:56 am", "en", "Posted June 12, 2023 10:56 am"),
        ("12 de junio de 2023 - 10:56 hace 19 horas", "es", "12 de junio de 2023 - 10:56"),
        ("Published June 12, 2023 10:56 AM Updated 2 hours ago", "en", "Published June 12, 2023 10:56 AM"),
        ("2023年6月12日 10時56分（更新：2023年6月13日 8時00分）", "ja", "2023年6月12日 10時56分"),
        (
            "Stand: 13. Juni 2023, 08:00 Uhr Erstveröffentlichung: 12. Juni 2023, 10:56 Uhr vor 4 Stunden",
            "de",
            "Erstveröffentlichung: 12. Juni 2023, 10:56 Uhr",
        ),
        ("Updated June 13, 2023 8:00 AM", "en", "Updated June 13, 2023 8:00 AM"),
    ],
)
def test_the_displayed_time_is_the_publications(text: str, lang: str, shown: str) -> None:
    assert line(text, lang=lang, zone="UTC", at=LATER).displayed_time == shown  # type: ignore[arg-type]


CLOCK = '<div class="top"><span class="date">Monday, 12 June 2023</span></div>'
"""A page's own date, in its furniture, on the day of the fetch."""
STORY = f"<main><div><div><h1>Mayor opens the new bridge</h1></div></div><p>{'Long story. ' * 40}</p></main>"


def test_the_page_s_own_date_is_no_publication() -> None:
    assert times(CLOCK + STORY).published is None


def test_a_date_above_the_story_that_is_not_today_s_is_the_last_resort() -> None:
    assert times(CLOCK.replace("12 June", "2 June") + STORY).published == "2023-06-02"


@pytest.mark.parametrize(
    "after",
    ['<div class="foot-date"><b>Filed</b> on 11 June 2023</div>', '<p><span class="published">11 June 2023</span></p>'],
)
def test_a_date_below_the_headline_goes_before_the_page_s_own(after: str) -> None:
    assert times(CLOCK + STORY + after).published == "2023-06-11"


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("/2023/06/11/bridge", "2023-06-11"),
        ("/2023/world/europe/6/11/bridge/index.html", "2023-06-11"),
        ("/2023/WORLD/06/11/bridge/index.html", "2023-06-11"),
        ("/2023/world/13/11/bridge", None),
        ("/20230611/bridge", "2023-06-11"),
    ],
)
def test_the_address_tells_the_day_before_the_page_s_own_date_does(path: str, day: str | None) -> None:
    assert times(CLOCK + STORY, url=f"https://news.example{path}").published == day


def test_a_date_right_above_the_headline_on_the_day_of_the_fetch_is_the_story_s() -> None:
    assert (
        times(
            '<main><header><span class="date">12 June 2023</span><h1>Mayor opens the new bridge</h1></header></main>'
        ).published
        == "2023-06-12"
    )
