# ruff: noqa: E501 - markup as pages have it
"""Odd pages: other scripts and calendars, headings in the wrong place, bylines and datelines where nobody looks, bad markup."""

from __future__ import annotations

from tests.crawler.extract.layouts.case import FOOTER, HEADLINE, NAV, P1, P2, P3, P4, STORY, TEASERS, Case, paragraphs

ZH = (
    "【本报讯】市议会星期二表决通过重建旧桥，该桥在去年冬天的洪水之后一直关闭，居民只能绕行三十公里。",
    "工程师表示，工程将历时约两年，耗资四千万元，比春天的计划多出三分之一，资金由省政府和港务局共同承担。",
    "渔民此前担心失去泊位，对表决结果表示欢迎，市长承诺在秋天之前为他们修建一座专用码头，并减免一年的费用。",
)
JA = (
    "港町の議会は火曜日、昨冬の洪水の後に閉鎖された古い橋を再建することを賛成多数で可決した。住民は三十キロの迂回を強いられている。",
    "技術者によると、工事には約二年かかり、費用は四千万円で、春の計画より三分の一多いという。県と港湾局が負担する。",
    "係留場所を失うことを恐れていた漁師たちは採決を歓迎し、市長は秋までに専用の桟橋を作ると約束した。",
)
AR = (
    "صوت مجلس مدينة الميناء يوم الثلاثاء على إعادة بناء الجسر القديم الذي أغلق بعد فيضان الشتاء الماضي.",
    "وقال المهندسون إن العمل سيستغرق نحو عامين وسيكلف أربعين مليونا، أي أكثر بالثلث مما كان مخططا له في الربيع.",
    "ورحب الصيادون بالتصويت بعد أن كانوا يخشون على مراسيهم، ووعدهم رئيس البلدية برصيف خاص بهم قبل الخريف.",
)
FA = (
    "شورای شهر بندری روز سه‌شنبه رأی داد که پل قدیمی که پس از سیل زمستان گذشته بسته شده بود بازسازی شود.",
    "مهندسان گفتند این کار حدود دو سال طول می‌کشد و چهل میلیون هزینه دارد که یک سوم بیشتر از برنامهٔ بهار است.",
    "ماهیگیران که نگران اسکله‌های خود بودند از این رأی استقبال کردند و شهردار به آنها وعدهٔ اسکلهٔ تازه داد.",
)
TH = (
    "สภาเมืองท่าลงมติเมื่อวันอังคารให้สร้างสะพานเก่าขึ้นใหม่ หลังจากที่ปิดไปเพราะน้ำท่วมเมื่อฤดูหนาวที่ผ่านมา",
    "วิศวกรกล่าวว่างานนี้จะใช้เวลาประมาณสองปีและใช้งบประมาณสี่สิบล้านบาท ซึ่งมากกว่าแผนเดิมหนึ่งในสาม",
    "ชาวประมงที่กังวลเรื่องที่จอดเรือยินดีกับมตินี้ และนายกเทศมนตรีสัญญาว่าจะสร้างท่าเรือให้ภายในฤดูใบไม้ร่วง",
)


def page(body: str, title: str = f"{HEADLINE} - The Example", head: str = "") -> str:
    return f'<head><meta charset="utf-8"><title>{title}</title>{head}</head><body>{body}</body>'


