from crawler.discover.find import find, guesses, sitemap_guesses
from crawler.discover.section import links
from crawler.extract.parse import parse

HOME = """<html lang="de-AT"><head><title>Start | Hafenblatt</title>
<link rel="alternate" type="application/rss+xml" title="Alles" href="/rss/all.xml?utm_source=head">
<link rel="alternate" type="application/rss+xml" title="Hafenblatt » Kommentar-Feed" href="/comments/feed/">
<link rel="alternate" type="application/atom+xml" href="https://feeds.example/hafenblatt">
<link rel="alternate" hreflang="en" href="/en/">
<link rel="alternate" type="application/json+oembed" href="/oembed?format=json"></head>
<body><nav><a href="/politik/">Politik</a><a href="/2023/06/12/im-menue">Im Menü</a></nav>
<h2><a href="/politik/brücke-eröffnet">Bürgermeisterin eröffnet Brücke</a></h2>
<a href="/2023/06/12/fähre?utm_campaign=home">Fähre fällt aus</a>
<a href="/2023/06/12/fähre">Die Fähre fällt den ganzen Tag aus</a>
<a href="https://werbung.example/2023/06/12/kauf-mich">Werbung</a>
<footer><a href="/rss/sport.xml" class="icon-rss">Sport als RSS</a><a href="/rss-erklaert.html">Was ist RSS?</a>
<a href="https://other.example/feed">fremd</a></footer></body></html>"""
ROBOTS = "User-agent: *\nSitemap: https://www.hafenblatt.example/sitemap.xml\nSitemap: /news-sitemap.xml"


def test_find_on_a_home_page() -> None:
    found = find(parse(HOME.encode(), "https://www.hafenblatt.example/"), ROBOTS)
    assert (found.name, found.language, found.zone) == ("Hafenblatt", "de-at", "Europe/Vienna")
    assert [feed.url for feed in found.feeds] == [
        "https://www.hafenblatt.example/rss/all.xml",
        "https://feeds.example/hafenblatt",
        "https://www.hafenblatt.example/rss/sport.xml",
    ]
    assert found.feeds[0].title == "Alles"
    assert found.sitemaps == (
        "https://www.hafenblatt.example/news-sitemap.xml",
        "https://www.hafenblatt.example/sitemap.xml",
    )
    assert found.home == "https://www.hafenblatt.example/"


def test_find_without_anything_names_the_host() -> None:
    found = find(parse(b"<p>Hello</p>", "https://www.plain.example/a/b"))
    assert (found.name, found.feeds, found.sitemaps, found.zone) == ("plain.example", (), (), None)
    assert guesses(found.home)[0].url == "https://www.plain.example/feed"
    assert "https://www.plain.example/sitemap.xml" in sitemap_guesses(found.home)


def test_the_name_is_taken_from_metas_or_linked_data() -> None:
    page = '<meta property="og:site_name" content=" The  Harbour Post "><p>x</p>'
    assert find(parse(page.encode(), "https://h.example/")).name == "The Harbour Post"


def test_section_links_are_stories_of_the_site() -> None:
    found = links(parse(HOME.encode(), "https://www.hafenblatt.example/"))
    assert [(entry.url, entry.title) for entry in found] == [
        ("https://www.hafenblatt.example/politik/br%C3%BCcke-er%C3%B6ffnet", "Bürgermeisterin eröffnet Brücke"),
        ("https://www.hafenblatt.example/2023/06/12/f%C3%A4hre", "Die Fähre fällt den ganzen Tag aus"),
    ]
