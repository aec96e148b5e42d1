"""One walk over the page: every run of visible words becomes a piece that knows where it stands.

A stack and no recursion, every element is met once: a page of a hundred thousand elements or ten thousand levels ends
in time proportional to its size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from lxml.html import HtmlElement

from crawler.extract.bodies.patterns import Verdict, verdict
from db.types import Role

_INLINE_TAGS = """
a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark q rb ruby s samp small span strike rp rt
strong sub sup time tt u var wbr nobr bold italic
"""
_INLINE = frozenset(_INLINE_TAGS.split())
_WORDS = frozenset({"a", "abbr", "b", "em", "i", "mark", "q", "strong", "u"})
"""Inside a running text their classes say how they look, not what they are."""
_UNSEEN_TAGS = """
script style noscript template svg iframe object head select textarea datalist button nav footer input form video audio
canvas map dialog embed math link meta source track area amp-ad amp-iframe amp-social-share amp-sidebar menu
label
"""
_UNSEEN = frozenset(_UNSEEN_TAGS.split())
_SHOWN_TO_EYES = frozenset({"div", "p"})
"""Hidden from those who hear the page alone: what is drawn by script, and stories behind a wall that lets some in."""
_INVISIBLE = frozenset({"script", "style", "template", "noscript"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_HOLDERS = frozenset({"body", "html", "main", "article"})
_ROLE = {
    **dict.fromkeys(_HEADINGS, Role.HEADING),
    "blockquote": Role.QUOTE,
    "li": Role.LIST,
    "dd": Role.LIST,
    "dt": Role.LIST,
    "td": Role.LIST,
    "th": Role.LIST,
    "figcaption": Role.CAPTION,
    "caption": Role.CAPTION,
}
_LEAVES = frozenset({"p", "li", "dt", "dd", "td", "th", "tr", "figcaption", "caption", "pre", "summary"}) | _HEADINGS
_TEXTS = _HEADINGS | {"p", "li", "blockquote", "table", "tbody", "tr", "td", "th"}
_PICTURES = frozenset({"img", "amp-img"})
_OWN_WAYS = _UNSEEN | _PICTURES | {"br", "span"}
_PLAIN, _BODY, _CAPTION, _WEAK = Verdict.PLAIN, Verdict.BODY, Verdict.CAPTION, Verdict.WEAK
_TELLING = frozenset({"aria-hidden", "hidden", "itemprop", "role", "style"})
_NEW_WINDOW = re.compile(
    r"\s*\(?(?:opens? in (?:a )?new (?:window|tab)|opens new window|external link"
    r"|öffnet (?:in|im) (?:einem )?neue[nms]+ (?:fenster|tab)|wird in (?:einem )?neue[nm] (?:fenster|tab) geöffnet"
    r"|nouvelle fenêtre|s'ouvre dans|se abre en|abre em nova|opent in)[^)]*+\)?\s*$",
    re.IGNORECASE,
)
_LONG = 80
_SHORT = 90
_ASIDE_ROLES = frozenset(
    {
        "navigation",
        "complementary",
        "contentinfo",
        "search",
        "menu",
        "menubar",
        "toolbar",
        "dialog",
        "alert",
        "tablist",
        "form",
    }
)


@dataclass(slots=True)
class Piece:
    """A run of words. `link` counts the characters inside links, `node` is its place in `Flow.parents`, `at` the time of
    the live entry it stands in.
    """

    role: Role
    text: str
    link: int
    node: int
    tag: str
    at: str | None = None


class Trust(Enum):
    """How far the names of elements are believed that call them hidden or beside the story."""

    FULL = auto()
    SMALL = auto()
    """Not where the element holds several long paragraphs: some pages call the story itself a summary or an embed."""
    NONE = auto()


@dataclass(slots=True)
class Picture:
    """An image met on the walk, with the place it stands in."""

    element: HtmlElement
    node: int
    caption: str | None = None


@dataclass(slots=True)
class Flow:
    """All pieces of a page in reading order. `parents[i]` is the node that holds node `i` (the first holds itself)."""

    pieces: list[Piece] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    parents: list[int] = field(default_factory=lambda: [0])
    tags: list[str] = field(default_factory=lambda: ["html"])
    bodies: list[int] = field(default_factory=list)
    """Nodes that say they hold the story."""
    entries: list[int] = field(default_factory=list)
    """Nodes of live entries."""


@dataclass(slots=True)
class _Frame:
    element: HtmlElement
    children: Iterator[HtmlElement]
    node: int
    role: Role
    linked: bool
    block: bool


class _Walk:
    """The walk's state: the words of the open run, and the flow so far."""

    def __init__(self, entries: Mapping[HtmlElement, str], trust: Trust) -> None:
        self.entries = entries
        self.at: str | None = None
        self.flow = Flow()
        self.trust = trust
        self.words: list[str] = []
        self.link = 0
        self.figures: list[int] = []

    def say(self, text: str | None, linked: bool, /) -> None:
        if text:
            self.words.append(text)
            if linked:
                self.link += len(text)

    def flush(self, node: int, role: Role, tag: str) -> None:
        if not self.words:
            return
        text = " ".join("".join(self.words).split())
        if text:
            self.flow.pieces.append(Piece(role, text, min(self.link, len(text)), node, tag, self.at))
            if role is Role.CAPTION and self.figures:
                self._caption(text)
        self.words.clear()
        self.link = 0

    def _caption(self, text: str) -> None:
        for picture in self.flow.pictures[self.figures[-1] :]:
            if picture.caption is None:
                picture.caption = text

    def node(self, parent: int, tag: str, *, body: bool) -> int:
        flow = self.flow
        flow.parents.append(parent)
        flow.tags.append(tag)
        here = len(flow.parents) - 1
        if body:
            flow.bodies.append(here)
        return here


