# ruff: noqa: E501, UP031 - markup and data as pages have them
"""Layouts of the common content systems."""

from __future__ import annotations

from tests.crawler.extract.layouts.case import FOOTER, HEADLINE, NAV, P1, P2, P3, P4, STORY, TEASERS, Case, paragraphs

LD = (
    '<script type="application/ld+json">{"@context":"https://schema.org","@type":"NewsArticle","headline":"%s",'
    '"datePublished":"2024-05-02T08:15:00+02:00","dateModified":"2024-05-02T11:00:00+02:00",'
    '"author":[{"@type":"Person","name":"Mara Holt"}],"publisher":{"@type":"Organization","name":"The Example"}}</script>'
) % HEADLINE
METAS = f'<meta property="og:title" content="{HEADLINE}"><meta property="article:published_time" content="2024-05-02T08:15:00Z">'
LD_STORY = LD.replace('"author"', '"articleBody":"%s","author"' % " ".join(STORY))
BLOCKS = ",".join('{"type":"paragraph","text":"%s"}' % text for text in STORY)
LD_TIMES = {"published": "2024-05-02T08:15:00+02:00", "modified": "2024-05-02T11:00:00+02:00"}


def head(extra: str = "", title: str = f"{HEADLINE} | The Example") -> str:
    return f'<head><meta charset="utf-8"><title>{title}</title><meta property="og:site_name" content="The Example">{extra}</head>'