CASES = (
    Case(
        "the heading of the first rank is the logo",
        page(f"""<header><h1 class="logo"><a href="/"><img src="/l.png" alt="The Example">The Example</a></h1></header>{NAV}<article><h2
        class="article-title">{HEADLINE}</h2><p class="byline">By <b>Mara Holt</b></p>{paragraphs(*STORY)}</article>{FOOTER}"""),
        authors=("Mara Holt",),
    ),
    Case(
        "two headings of the first rank, the section's first",
        page(f"""<div class="section-head"><h1>World</h1></div><article><h1>{HEADLINE}</h1><div class="author-name">Mara Holt</div>
        {paragraphs(*STORY)}</article>"""),
        authors=("Mara Holt",),
    ),
    Case(
        "headings of the first rank in the teasers too",
        page(f"""<article class="main"><h1>{HEADLINE}</h1>{paragraphs(*STORY)}</article><section class="more"><article><h1><a
        href="/a">Cat found on the roof of the hall</a></h1></article><article><h1><a href="/b">Market moves to the quay</a></h1></article></section>"""),
    ),
    Case(
        "a kicker inside the heading",
        page(f"""<article><h1><span class="kicker">Floods</span> {HEADLINE}</h1>{paragraphs(*STORY)}</article>"""),
    ),
    Case(
        "a live badge glued to the heading",
        page(f"""<article><h1><span class="badge-live">Live</span>{HEADLINE}</h1>{paragraphs(*STORY)}</article>"""),
    ),
    Case(
        "doubly escaped, with a hidden prefix",
        page(
            f"""<article><h1><span class="visually-hidden">Article: </span>Town &amp;amp; harbour agree on the old bridge</h1>{paragraphs(*STORY)}
        </article>""",
            title="Town &amp;amp; harbour agree on the old bridge",
        ),
        headline="Town & harbour agree on the old bridge",
    ),
    Case(
        "the byline at the end of the story",
        page(f"""<article><h1>{HEADLINE}</h1><div class="text">{paragraphs(*STORY)}<p><em>Reporting by Mara Holt in Seahaven and Jon Reyes in
        Oslo; editing by Ana Lind</em></p></div></article>"""),
        authors=("Mara Holt", "Jon Reyes"),
        story=(*STORY, "Reporting by Mara Holt in Seahaven and Jon Reyes in Oslo; editing by Ana Lind"),
    ),
    Case(
        "the byline before the headline",
        page(f"""<article><div class="article-byline"><a rel="author" href="/staff/mara">Mara Holt</a></div><h1>{HEADLINE}</h1>
        {paragraphs(*STORY)}</article>"""),
        authors=("Mara Holt",),
    ),
    Case(
        "two authors and a role in one line",
        page(
            f"""<article><h1>{HEADLINE}</h1><p class="byline">By Mara Holt and Jon Reyes, Political Correspondents</p>{paragraphs(*STORY)}</article>"""
        ),
        authors=("Mara Holt", "Jon Reyes"),
    ),
    Case(
        "an agency signs",
        page(f"""<article><h1>{HEADLINE}</h1><p class="byline">Reuters</p><div class="body"><p>SEAHAVEN, May 2 (Reuters) - {P1}</p>
        {paragraphs(P2, P3, P4)}</div></article>"""),
        authors=("Reuters",),
        place="SEAHAVEN",
    ),
    Case(
        "the place in an element of its own",
        page(
            f"""<article><h1>{HEADLINE}</h1><div class="story"><span class="dateline">OSLO —</span>{paragraphs(*STORY)}</div></article>"""
        ),
        place="OSLO",
    ),
    Case(
        "the place in bold in the first paragraph",
        page(
            f"""<article><h1>{HEADLINE}</h1><div class="story"><p><strong>OSLO</strong> – {P1}</p>{paragraphs(P2, P3, P4)}</div></article>"""
        ),
        place="OSLO",
    ),
    Case(
        "the time line with an update",
        page(f"""<article><h1>{HEADLINE}</h1><div class="meta"><span class="date">Published 2 May 2024, 8:15 am GMT</span> <span
        class="date">Updated 2 May 2024, 11:00 am GMT</span></div>{paragraphs(*STORY)}</article>"""),
        published="2024-05-02T08:15:00+00:00",
        modified="2024-05-02T11:00:00+00:00",
    ),
    Case(
        "a correction at the end",
        page(f"""<article><h1>{HEADLINE}</h1>{paragraphs(*STORY)}<p class="correction">Correction: An earlier version of this article misstated
        the year in which the bridge was built.</p></article>"""),
        notices=("Correction: An earlier version of this article misstated the year in which the bridge was built.",),
    ),
    Case(
        "boxes between the paragraphs",
        page(f"""<article><h1>{HEADLINE}</h1><div class="article-body"><p>{P1}</p><div class="newsletter-signup"><h4>Our letter</h4><p>Get the news
        by mail every morning, free of charge, wherever you are.</p><form><input type="email"></form></div><p>{P2}</p><aside class="related"><h3>Related</h3>
        <ul><li><a href="/x">Storm closes the ferry line for a week</a></li></ul></aside><p>{P3}</p><p><a href="/y">READ MORE: Ferry line
        reopens after the storm</a></p><p>{P4}</p><div class="author-bio"><p>Mara Holt writes about harbours.</p></div></div></article>"""),
    ),
    Case(
        "a figure, a list, a quotation and a heading",
        page(f"""<article><h1>{HEADLINE}</h1><div class="article-body"><figure><img src="/b.jpg"><figcaption>The old bridge in March. Photo: Ana
        Lind</figcaption></figure><p>{P1}</p><h2>The cost</h2><ul><li>Two years of work on the piers and the deck</li><li>Forty million in
        all, a third more than planned</li></ul><blockquote><p>“We have waited long enough for this bridge,” the mayor said.</p></blockquote><p>{P2}</p>
        </div></article>"""),
        story=(
            P1,
            "Two years of work on the piers and the deck",
            "Forty million in all, a third more than planned",
            "“We have waited long enough for this bridge,” the mayor said.",
            P2,
        ),
        headings=("The cost",),
        captions=("The old bridge in March. Photo: Ana Lind",),
    ),
    Case(
        "everything unclosed",
        f"<title>{HEADLINE}</title><body><div class=main><h1>{HEADLINE}</h1><p>{P1}<p>{P2}<div><p>{P3}<p>{P4}",
    ),
    Case(
        "a page in a form, as old servers write it",
        page(
            f"""<form id="aspnetForm" action="/p.aspx"><div id="ctl00_main"><h1 id="ctl00_title">{HEADLINE}</h1><span id="ctl00_lblDate">02/05/2024
        08:15</span><div id="ctl00_divBody">{paragraphs(*STORY)}</div></div></form>""",
            title=HEADLINE,
        ),
        url="https://www.news.co.uk/story.aspx?id=4",
        published="2024-05-02T08:15:00+01:00",
    ),
    Case(
        "paragraphs as headings of the fourth rank between teasers",
        page(
            f"""<main><h1>{HEADLINE}</h1>{TEASERS}<div class="article__content">{paragraphs(*STORY)}</div>{TEASERS}</main>"""
        ),
    ),
    Case(
        "chinese, without spaces",
        f"""<head><meta charset="utf-8"><title>港口城市表决重建旧桥_新闻_例报网</title></head><body><div class="article"><h1>港口城市表决重建旧桥</h1><div
        class="info"><span>2024年05月02日 08:15</span> <span>来源：例报</span> <span>记者 王小明</span></div><div id="content">{paragraphs(*ZH)}
        </div><div class="editor">责任编辑：李华</div></div></body>""",
        headline="港口城市表决重建旧桥",
        authors=("王小明",),
        published="2024-05-02T08:15:00+08:00",
        story=ZH,
        lang="zh-CN",
        url="https://www.example.cn/a/b.html",
    ),
    Case(
        "japanese, with an era's year",
        f"""<head><meta charset="utf-8"><title>港町、古い橋を再建へ｜例日新聞</title></head><body><article><h1>港町、古い橋を再建へ</h1><p class="date">令和6年5月2日 8時15分</p>
        {paragraphs(*JA)}</article></body>""",
        headline="港町、古い橋を再建へ",
        published="2024-05-02T08:15:00+09:00",
        story=JA,
        lang="ja",
        url="https://www.example.jp/a",
    ),
    Case(
        "arabic, from right to left, with a hijri year",
        f"""<head><meta charset="utf-8"><title>مدينة الميناء تصوت على إعادة بناء جسرها | المثال</title></head><body><article><h1>مدينة الميناء تصوت على إعادة بناء جسرها</h1>
        <div class="date">23 شوال 1445 هـ</div>{paragraphs(*AR)}</article></body>""",
        headline="مدينة الميناء تصوت على إعادة بناء جسرها",
        published="2024-05-02",
        story=AR,
        lang="ar",
        url="https://www.example.sa/a",
    ),
    Case(
        "persian, with its own calendar",
        f"""<head><meta charset="utf-8"><title>شهر بندری پل قدیمی را بازسازی می‌کند - نمونه</title></head><body><article><h1>شهر بندری پل قدیمی را بازسازی می‌کند</h1>
        <div class="news-date">۱۳ اردیبهشت ۱۴۰۳ - ۰۸:۱۵</div>{paragraphs(*FA)}</article></body>""",
        headline="شهر بندری پل قدیمی را بازسازی می‌کند",
        published="2024-05-02T08:15:00+03:30",
        story=FA,
        lang="fa",
        url="https://www.example.ir/a",
    ),
    Case(
        "thai, with a buddhist year",
        f"""<head><meta charset="utf-8"><title>เมืองท่าลงมติสร้างสะพานเก่าใหม่ - ตัวอย่าง</title></head><body><article><h1>เมืองท่าลงมติสร้างสะพานเก่าใหม่</h1>
        <div class="date">2 พฤษภาคม 2567 เวลา 08:15 น.</div>{paragraphs(*TH)}</article></body>""",
        headline="เมืองท่าลงมติสร้างสะพานเก่าใหม่",
        published="2024-05-02T08:15:00+07:00",
        story=TH,
        lang="th",
        url="https://www.example.co.th/a",
    ),
    Case(
        "a live blog",
        page(
            "<article><h1>Storm closes the ferry line: live updates</h1>"
            + "".join(
                f'<div class="live-post"><time datetime="2024-05-02T0{hour}:15:00Z">0{hour}:15</time><h3>Entry {hour} of the day</h3><p>{text}</p></div>'
                for hour, text in zip((9, 8, 7), STORY, strict=False)
            )
            + "</article>",
            title="Storm closes the ferry line: live updates",
        ),
        headline="Storm closes the ferry line: live updates",
        story=STORY[:3],
        page_type="live",
        headings=("Entry 9 of the day", "Entry 8 of the day", "Entry 7 of the day"),
        url="https://www.news.example/live/storm",
    ),
)
