"""Which part of the page is the story: the nodes whose pieces are its body."""

from __future__ import annotations

import re

from crawler.extract.bodies.flow import Flow, Piece
from db.types import Role

_SENTENCE = re.compile(r"[.!?…。！？।॥؟։။။:;\"”»’」』)]\s*$")
_DENSE = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
WHOLE = 0.8
"""The share of a node's prose that one child must hold for the choice to go down to it."""
NAMED = 0.35
"""The share of the page's prose that containers named as the story must hold to be taken at their word."""
TOLD = 80
"""The prose in paragraphs right inside a node that makes it the story's own, however much its children hold."""
CLOSER = 0.9
"""The share of a named container's prose that one inside it must hold to stand for it."""
OWN = 300
"""The prose an `<article>` with the headline inside must hold to be the story, whatever else stands on the page."""


def width(text: str) -> int:
    """The length of a text in Latin letters: a Chinese, Japanese, Korean or Thai character counts for more."""
    if text.isascii():
        return len(text)
    return len(text) + 2 * len(_DENSE.findall(text))


def prose(piece: Piece) -> float:
    """How much a piece weighs as running text of a story."""
    if piece.role in {Role.HEADING, Role.CAPTION}:
        return 0.0
    size = width(piece.text)
    own = size * (1 - piece.link / max(len(piece.text), 1))
    if own < 40:
        return 0.0
    if size < 80 and not _SENTENCE.search(piece.text):
        return 0.0
    return own * (0.4 if piece.role is Role.LIST else 1.0)


def weigh(flow: Flow) -> list[float]:
    """The prose below every node."""
    weights = [0.0] * len(flow.parents)
    for piece in flow.pieces:
        weights[piece.node] += prose(piece)
    for node in range(len(weights) - 1, 0, -1):
        weights[flow.parents[node]] += weights[node]
    return weights


def choose(flow: Flow, headline: str | None) -> tuple[frozenset[int], str]:
    """The nodes of the story and how they were found."""
    weights = weigh(flow)
    start = _own_article(flow, weights, _title(flow, headline))
    nodes, source = _container(flow, weights, start)
    if flow.entries:
        return nodes | below(flow, flow.entries), "live entries"
    return nodes, source


def _container(flow: Flow, weights: list[float], start: int) -> tuple[frozenset[int], str]:
    inside = below(flow, [start])
    named = _outermost(flow, [node for node in flow.bodies if weights[node] > 0 and node in inside])
    named = _same_article(flow, weights, named)
    if named and sum(weights[node] for node in named) >= NAMED * weights[start]:
        return below(flow, _tighten(weights, _inner(flow, weights, named))), "named container"
    return below(flow, [_descend(flow, weights, start)]), "paragraph cluster"


def _title(flow: Flow, headline: str | None) -> int | None:
    """The node the headline stands in: its very words, else a heading that holds them, else the first `<h1>`."""
    first = within = None
    for piece in flow.pieces:
        if piece.text == headline and piece.link < len(piece.text):
            return piece.node
        if piece.role is not Role.HEADING:
            continue
        if within is None and headline and len(headline) > 15 and headline in piece.text:
            within = piece.node
        if first is None and piece.tag == "h1":
            first = piece.node
    return within if within is not None else first


def _own_article(flow: Flow, weights: list[float], title: int | None) -> int:
    """The `<article>` the headline stands in, where it holds a story, else the whole page."""
    node = title or 0
    while node:
        if flow.tags[node] == "article" and weights[node] >= OWN:
            return node
        node = flow.parents[node]
    return 0


def _article_of(flow: Flow, node: int) -> int:
    """The `<article>` around a node, 0 where there is none."""
    while node and flow.tags[node] != "article":
        node = flow.parents[node]
    return node


def _same_article(flow: Flow, weights: list[float], named: list[int]) -> list[int]:
    """Of containers in several articles those of the first one that holds a story: the next ones are other stories."""
    groups: dict[int, list[int]] = {}
    for node in named:
        groups.setdefault(_article_of(flow, node), []).append(node)
    if len(groups) < 2:
        return named
    for article, nodes in groups.items():
        if article and sum(weights[node] for node in nodes) >= OWN:
            return nodes
    return named


def _inner(flow: Flow, weights: list[float], named: list[int]) -> list[int]:
    """The containers inside the named ones, where those hold nearly all: `article-content` around `article-body`."""
    chosen = []
    for node in named:
        inside = below(flow, [node])
        closer = _outermost(
            flow, [inner for inner in flow.bodies if inner in inside and inner != node and weights[inner] > 0]
        )
        if len(closer) == 1 and weights[closer[0]] >= CLOSER * weights[node]:
            chosen += _inner(flow, weights, closer)
        else:
            chosen.append(node)
    return chosen


def _tighten(weights: list[float], named: list[int]) -> list[int]:
    """Named containers that hold next to nothing beside the main one are left out."""
    most = max(weights[node] for node in named)
    return [node for node in named if weights[node] >= 0.02 * most]


def _outermost(flow: Flow, nodes: list[int]) -> list[int]:
    """The nodes that stand in none of the others."""
    chosen: set[int] = set()
    for node in nodes:
        up = flow.parents[node]
        while up and up not in chosen:
            up = flow.parents[up]
        if up not in chosen:
            chosen.add(node)
    return sorted(chosen)


def _descend(flow: Flow, weights: list[float], node: int) -> int:
    """The lowest node that still holds nearly all prose of the nodes above it."""
    children: dict[int, list[int]] = {}
    for child in range(1, len(flow.parents)):
        children.setdefault(flow.parents[child], []).append(child)
    direct = [0.0] * len(flow.parents)
    for piece in flow.pieces:
        if piece.role is Role.PARAGRAPH and piece.tag == "p":
            direct[piece.node] += prose(piece)
    while (below_it := children.get(node)) and direct[node] < TOLD:
        best = max(below_it, key=weights.__getitem__)
        if weights[best] < WHOLE * weights[node] or not weights[best]:
            break
        node = best
    return node


def below(flow: Flow, nodes: list[int]) -> frozenset[int]:
    """All nodes inside the given ones, themselves included."""
    inside = set(nodes)
    for child in range(1, len(flow.parents)):
        if flow.parents[child] in inside:
            inside.add(child)
    return frozenset(inside)