CASES = (
    Case(
        "wordpress classic theme",
        f"""{head()}<body class="single-post">{NAV}<div id="content"><div class="post hentry"><h1 class="entry-title">{HEADLINE}</h1>
        <div class="entry-meta">Posted on <a href="/2024/05/02"><time class="entry-date published" datetime="2024-05-02T08:15:00+00:00">May 2,
        2024</time></a> by <span class="author vcard"><a class="url fn n" href="/author/mara">Mara Holt</a></span></div>
        <div class="entry-content">{paragraphs(*STORY)}<div class="sharedaddy"><h3>Share this:</h3><ul><li>Twitter</li></ul></div>
        <div id="jp-relatedposts"><p>Related</p></div></div></div>
        <div id="comments"><h2>2 thoughts on “{HEADLINE}”</h2><div class="comment-body"><p>{"I think the bridge is lovely. " * 9}</p></div></div>
        </div>{FOOTER}</body>""",
        authors=("Mara Holt",),
        published="2024-05-02T08:15:00+00:00",
    ),
    Case(
        "wordpress block theme",
        f"""{head()}<body><main class="wp-block-group"><h1 class="wp-block-post-title">{HEADLINE}</h1><div class="wp-block-post-date">
        <time datetime="2024-05-02T08:15:00+02:00">2 May 2024</time></div><div class="wp-block-post-author"><p class="wp-block-post-author__name">
        Mara Holt</p></div><div class="entry-content wp-block-post-content is-layout-constrained">{paragraphs(P1, P2)}
        <h2 class="wp-block-heading">What comes next</h2>{paragraphs(P3, P4)}<div class="wp-block-buttons"><div class="wp-block-button">
        <a class="wp-block-button__link">Subscribe to our letter</a></div></div></div>
        <div class="wp-block-query"><ul class="wp-block-post-template"><li><h3><a href="/x">Other story of the day</a></h3></li></ul></div></main></body>""",
        authors=("Mara Holt",),
        published="2024-05-02T08:15:00+02:00",
        headings=("What comes next",),
    ),
    Case(
        "drupal",
        f"""{head(LD)}<body><div class="region region-content"><article role="article" class="node node--type-article node--view-mode-full">
        <h1 class="page-title"><span class="field field--name-title">{HEADLINE}</span></h1><div class="node__meta">By Mara Holt</div>
        <div class="node__content"><div class="clearfix text-formatted field field--name-body field--type-text-with-summary field__item">
        {paragraphs(*STORY)}</div><div class="field field--name-field-tags"><div class="field__label">Tags</div><div class="field__items">
        <a href="/tags/bridge">Bridge</a></div></div></div></article></div><div class="region region-sidebar">{TEASERS}</div></body>""",
        authors=("Mara Holt",),
        **LD_TIMES,
    ),
    Case(
        "arc",
        f"""{head(LD)}<body><div id="fusion-app"><header class="b-header"></header><h1 class="b-headline">{HEADLINE}</h1>
        <div class="b-byline"><span class="b-byline__by">By</span> <span class="b-byline__names"><a href="/author/mara">Mara Holt</a></span></div>
        <time class="b-date" datetime="2024-05-02T06:15:00Z">May 2, 2024 at 8:15 a.m. CEST</time>
        <article class="b-article-body"><p class="b-article-body__text">SEAHAVEN, Norway (AP) — {P1}</p>{paragraphs(P2, of="b-article-body__text")}
        <div class="b-ad"><p>Advertisement</p></div><h2 class="b-article-body__interstitial-link"><a href="/other">Storm closes the ferry line</a></h2>
        {paragraphs(P3, P4, of="b-article-body__text")}</article></div></body>""",
        authors=("Mara Holt",),
        place="SEAHAVEN, Norway",
        **LD_TIMES,
    ),
    Case(
        "ghost",
        f"""{head(LD)}<body class="post-template"><main id="gh-main"><article class="gh-article post"><header class="gh-article-header gh-canvas">
        <h1 class="gh-article-title is-title">{HEADLINE}</h1><p class="gh-article-excerpt is-body">Two years of work, a third more money.</p>
        <div class="gh-article-meta"><h4 class="gh-article-author-name"><a href="/author/mara/">Mara Holt</a></h4><div
        class="gh-article-meta-content"><time class="gh-article-meta-date" datetime="2024-05-02">02 May 2024</time><span
        class="gh-article-meta-length"><span class="bull">—</span> 3 min read</span></div></div></header>
        <section class="gh-content gh-canvas is-body">{paragraphs(*STORY)}<div class="kg-card kg-cta-card"><p>Sign up to get more stories.</p></div>
        </section></article><section class="gh-container is-grid"><h2>Read more</h2><div class="gh-feed">{TEASERS}</div></section></main></body>""",
        authors=("Mara Holt",),
        **LD_TIMES,
    ),
    Case(
        "blogger, breaks for paragraphs",
        f"""<head><title>The Example: {HEADLINE}</title></head><body><div class="blog-posts hfeed"><h2 class="date-header"><span>Thursday, May 2,
        2024</span></h2><div class="post hentry"><h3 class="post-title entry-title">{HEADLINE}</h3><div class="post-body entry-content">
        {P1}<br /><br />{P2}<br><br>
        {P3}<br/>
        <br/>{P4}<div style="clear: both;"></div></div><div class="post-footer"><span class="post-author vcard">Posted by <span class="fn"><span
        itemprop="name">Mara Holt</span></span></span> at <abbr class="published" title="2024-05-02T08:15:00+02:00">8:15 AM</abbr></div></div></div>
        </body>""",
        authors=("Mara Holt",),
        published="2024-05-02T08:15:00+02:00",
    ),
    Case(
        "tables of an old site",
        f"""<head><title>The Example - {HEADLINE}</title></head><body><table width="760"><tr><td width="160"><a href="/">Home</a><br><a
        href="/w">World</a></td><td><font size="5"><b>{HEADLINE}</b></font><br><font size="1">May 2, 2024</font><br>By Mara Holt<p>{P1}<p>{P2}
        <p>{P3}<p>{P4}</td></tr></table></body>""",
        published="2024-05-02",
    ),
    Case(
        "next.js, the story in the page's state alone",
        f"""{head(METAS)}
        <body><div id="__next"><div class="spinner"></div></div><script id="__NEXT_DATA__" type="application/json">
        {{"props":{{"pageProps":{{"article":{{"title":"{HEADLINE}","body":"{paragraphs(*STORY)}"}}}}}}}}</script></body>""",
        published="2024-05-02T08:15:00+00:00",
    ),
    Case(
        "next.js, the story as a list of blocks",
        f"""{head(LD)}<body><div id="__next"></div><script id="__NEXT_DATA__" type="application/json">
        {{"props":{{"pageProps":{{"article":{{"title":"{HEADLINE}","content":[{BLOCKS}
        ]}}}}}}}}</script></body>""",
        authors=("Mara Holt",),
        **LD_TIMES,
    ),
    Case(
        "linked data alone",
        f"""{head(LD_STORY)}
        <body><div id="root"></div></body>""",
        authors=("Mara Holt",),
        story=(" ".join(STORY),),
        **LD_TIMES,
    ),
    Case(
        "amp",
        f"""{head(LD)}<body><amp-sidebar id="s"><ul><li>Home</li></ul></amp-sidebar><main><article><header><h1>{HEADLINE}</h1><div class="amp-wp-meta
        amp-wp-byline"><amp-img src="/m.jpg" width="24" height="24"></amp-img><span class="amp-wp-author author vcard">Mara Holt</span></div></header>
        <amp-img src="/bridge.jpg" width="800" height="400"></amp-img><div class="amp-wp-article-content">{paragraphs(P1, P2)}<amp-ad
        width="300"></amp-ad>{paragraphs(P3, P4)}<amp-social-share type="x"></amp-social-share></div></article></main></body>""",
        authors=("Mara Holt",),
        **LD_TIMES,
    ),
    Case(
        "divs for paragraphs",
        f"""{head(LD)}<body><div class="wrap"><h1>{HEADLINE}</h1><div class="zn-body">{paragraphs(*STORY, tag="div", of="zn-body__paragraph")}</div></div>
        <div class="zn-right">{TEASERS}</div></body>""",
        authors=("Mara Holt",),
        **LD_TIMES,
    ),
    Case(
        "spans for paragraphs, names generated",
        f"""{head(LD)}<body><div class="sc-1a2b"><h1 class="sc-9z">{HEADLINE}</h1><div class="sc-77x">{"".join(paragraphs(f"<span class=css-t>{text}</span>", tag="div", of=f"css-k{at}") for at, text in enumerate(STORY))}
        </div></div><div class="sc-aa">{TEASERS}</div></body>""",
        authors=("Mara Holt",),
        **LD_TIMES,
    ),
    Case(
        "joomla",
        f"""{head()}<body><div class="item-page" itemscope itemtype="https://schema.org/Article"><div class="page-header"><h2
        itemprop="headline">{HEADLINE}</h2></div><dl class="article-info muted"><dt class="article-info-term">Details</dt><dd class="createdby"
        itemprop="author" itemscope itemtype="https://schema.org/Person">Written by <span itemprop="name">Mara Holt</span></dd><dd
        class="published"><time datetime="2024-05-02T08:15:00+02:00" itemprop="datePublished">Published: 02 May 2024</time></dd><dd
        class="hits">Hits: 1204</dd></dl><div itemprop="articleBody">{paragraphs(*STORY)}</div><ul class="pager pagenav"><li><a href="/p">Prev</a></li>
        </ul></div></body>""",
        authors=("Mara Holt",),
        published="2024-05-02T08:15:00+02:00",
    ),
    Case(
        "typo3",
        f"""{head()}<body><div class="news news-single"><div class="article" itemscope itemtype="http://schema.org/Article"><div class="header"><h1
        itemprop="headline">{HEADLINE}</h1></div><div class="footer"><p><span class="news-list-date"><time itemprop="datePublished"
        datetime="2024-05-02">02.05.2024</time></span> <span class="news-list-author">by Mara Holt</span></p></div>
        <div class="teaser-text" itemprop="description"><p>Two years of work, a third more money.</p></div><div class="news-text-wrap"
        itemprop="articleBody">{paragraphs(*STORY)}</div></div></div></body>""",
        authors=("Mara Holt",),
        published="2024-05-02",
        deck="Two years of work, a third more money.",
    ),
)
