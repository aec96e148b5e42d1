"""Which part of the page is the story: the nodes whose pieces are its body."""

from __future__ import annotations

import re

from crawler.extract.bodies.flow import Flow, Piece
from db.types import Role

_SENTENCE = re.compile(r"[.!?…。！？।॥؟։။។:;\"”»’」』)]\s*$")
_DENSE = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
WHOLE = 0.7
"""The share of a node's prose that one child must hold for the choice to go down to it."""
NAMED = 0.35
"""The share of the page's prose that containers named as the story must hold to be taken at their word."""


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


def choose(flow: Flow) -> tuple[frozenset[int], str]:
    """The nodes of the story and how they were found."""
    weights = weigh(flow)
    named = _outermost(flow, [node for node in flow.bodies if weights[node] > 0])
    if named and sum(weights[node] for node in named) >= NAMED * weights[0]:
        return below(flow, _tighten(flow, weights, named)), "named container"
    return below(flow, [_descend(flow, weights, 0)]), "paragraph cluster"


def _tighten(flow: Flow, weights: list[float], named: list[int]) -> list[int]:
    """Named containers that hold next to nothing beside the main one are left out."""
    most = max(weights[node] for node in named)
    return [node for node in named if weights[node] >= 0.05 * most]


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
    while below_it := children.get(node):
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
