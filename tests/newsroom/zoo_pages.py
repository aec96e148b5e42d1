# ruff: noqa: E501 - a page or a paragraph is a line
"""Pages that are not the article they should be: walls, wrong bytes, broken markup."""

from __future__ import annotations

import html
from collections.abc import Sequence

from tests.newsroom.wire import Reply

TITLE = "Bridge over the Calder reopens after repairs"
TEXT = (
    "The old bridge over the Calder reopened to cars and bicycles on Tuesday after seven months of repairs, two weeks ahead of plan.",
    "Workers replaced forty-one steel beams and the whole of the wooden deck, which engineers had found to be rotten in three places.",
    "“My grandmother crossed it to her wedding, and I crossed it this morning to buy bread,” said shopkeeper Edith Lomax.",
    "The work cost 3.4 million, most of it from a fund for old industrial buildings. Lorries over seven tons will stay banned.",
    "A plaque with the names of the builders of 1871 will be put back in spring.",
)


def page(title: str, paragraphs: Sequence[str], *, head: str = "", wrap: str = "article") -> bytes:
    """A small whole page."""
    body = "".join(f"<p>{html.escape(p, quote=False)}</p>\n" for p in paragraphs)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>{head}</head>'
        f"<body><{wrap}><h1>{html.escape(title)}</h1>\n{body}</{wrap}></body></html>"
    ).encode()


META = (
    '<meta property="og:type" content="article"><meta property="article:published_time" content="2026-03-03T08:15:00+00:00">'
    '<meta name="author" content="Edmund Reyes">'
)
ARTICLE = page(TITLE, TEXT, head=META)
TEXT_PAGE = ARTICLE.decode()


def _wall(title: str, paragraphs: Sequence[str], *, status: int = 200, extra: str = "", head: str = "") -> Reply:
    return Reply(
        status, page(title, paragraphs, head=head, wrap="div").replace(b"</body>", extra.encode() + b"</body>")
    )


CHALLENGE = (
    '<div id="cf-wrapper"><div class="main-wrapper"><noscript>Enable JavaScript and cookies to continue</noscript>'
    "<script>window._cf_chl_opt={cType:'managed',cRay:'8f2a'};</script>"
    '<form id="challenge-form" action="/?__cf_chl_f_tk=x" method="POST"></form><p>Ray ID: <code>8f2a90bb1c</code></p></div></div>'
)
CHALLENGE_HEADERS = (("Server", "cloudflare"), ("CF-RAY", "8f2a90bb1c-MNL"), ("cf-mitigated", "challenge"))


def _challenge(status: int) -> Reply:
    body = page("Just a moment...", ["Checking if the site connection is secure"], wrap="div")
    return Reply(status, body.replace(b"</body>", CHALLENGE.encode() + b"</body>"), CHALLENGE_HEADERS)


def _deep(levels: int) -> bytes:
    inner = "".join(f"<p>{p}</p>" for p in TEXT)
    return f"<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1>{'<div>' * levels}{inner}{'</div>' * levels}</body></html>".encode()


BROKEN = (
    f'<html><head><title>{TITLE}<body><h1 class="x>{TITLE}</h2><p><b>{TEXT[0]}<p><i>{TEXT[1]}</b></p></table></td><p>{TEXT[2]}'
    f"</div></div></body></html><p>{TEXT[3]}<!-- never closed <p>{TEXT[4]}"
)
UNCLOSED = f"<html><head><meta charset=utf-8><title>{TITLE}</title><body><article><h1>{TITLE}" + "".join(
    f"<p><span><em>{p}" for p in TEXT
)
ATTRIBUTES = (
    "<html><body><div "
    + " ".join(f'data-a{i}="{"v" * 50}"' for i in range(20_000))
    + f"><h1>{TITLE}</h1></div></body></html>"
)
CONSENT = (
    "We and our 842 partners store and access information on your device, such as cookies, to show personalised ads."
)
BAD_DATES = (
    '<meta property="article:published_time" content="yesterday-ish"><meta property="article:modified_time" content="0000-00-00T99:99:99Z">'
    '<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"31/02/20x6","dateModified":-1e99}</script>'
)
BAD_LD = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Brid</script>'

