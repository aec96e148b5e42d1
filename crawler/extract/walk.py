"""Ways through a page's tree from one element on."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.html import HtmlElement


def following(element: HtmlElement, tags: tuple[str, ...]) -> Iterator[HtmlElement]:
    """The elements of these tags after `element` in document order, its own descendants left out, to the end of the body."""
    node: HtmlElement | None = element
    while node is not None and node.tag != "body":
        for sibling in node.itersiblings():
            yield from sibling.iter(tags)
        node = node.getparent()
