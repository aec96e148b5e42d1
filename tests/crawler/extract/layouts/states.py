"""Pages whose story stands in a script's state alone, in the shapes of the common content stores."""

from __future__ import annotations

import json
from typing import Any

from tests.crawler.extract.layouts.case import HEADLINE, P1, STORY, Case

TEASERS = [
    {"type": "teaser", "text": f"Teaser {number} of a story that stands elsewhere and is told in a line or two."}
    for number in range(5)
]


def page(value: Any, script: str = '<script type="application/json">%s</script>') -> str:
    state = json.dumps({"related": TEASERS, "article": value})
    return (
        f'<head><meta charset="utf-8"><title>{HEADLINE}</title><meta property="og:title" content="{HEADLINE}"></head>'
        f'<body><div id="app"></div>{script % state}</body>'
    )


CASES = (
    Case(
        "arc's elements, assigned by a script",
        page(
            {"content_elements": [{"type": "text", "content": text} for text in STORY]},
            "<script>window.Fusion=window.Fusion||{};Fusion.globalContent=%s;Fusion.x=1;</script>",
        ),
    ),
    Case(
        "contentful's rich text",
        page(
            {
                "document": {
                    "nodeType": "document",
                    "content": [
                        {
                            "nodeType": "paragraph",
                            "content": [
                                {"nodeType": "text", "value": text[:20]},
                                {"nodeType": "hyperlink", "content": [{"nodeType": "text", "value": text[20:40]}]},
                                {"nodeType": "text", "value": text[40:]},
                            ],
                        }
                        for text in STORY
                    ],
                }
            }
        ),
    ),
    Case(
        "sanity's portable text",
        page(
            {
                "body": [
                    {"_type": "block", "style": "normal", "children": [{"_type": "span", "text": text}]}
                    for text in STORY
                ]
                + [{"_type": "image", "asset": {"text": P1}}]
            }
        ),
    ),
    Case(
        "editor.js' blocks",
        page(
            {
                "blocks": [
                    {"type": "header", "data": {"text": "The vote", "level": 2}},
                    *(
                        {"type": "paragraph", "data": {"text": text.replace("bridge", "<b>bridge</b>")}}
                        for text in STORY
                    ),
                ]
            }
        ),
        headings=("The vote",),
    ),
    Case(
        "prosemirror's nodes",
        page(
            {
                "doc": {
                    "type": "doc",
                    "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]} for text in STORY],
                }
            },
            "<script>window.__INITIAL_STATE__ = %s</script>",
        ),
    ),
    Case(
        "markup in a string, assigned by a script",
        page(
            {"bodyHtml": "".join(f"<p>{text}</p>" for text in STORY)}, "<script>window.__PRELOADED_STATE__=%s;</script>"
        ),
    ),
)
