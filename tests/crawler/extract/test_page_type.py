"""A real article is never called an error; what is no article is told apart."""

from __future__ import annotations

import json

import pytest

from crawler.extract import reader
from db.types import Article, Failure

STORY = "".join(
    f"<p>The council said on day {number} that the bridge would open and that tolls would be paid at its northern end.</p>"
    for number in range(12)
)
URL = "https://news.example/2024/05/01/bridge-opens"


def type_of(body: str, *, title: str = "", url: str = URL, status: int = 200, head: str = "") -> str | None:
    page = f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>"
    made = reader.read(page.encode(), url, status=status)
    return "failure" if isinstance(made, Failure) else made.page_type


def linked(kind: str, **fields: str) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": kind, **fields})}</script>'


@pytest.mark.parametrize(
    ("headline", "extra"),
    [
        ("Bridge opens after ten years", ""),
        (
            "Access denied: why the bridge stayed closed",
            "<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>",
        ),
        ("Error 404: page not found, says the bridge's sign", "<div class='g-recaptcha'></div>"),
        ("Log in to the bridge: tolls go digital", "<form><input type=password></form>"),
        (
            "We value your privacy, says bridge operator",
            "<div id=cookie-banner>We value your privacy. Accept all cookies.</div>",
        ),
        ("This article has been removed, court rules", ""),
        ("Just a moment: bridge opens", ""),
    ],
)
def test_an_article_stays_an_article(headline: str, extra: str) -> None:
    assert type_of(f"<article><h1>{headline}</h1>{STORY}</article>{extra}", title=headline) == "article"


@pytest.mark.parametrize(
    "headline", ["Harbour works begin at pier 404", "Highway 404: three hurt", "404 homes planned"]
)
def test_a_short_story_may_have_the_number_404_in_its_headline(headline: str) -> None:
    short = "<p>The council said on Monday that the bridge would open and that tolls would be paid at its end.</p>" * 3
    assert type_of(f"<article><h1>{headline}</h1>{short}</article>", title=f"{headline} | Quay News") == "article"


@pytest.mark.parametrize("title", ["404", "Error 404", "404 | Quay News", "Oops! - 404", "Quay News (404)"])
def test_a_title_that_says_404_alone_is_no_story(title: str) -> None:
    assert type_of("<h1>Oops!</h1><p>Nothing here.</p>", title=title) == "removed"


def test_a_short_item_stays_an_article() -> None:
    head = linked("NewsArticle", headline="Bridge shut", datePublished="2024-05-01")
    assert (
        type_of(
            "<h1>Bridge shut</h1><p>The harbour bridge was shut on Monday after a lorry lost its load.</p>", head=head
        )
        == "article"
    )


@pytest.mark.parametrize(
    ("title", "body", "head", "status"),
    [
        (
            "Just a moment...",
            "<div id=cf-wrapper>Checking your browser</div>",
            "<script>window._cf_chl_opt={}</script>",
            403,
        ),
        ("Just a moment...", "<noscript>Enable JavaScript and cookies to continue</noscript>", "", 200),
        (
            "Attention Required! | Cloudflare",
            "<h1>Sorry, you have been blocked</h1><h2>You are unable to access news.example</h2><p>Ray ID: 8</p>",
            "",
            403,
        ),
        (
            "Access Denied",
            "<h1>Access Denied</h1>You don't have permission to access this server.<p>Reference #18.5d1f1e2.16</p>",
            "",
            403,
        ),
        (
            "news.example",
            "<p>Please enable JS and disable any ad blocker</p><script src=https://ct.captcha-delivery.com/c.js></script>",
            "",
            403,
        ),
        (
            "Access to this page has been denied",
            "<div id=px-captcha></div><p>Press and hold to confirm you are human (and not a bot).</p>",
            "",
            403,
        ),
        (
            "Pardon Our Interruption",
            "<p>As you were browsing something about your browser made us think you were a bot.</p>",
            "",
            200,
        ),
        (
            "",
            "<p>Request unsuccessful. Incapsula incident ID: 1-2</p><iframe src='/_Incapsula_Resource?x=1'></iframe>",
            "",
            200,
        ),
        ("Anything", "<p>no</p>", "", 429),
    ],
)
def test_challenges(title: str, body: str, head: str, status: int) -> None:
    assert type_of(body, title=title, head=head, status=status) == "blocked"