def walk(root: HtmlElement, *, trust: Trust = Trust.FULL, entries: Mapping[HtmlElement, str] | None = None) -> Flow:
    """The pieces of the page. As far as `trust` goes, what classes and roles call beside the story is passed over.

    `entries` maps the elements of live entries to their times.
    """
    state = _Walk(entries or {}, trust)
    frames = [_Frame(root, iter(root), 0, Role.PARAGRAPH, False, True)]
    state.say(root.text, False)
    while frames:
        frame = frames[-1]
        for child in frame.children:
            entered = _enter(state, frame, child)
            if entered is not None:
                frames.append(entered)
                break
            if tail := child.tail:
                state.say(tail, frame.linked)
        else:
            frames.pop()
            _leave(state, frame)
            if frames:
                state.say(frame.element.tail, frames[-1].linked)
    return state.flow


def _enter(state: _Walk, frame: _Frame, child: HtmlElement) -> _Frame | None:
    """The frame of a child to walk into, or nothing where it is passed over."""
    tag = child.tag
    if (tag in _OWN_WAYS or not isinstance(tag, str)) and _is_done(state, frame, child, tag):
        return None
    said = _PLAIN if tag in _WORDS and state.words else _says(child)
    if (said >= _WEAK or tag == "aside") and child not in state.entries and _drops(state, child, said):
        _pass(state, frame, tag)
        return None
    return _open(state, frame, child, said)


def _is_done(state: _Walk, frame: _Frame, child: HtmlElement, tag: object) -> bool:
    """Whether an element of `_OWN_WAYS` is a break, a picture or nothing that is seen, and is done with here."""
    if tag == "br" or (tag == "span" and _is_break(child)):
        _break(state, frame)
    elif tag in _PICTURES:
        state.flow.pictures.append(Picture(child, frame.node))
    elif not isinstance(tag, str) or (tag in _UNSEEN and not _holds_story(tag, child)):
        _pass(state, frame, tag)
    else:
        return False
    return True


def _pass(state: _Walk, frame: _Frame, tag: object) -> None:
    """Step over an element; where it stands as a block of its own it ends the run of words before it."""
    if tag in _INLINE or tag in _INVISIBLE or not frame.block or frame.element.tag == "p":
        return
    state.flush(frame.node, frame.role, frame.element.tag)


def _open(state: _Walk, frame: _Frame, child: HtmlElement, said: Verdict) -> _Frame | None:
    tag = child.tag
    if said is _CAPTION and not _is_caption(child):
        said = _PLAIN
    if said is not _CAPTION and _is_inline(frame, tag):
        return _run_on(state, frame, child)
    if not (tag in {"td", "th"} and frame.element.tag == "tr"):
        state.flush(frame.node, frame.role, frame.element.tag)
    elif state.words:
        state.words.append(" | ")
    node = frame.node
    entered = bool(state.entries) and child in state.entries
    if entered:
        state.at = state.entries[child]
    if tag not in _LEAVES or entered:
        node = state.node(frame.node, tag, body=said is _BODY)
    if entered:
        state.flow.entries.append(node)
    if tag == "figure":
        state.figures.append(len(state.flow.pictures))
    if text := child.text:
        state.say(text, frame.linked)
    opened = _Frame(child, iter(child), node, _role(frame.role, child, said), frame.linked, True)
    if len(child):
        return opened
    _leave(state, opened)
    return None


