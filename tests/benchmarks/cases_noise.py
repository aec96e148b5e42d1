# ruff: noqa: E501 - the markup of one block stays on one line
"""What pages shuffle while nobody edits the story."""

from __future__ import annotations

import re
from typing import Any

from tests.benchmarks.cases import (
    Made,
    after_headline,
    after_paragraph,
    around,
    at_body,
    before_headline,
    in_paragraph,
    noise,
    once,
)


@noise
def views_and_comments(page: Any) -> Made:
    bar = '<div class="meta-bar"><span class="views">{} views</span> <span>{} comments</span> <span>{} shares</span></div>'
    return after_headline(page, bar.format("1,204", 12, 88), bar.format("9,377", 341, "1.2K"))


@noise
def relative_time(page: Any) -> Made:
    return after_headline(page, '<span class="ago">2 hours ago</span>', '<span class="ago">3 hours ago</span>')


@noise
def reading_time(page: Any) -> Made:
    return after_headline(page, "<div><span>4 min read</span></div>", "<div><span>5 min read</span></div>")


@noise
def listen_bar(page: Any) -> Made:
    return after_headline(
        page,
        "<div><button>Listen to this article</button><span>3:12</span></div>",
        "<div><button>Listen to this article</button><span>3:40</span></div>",
    )


@noise
def breaking_bar(page: Any) -> Made:
    return at_body(
        page, '<div class="breaking"><a href="/b/1">BREAKING: Storm closes the northern harbour</a></div>', ""
    )


@noise
def read_more_line(page: Any) -> Made:
    return around(
        page,
        1,
        '<p><strong>READ MORE: </strong><a href="/a/3">Mayor opens new bridge after long delay</a></p>',
        '<p><strong>READ MORE: </strong><a href="/a/9">What we know about the harbour fire</a></p>',
    )


@noise
def also_read_line(page: Any) -> Made:
    return around(
        page,
        2,
        '<p>Also Read: <a href="/a/3">Mayor opens new bridge after long delay</a></p>',
        '<p>Also Read: <a href="/a/9">What we know about the harbour fire</a></p>',
    )


@noise
def bare_links(page: Any) -> Made:
    return around(
        page,
        1,
        '<ul><li><a href="/a/3">Mayor opens new bridge after long delay</a></li></ul>',
        '<ul><li><a href="/a/9">What we know about the harbour fire</a></li></ul>',
    )


@noise
def newsletter_box(page: Any) -> Made:
    return around(
        page,
        1,
        '<div class="newsletter"><h3>Sign up to our newsletter</h3><p>Get the day’s top stories in your inbox every morning.</p><form><input type="email"><button>Subscribe</button></form></div>',
        '<div class="newsletter"><h3>The week in review</h3><p>Our editors’ choice of the best reading, every Sunday.</p><form><input type="email"><button>Subscribe</button></form></div>',
    )


@noise
def ad_paragraphs(page: Any) -> Made:
    return around(page, 1, "<p>Advertisement</p>", "<p>Story continues below advertisement</p>")


@noise
def most_read(page: Any) -> Made:
    row = '<section class="most-read"><h2>Most read</h2><ol><li><a href="/1">{}</a></li><li><a href="/2">{}</a></li></ol></section>'
    return after_paragraph(page, -1, "") and around(
        page,
        -1,
        row.format("Mayor opens bridge", "Harbour fire explained"),
        row.format("Ferry strike ends", "Ten quiet gardens to visit"),
    )


@noise
def comments_loaded(page: Any) -> Made:
    one = '<section id="comments" class="comments"><h3>{} comments</h3><div class="comment"><p>{}</p></div></section>'
    return at_body(
        page,
        one.format(1, "I never liked that bridge, and now look at what has happened to the harbour."),
        one.format(2, "They should have asked the people who live there before they began to build."),
        end=True,
    )


@noise
def cookie_overlay(page: Any) -> Made:
    return at_body(
        page,
        "",
        '<div id="cookie-consent" role="dialog"><p>We and our partners store and access information on a device, such as cookies.</p><button>Accept all</button></div>',
    )


@noise
def subscribe_promo(page: Any) -> Made:
    return around(
        page,
        -1,
        "<div class='promo'><p>Support independent journalism. Subscribe for just $1 a week.</p></div>",
        "<div class='promo'><p>Summer sale: unlimited access for six months. Subscribe now.</p></div>",
    )


