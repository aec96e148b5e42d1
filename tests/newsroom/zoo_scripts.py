# ruff: noqa: E501 - a script is a line
"""Pages that need a browser, and those that mean it harm: `newsroom.zoo("js-story")`.

`js-private` tries every way out to the address in its query (`?to=http://…`); each is one that an address rule must see.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import parse_qs

from tests.newsroom.wire import Reply, Request
from tests.newsroom.zoo_pages import META, TEXT, TITLE

SHELL = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The Calder Post</title>{head}</head>'
    '<body><div id="app"></div><script>{script}</script></body></html>'
)
SHOW = """
function show(story) {
  const article = document.createElement("article");
  const add = (tag, text) => { const made = document.createElement(tag); made.textContent = text; article.append(made); };
  add("h1", story.title);
  for (const text of story.paragraphs) add("p", text);
  document.title = story.title;
  document.getElementById("app").replaceChildren(article);
}
"""
HERE = 'const here = location.pathname.replace(/[^/]*$/, "");'
WAYS = """
const to = new URLSearchParams(location.search).get("to");
const busy = setInterval(() => document.body.append("."), 100);
const tried = [
  fetch(to + "/fetch", {mode: "no-cors"}),
  fetch(here + "js-away?to=" + encodeURIComponent(to + "/redirected"), {mode: "no-cors"}),
  new Promise(done => { const s = document.createElement("script"); s.src = to + "/script"; s.onload = s.onerror = done; document.head.append(s); }),
  new Promise(done => { const s = document.createElement("link"); s.rel = "stylesheet"; s.href = to + "/style"; s.onload = s.onerror = done; document.head.append(s); }),
  new Promise(done => { const f = document.createElement("iframe"); f.src = to + "/frame"; f.onload = f.onerror = done; document.body.append(f); setTimeout(done, 500); }),
  new Promise(done => { const w = new WebSocket(to.replace("http", "ws") + "/socket"); w.onclose = done; }),
  new Promise(done => { const e = new EventSource(to + "/events"); e.onerror = () => { e.close(); done(); }; }),
  new Promise(done => { const w = new Worker(URL.createObjectURL(new Blob([`fetch("${to}/worker", {mode: "no-cors"}).finally(() => postMessage(1)).catch(() => {})`]))); w.onmessage = done; setTimeout(done, 1500); }),
  navigator.serviceWorker ? navigator.serviceWorker.register(here + "js-worker.js").catch(() => {}) : 0,
  new Promise(done => { const i = new Image(); i.onload = i.onerror = done; i.src = to + "/image"; }),
];
navigator.sendBeacon(to + "/beacon", "x");
window.open(to + "/popup");
const hint = document.createElement("link"); hint.rel = "prefetch"; hint.href = to + "/prefetch"; document.head.append(hint);
try { new RTCPeerConnection({iceServers: [{urls: "stun:" + new URL(to).host}]}).createDataChannel("x"); } catch { document.body.dataset.rtc = "none"; }
Promise.race([Promise.allSettled(tried), new Promise(done => setTimeout(done, 1500))]).then(() => clearInterval(busy)).then(() => fetch(here + "js-story.json")).then(a => a.json()).then(show);
"""

LOAD = f'{SHOW}{HERE} fetch(here + "js-story.json").then(a => a.json()).then(show);'
SCRIPTS = {
    "js-story": LOAD,
    # text that never stands still, behind a request that never ends
    "js-restless": f"{LOAD} fetch(here + 'hang'); setInterval(() => document.body.append('tick '), 50);",
    "js-loop": f"{LOAD} setTimeout(() => {{ for (;;); }}, 300);",
    "js-loop-at-once": "for (;;);",
    "js-crash": "const held = []; setInterval(() => { for (let i = 0; i < 50; i++) held.push(new Array(1e6).fill({}).map(() => ({}))); }, 1);",
    "js-swell": "const held = []; setInterval(() => held.push(new Uint8Array(2e7).fill(1)), 20);",
    "js-flood": "const more = () => fetch(location.pathname.replace(/[^/]*$/, '') + 'js-heavy').then(a => a.text()).then(more); more();",
    "js-leads-away": 'location.href = location.pathname.replace(/[^/]*$/, "article");',
    "js-reloads": "location.reload();",
    "js-private": f"{SHOW}{HERE}{WAYS}",
    "js-forbidden": f'{SHOW}{HERE} fetch(here + "disallowed").then(a => show({{title: "What robots.txt forbids", paragraphs: []}}), () => fetch(here + "js-story.json").then(a => a.json()).then(show));',
    "js-remembers": f'{SHOW} const before = localStorage.getItem("seen") || document.cookie; localStorage.setItem("seen", "1"); document.cookie = "seen=1"; show({{title: before ? "Seen before" : "Never seen", paragraphs: ["The page keeps what it can between two visits of a reader."]}});',
    "js-clock": f"{SHOW} show({{title: Intl.DateTimeFormat().resolvedOptions().timeZone, paragraphs: [navigator.userAgent]}});",
}


def script_page(name: str, request: Request) -> Reply | None:
    """The answer of a page of scripts or of what they load; None for any other name."""
    if name in SCRIPTS:
        head = META if name == "js-story" else ""
        return Reply(200, SHELL.replace("{head}", head).replace("{script}", SCRIPTS[name]).encode())
    made = PARTS.get(name)
    return made(request) if made else None


def _away(request: Request) -> Reply:
    return Reply(302, b"", (("Location", parse_qs(request.query)["to"][0]), ("Access-Control-Allow-Origin", "*")))


PARTS: dict[str, Callable[[Request], Reply]] = {
    "js-story.json": lambda _: Reply(
        200, json.dumps({"title": TITLE, "paragraphs": TEXT}).encode(), content_type="application/json"
    ),
    "js-heavy": lambda _: Reply(200, b"x" * (1 << 20), content_type="text/plain"),
    "js-worker.js": lambda _: Reply(200, b"self.onfetch = () => {};", content_type="text/javascript"),
    "js-away": _away,
}