def _run_on(state: _Walk, frame: _Frame, child: HtmlElement) -> _Frame | None:
    """The words of an inline element, which run on with those around it; a frame only where it has children."""
    text = child.text
    if text and _NEW_WINDOW.match(text):
        return None
    linked = frame.linked or child.tag == "a"
    state.say(text, linked)
    return _Frame(child, iter(child), frame.node, frame.role, linked, False) if len(child) else None


def _is_inline(frame: _Frame, tag: str) -> bool:
    """Whether an element runs on with the words around it; one of a name of its own does so inside a paragraph."""
    return tag in _INLINE or ("-" in tag and (not frame.block or frame.element.tag in _LEAVES))


def _role(outer: Role, element: HtmlElement, said: Verdict) -> Role:
    """The role of the words in an element, from the one around it."""
    tag = element.tag
    if outer is Role.CAPTION or said is _CAPTION:
        return Role.CAPTION
    own = _ROLE.get(tag)
    if own is None:
        return outer
    if outer is Role.QUOTE and own is not Role.CAPTION:
        return outer
    if own is Role.LIST and len(element) and sum(1 for _ in element.iter("p")) > 2:
        return outer
    return own


def _leave(state: _Walk, frame: _Frame) -> None:
    tag = frame.element.tag
    if frame.block and tag not in {"td", "th"}:
        state.flush(frame.node, frame.role if tag != "tr" else Role.LIST, tag)
    if tag == "figure":
        state.figures.pop()
    if state.at is not None and frame.element in state.entries:
        state.at = None


def _break(state: _Walk, frame: _Frame) -> None:
    """A `<br>`: a space, or where another one stands right before it the end of a paragraph."""
    for words in reversed(state.words):
        if words == "\n":
            state.flush(frame.node, frame.role, frame.element.tag)
            return
        if words.strip():
            break
    state.words.append("\n")


def _is_break(element: HtmlElement) -> bool:
    """An empty span that is styled as a line break."""
    return not element.text and not len(element) and "br" in element.get("class", "").split()


def _says(element: HtmlElement) -> Verdict:
    """What the attributes of an element say about it."""
    names = element.keys()
    if not names:
        return _PLAIN
    if not _TELLING.isdisjoint(names):
        told = _told(element, names)
        if told is not None:
            return told
    get = element.get
    listed = f"{get('class', '')} {get('id', '')}".strip()
    return verdict(listed) if listed else _PLAIN


def _told(element: HtmlElement, names: list[str]) -> Verdict | None:
    """What the attributes beside class and id say, nothing where they say nothing."""
    get = element.get
    if "hidden" in names or (
        "aria-hidden" in names and get("aria-hidden") == "true" and element.tag not in _SHOWN_TO_EYES
    ):
        return Verdict.HIDDEN
    if "style" in names and (
        "display:none" in (tight := get("style").replace(" ", "").lower()) or "visibility:hidden" in tight
    ):
        return Verdict.HIDDEN
    if "itemprop" in names:
        prop = get("itemprop")
        if "articleBody" in prop:
            return Verdict.BODY
        if prop == "caption":
            return Verdict.CAPTION
    if "role" in names and get("role") in _ASIDE_ROLES:
        return Verdict.ASIDE
    return None


def _drops(state: _Walk, element: HtmlElement, said: Verdict) -> bool:
    """Whether an element beside the story is passed over: never where the headline or a story is inside."""
    tag = element.tag
    if said is Verdict.HIDDEN:
        return state.trust is Trust.FULL or not _is_story(element)
    if tag in _HOLDERS or state.trust is Trust.NONE:
        return False
    if state.trust is Trust.SMALL and _is_story(element):
        return False
    if said is Verdict.WEAK and tag in _TEXTS:
        return tag in {"p", "li"} and len(element.text_content().strip()) < _SHORT
    if tag != "aside" and next(element.iter("h1", "article"), None) is not None:
        return False
    return said is not Verdict.WEAK or not _is_story(element)


def _is_story(element: HtmlElement) -> bool:
    """Whether something that is called beside the story holds one: a named container, or several long paragraphs."""
    long = 0
    for inner in element.iter("p", "div", "section"):
        if inner.tag == "p":
            long += len(inner.text or "") >= _LONG
        elif (names := inner.get("class")) and verdict(names) is Verdict.BODY:
            return True
    return long >= 3


def _is_caption(element: HtmlElement) -> bool:
    """Whether what is called a caption is one: a page or a teaser with a picture is called so too."""
    return element.tag not in _HOLDERS and sum(1 for _ in element.iter("p", "h1", "h2", "h3")) < 3


def _holds_story(tag: str, element: HtmlElement) -> bool:
    """A form can wrap a whole page of an old content system, and a button a picture that opens a gallery."""
    if tag == "button":
        return next(element.iter("figcaption"), None) is not None
    return tag == "form" and next(element.iter("h1", "article"), None) is not None