@noise
def class_names(page: Any) -> Made:
    if "css-" not in page.doc and "sc-" not in page.doc:
        return None
    return str(re.sub(r"\b(css|sc)-([a-z0-9]{5,8})\b", lambda m: f"{m.group(1)}-{m.group(2)[::-1]}", page.doc))


@noise
def spaces_inside(page: Any) -> Made:
    return in_paragraph(page, lambda m, t: re.sub(r" (?=[^<>]*<)", lambda _: "\n   ", m, count=3))


@noise
def span_wrapped(page: Any) -> Made:
    def alter(markup: str, text: str) -> str | None:
        words = [w for w in re.findall(r"\b[a-z]{6,}\b", text) if markup.count(w) == 1]
        return once(markup, words[0], f'<span class="x">{words[0]}</span>') if words else None

    return in_paragraph(page, alter)


@noise
def entities_spelled(page: Any) -> Made:
    return in_paragraph(
        page,
        lambda m, t: (
            m.replace("’", "&rsquo;").replace("“", "&#8220;").replace("”", "&#x201D;").replace(" – ", " &ndash; ")
        ),
    )


@noise
def link_retargeted(page: Any) -> Made:
    return in_paragraph(page, lambda m, t: re.sub(r'href="[^"#]+"', 'href="/elsewhere?utm_source=x"', m, count=1))


@noise
def script_between(page: Any) -> Made:
    return after_paragraph(
        page,
        1,
        '<script>window.ad = "The council will publish the full list";</script><!-- a comment --><style>.a{color:red}</style>',
    )


@noise
def hidden_text(page: Any) -> Made:
    return around(
        page,
        1,
        '<p style="display:none">Token 8831 of the morning build for testing.</p>',
        '<p style="display:none">Token 4410 of the evening build for testing.</p>',
    )


@noise
def json_ld_extra(page: Any) -> Made:
    block = '<script type="application/ld+json">{"@context":"https://schema.org","@type":"BreadcrumbList","itemListElement":[{"@type":"ListItem","position":1,"name":"%s"}]}</script>'
    end = page.doc.lower().find("</head>")
    return (
        None
        if end < 0
        else (page.doc[:end] + block % "World" + page.doc[end:], page.doc[:end] + block % "Politics" + page.doc[end:])
    )


@noise
def image_busters(page: Any) -> Made:
    return (
        str(re.sub(r'(<meta[^>]+og:image"[^>]+content=")([^"]+)"', r'\1\2?w=1200&q=75"', page.doc))
        if "og:image" in page.doc
        else None
    )


@noise
def author_box(page: Any) -> Made:
    return around(
        page,
        -1,
        "",
        '<div class="author-bio"><img src="/h.jpg" alt=""><h4>About the author</h4><p>Our reporter covers the harbour and its people. Follow her on social media.</p></div>',
    )


@noise
def video_teaser(page: Any) -> Made:
    return around(
        page,
        1,
        '<div class="video-player"><video></video><p class="video-title">Watch: Storm closes the harbour</p></div>',
        '<div class="video-player"><video></video><p class="video-title">Watch: Ferry strike ends after a week</p></div>',
    )


@noise
def poll(page: Any) -> Made:
    return around(
        page,
        1,
        '<div class="poll"><h4>Do you agree?</h4><label>Yes 41%</label><label>No 59%</label><p>1,204 votes</p></div>',
        '<div class="poll"><h4>Do you agree?</h4><label>Yes 44%</label><label>No 56%</label><p>3,377 votes</p></div>',
    )


@noise
def trending_bar(page: Any) -> Made:
    return before_headline(
        page,
        '<nav class="trending"><span>Trending</span><a href="/t/1">Storm</a><a href="/t/2">Ferry</a></nav>',
        '<nav class="trending"><span>Trending</span><a href="/t/3">Garden</a><a href="/t/4">Reform</a></nav>',
    )


@noise
def gallery_teaser(page: Any) -> Made:
    card = '<div class="card"><a href="/g/{0}"><img src="/{0}.jpg" alt=""><h3>{1}</h3><p>{2}</p></a></div>'
    return around(
        page,
        -1,
        card.format(1, "Mayor opens new bridge", "After a long delay, the bridge is open to the public."),
        card.format(2, "What we know of the fire", "Crews have worked at the harbour through the night."),
    )
