"""Merkle trees as RFC 6962 and RFC 9162 have them: hashes, roots, proofs of inclusion and of consistency. Pure.

`Node` gives the hash of a whole subtree: `node(level, index)` is the one over the 2**level leaves from `index << level` on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256

Node = Callable[[int, int], bytes]
EMPTY = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """RFC 9162, 2.1.1: a leaf's hash begins with 0x00, so that no node can pass for a leaf."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def subtree(begin: int, end: int, node: Node) -> bytes:
    """The root over the leaves from `begin` up to `end`; `begin` stands where RFC 9162's recursion would split."""
    size = end - begin
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return node(level, begin >> level)
    middle = begin + _split(size)
    return node_hash(subtree(begin, middle, node), subtree(middle, end, node))


def root(size: int, node: Node) -> bytes:
    """The head of the tree over the first `size` leaves."""
    return subtree(0, size, node) if size else EMPTY


def inclusion(index: int, size: int, node: Node) -> list[bytes]:
    """The audit path of a leaf (RFC 9162, 2.1.3.1), lowest first. Raises `ValueError` where the tree does not hold it."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(subtree(middle, end, node))
            end = middle
        else:
            path.append(subtree(begin, middle, node))
            begin = middle
    return path[::-1]


def root_of_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """The head that an audit path leads to (RFC 9162, 2.1.3.2). Raises `ValueError` where its length is wrong."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    at, last, found = index, size - 1, leaf
    for other in path:
        if last == 0:
            raise ValueError("the audit path is too long")
        if at & 1 or at == last:
            found = node_hash(other, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, other)
        at, last = at >> 1, last >> 1
    if last:
        raise ValueError("the audit path is too short")
    return found


def consistency(old: int, new: int, node: Node) -> list[bytes]:
    """That the tree of `old` leaves is the beginning of the one of `new` (RFC 9162, 2.1.4.1)."""
    if not 0 < old <= new:
        raise ValueError(f"no tree of {old} leaves is the beginning of one of {new}")
    return list(_consistency(old, 0, new, node, whole=True)) if old < new else []


def _consistency(old: int, begin: int, end: int, node: Node, *, whole: bool) -> Iterator[bytes]:
    size = end - begin
    if old == size:
        if not whole:
            yield subtree(begin, end, node)
        return
    middle = _split(size)
    if old <= middle:
        yield from _consistency(old, begin, begin + middle, node, whole=whole)
        yield subtree(begin + middle, end, node)
    else:
        yield from _consistency(old - middle, begin + middle, end, node, whole=False)
        yield subtree(begin, begin + middle, node)


def is_consistent(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether a consistency proof holds (RFC 9162, 2.1.4.2)."""
    if old == new:
        return old_root == new_root and not path
    if not 0 < old < new or not path:
        return False
    rest = list(path) if old & (old - 1) else [old_root, *path]
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = rest[0]
    for other in rest[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = node_hash(other, first), node_hash(other, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, other)
        at, last = at >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


class Frontier:
    """The right edge of a growing tree: all that is needed to append and to tell the root."""

    def __init__(self, size: int = 0, node: Node | None = None) -> None:
        self.size = size
        self._edge: list[tuple[int, bytes]] = []  # whole subtrees by level, largest first
        begin = 0
        for level in range(size.bit_length() - 1, -1, -1):
            if size >> level & 1:
                assert node is not None
                self._edge.append((level, node(level, begin >> level)))
                begin += 1 << level

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Append a leaf's hash. Gives the subtrees that it completed: `(level, index, hash)`."""
        done, found, index, level = [(0, self.size, leaf)], leaf, self.size, 0
        while self._edge and self._edge[-1][0] == level:
            found = node_hash(self._edge.pop()[1], found)
            level, index = level + 1, index >> 1
            done.append((level, index, found))
        self._edge.append((level, found))
        self.size += 1
        return done

    def extend(self, leaves: Iterable[bytes]) -> Iterator[tuple[int, int, bytes]]:
        for leaf in leaves:
            yield from self.append(leaf)

    def root(self) -> bytes:
        if not self._edge:
            return EMPTY
        found = self._edge[-1][1]
        for _, left in reversed(self._edge[:-1]):
            found = node_hash(left, found)
        return found