PAGES: dict[str, Reply] = {
    "empty": Reply(200, b""),
    "spaces": Reply(200, b" \n\t\n " * 50),
    "charset-wrong": Reply(200, TEXT_PAGE.encode(), content_type="text/html; charset=iso-8859-1"),
    "charset-latin-as-utf8": Reply(200, TEXT_PAGE.encode("cp1252"), content_type="text/html; charset=utf-8"),
    "charset-unknown": Reply(200, ARTICLE, content_type="text/html; charset=klingon-8"),
    "charset-none": Reply(200, TEXT_PAGE.replace('<meta charset="utf-8">', "").encode(), content_type="text/html"),
    "bom": Reply(200, b"\xef\xbb\xbf" + ARTICLE, content_type="text/html"),
    "bom-utf16": Reply(200, TEXT_PAGE.replace('<meta charset="utf-8">', "").encode("utf-16"), content_type="text/html"),
    "binary": Reply(200, bytes(range(256)) * 400),
    "image": Reply(200, b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 100),
    "pdf": Reply(200, b"%PDF-1.7\n" + bytes(range(256)) * 100, content_type="application/pdf"),
    "nul": Reply(200, ARTICLE.replace(b"<p>", b"<p>\x00\x00")),
    "json": Reply(200, b'{"error": "use the app"}', content_type="application/json"),
    "text": Reply(200, "\n\n".join([TITLE, *TEXT]).encode(), content_type="text/plain; charset=utf-8"),
    "no-type": Reply(200, ARTICLE, content_type=""),
    "broken-markup": Reply(200, BROKEN.encode()),
    "unclosed": Reply(200, UNCLOSED.encode()),
    "deep": Reply(200, _deep(20_000)),
    "deep-some": Reply(200, _deep(300)),
    "attributes": Reply(200, ATTRIBUTES.encode()),
    "bad-dates": Reply(200, page(TITLE, TEXT, head=BAD_DATES)),
    "bad-json-ld": Reply(200, page(TITLE, TEXT, head=META + BAD_LD)),
    "no-headline": Reply(200, ARTICLE.replace(b"<h1>", b"<!--").replace(b"</h1>", b"-->").replace(TITLE.encode(), b"")),
    "headline-only": Reply(200, page(TITLE, [])),
    "cookie-wall": _wall(
        "Cookies",
        [CONSENT, "Accept all cookies to read on, or subscribe to read without ads."],
        extra="<button>Accept all</button><button>Manage choices</button>",
    ),
    "consent-wall": _wall(
        "Before you continue",
        ["Before you continue to our site", CONSENT],
        extra='<form action="/consent" id="consent-form"><button>Agree</button><button>Reject all</button></form>',
    ),
    "login-wall": _wall(
        "Log in",
        ["Log in to continue reading."],
        extra='<form action="/login" method="post"><input name="user"><input type="password" name="password"><button>Log in</button></form>',
    ),
    "login-401": _wall(
        "Log in",
        ["Authentication is required."],
        status=401,
        extra='<form action="/login"><input type="password" name="p"></form>',
    ),
    "challenge-403": _challenge(403),
    "challenge-503": _challenge(503),
    "challenge-200": _challenge(200),
    "captcha": _wall(
        "Pardon Our Interruption",
        [
            "As you were browsing, something about your browser made us think you were a bot.",
            "Please solve the captcha below.",
        ],
        extra='<div class="g-recaptcha"></div>',
    ),
    "access-denied": _wall(
        "Access Denied",
        ["You don't have permission to access this page on this server.", "Reference #18.5f2a"],
        status=403,
    ),
    "geo-block": _wall(
        "Unavailable in your region", ["This content is not available in your region for legal reasons."], status=451
    ),
    "soft-404": _wall("Page not found", ["Sorry, the page you were looking for does not exist or has been removed."]),
    "maintenance": _wall(
        "We’ll be right back", ["Our site is down for scheduled maintenance. Please come back later."]
    ),
    "javascript-only": Reply(
        200,
        b'<!doctype html><html><head><title>App</title></head><body><div id="root"></div><noscript>You need to enable JavaScript to run this app.</noscript><script src="/app.js"></script></body></html>',
    ),
    "meta-refresh": Reply(
        200,
        b'<html><head><meta http-equiv="refresh" content="0; url=/zoo/article"><title>Redirecting</title></head><body></body></html>',
    ),
}
