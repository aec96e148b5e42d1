"""What the generic page object takes off the body before the other readers see it."""

from __future__ import annotations

from crawler.extract import reader
from db.types import Article

PAGE = """<html lang=en><head><title>River closes the lower road</title></head><body><article>
<h1>River closes the lower road</h1>
<p class="first">By Nora Whitlock and Sam Ellery</p>
<p>MILLBROOK, March 3 — The lower road out of Millbrook was closed on Monday after the river rose two metres in a night.</p>
<p>Nora Whitlock, who runs the ferry, said she had not seen such water in forty years of working on the river.</p>
<p>Engineers expect the road to open again on Thursday, once the banks have been looked at by the county's surveyors.</p>
<p>Buses go by the upper road until then, the county said, and take twenty minutes longer than they do by the lower one.</p>
<p>The school at Eastwell stays open, and its pupils are taken there by the ferry, which runs every half hour until six.</p>
<p>Nora Whitlock is a reporter for the Millbrook Courier and covers the county's roads and rivers.</p>
</article></body></html>"""


def test_byline_and_lives_leave_the_body() -> None:
    made = reader.read(PAGE.encode(), "https://courier.example/river")
    assert isinstance(made, Article)
    texts = [block.text for block in made.body]
    assert made.authors == ("Nora Whitlock", "Sam Ellery")
    assert made.dateline is not None
    assert made.dateline.place == "MILLBROOK"
    assert texts[0].startswith("The lower road out of Millbrook")
    assert any(text.startswith("Nora Whitlock, who runs the ferry") for text in texts)
    assert not any("By Nora" in text or "is a reporter" in text for text in texts)