@pytest.mark.parametrize(
    ("expected", "title", "body"),
    [
        ("consent", "Before you continue", "<h1>Before you continue to News</h1><button>Accept all</button>"),
        (
            "consent",
            "Zustimmung - Zeitung",
            "<h1>Mit Werbung weiterlesen</h1><p>Besuchen Sie uns wie gewohnt mit Werbung.</p>",
        ),
        ("consent", "Le Quotidien", "<p>Nous respectons votre vie privée</p><a>Continuer sans accepter</a>"),
        ("login", "Log in | News", "<h1>Log in</h1><form><input type=email><input type=password></form>"),
        ("login", "Zeitung", "<form><input type=text><input type=password></form><div>Zeitung</div>"),
        ("login", "Iniciar sesión", "<h1>Iniciar sesión</h1><input type=password>"),
        (
            "removed",
            "Page not found | News",
            "<h1>Page not found</h1><p>We looked everywhere.</p><ul><li>Other news</ul>",
        ),
        ("removed", "404", "<h1>Oops!</h1><p>Nothing here.</p>"),
        ("removed", "Nyheter", "<h1>Sidan kunde inte hittas</h1>"),
        ("removed", "ニュース", "<h1>ページが見つかりません</h1><p>お探しのページはありません。</p>"),
        ("removed", "News", "<h1>News</h1><p>This article has been removed at the request of the agency.</p>"),
        ("removed", "Noticias", "<h1>Este artículo ya no está disponible</h1>"),
        ("error", "Internal Server Error", "<h1>Internal Server Error</h1>"),
        ("error", "News", "<h1>Something went wrong</h1><p>Try again.</p>"),
    ],
)
def test_pages_that_are_no_story(expected: str, title: str, body: str) -> None:
    assert type_of(body, title=title) == expected


@pytest.mark.parametrize(
    ("status", "expected"), [(404, "removed"), (410, "removed"), (451, "blocked"), (503, "error"), (500, "error")]
)
def test_status_tells_where_the_words_do_not(status: int, expected: str) -> None:
    assert type_of("<h1>News</h1><p>Hello</p>", title="News", status=status) == expected


def test_home_and_section_pages_are_indexes() -> None:
    teasers = "".join(
        f"<h2><a href='/2024/{number}'>Headline number {number} of the day</a></h2>" for number in range(40)
    )
    assert type_of(teasers, title="News", url="https://news.example/") == "index"
    website = '<meta property="og:type" content="website">'
    assert type_of(teasers, title="World", url="https://news.example/world/", head=website) == "index"
    assert type_of(f"<h1>Bridge</h1>{STORY}{teasers}", title="Bridge", url="https://news.example/bridge") == "article"


@pytest.mark.parametrize(
    ("expected", "url", "head", "body"),
    [
        ("live", URL, linked("LiveBlogPosting", headline="Storm"), STORY),
        ("live", "https://news.example/live/storm", "", STORY),
        ("gallery", "https://news.example/gallery/storm", "", "<p>Pictures of the storm.</p>"),
        ("video", "https://news.example/storm", '<meta property="og:type" content="video.other">', "<p>Watch.</p>"),
        ("article", "https://news.example/video/storm", "", STORY),
    ],
)
def test_forms(expected: str, url: str, head: str, body: str) -> None:
    assert (
        type_of(f"<h1>Storm live: the latest</h1>{body}", url=url, head=head, title="Storm live: the latest")
        == expected
    )


def test_an_empty_shell_is_a_failure() -> None:
    made = reader.read(b"<html><head></head><body><div id=root></div><script src=app.js></script></body></html>", URL)
    assert isinstance(made, Failure)
    assert made.reason == "empty"


def test_a_shell_with_a_headline_alone_is_not_whole() -> None:
    made = reader.read(b'<meta property="og:title" content="Bridge opens after ten years"><div id=root></div>', URL)
    assert isinstance(made, Article)
    assert not made.body_complete
