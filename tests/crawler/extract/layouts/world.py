# ruff: noqa: E501 - markup and scripts as pages have them
"""Pages of newsrooms the world over: their scripts, calendars, bylines, place lines, and what they put between paragraphs."""

from __future__ import annotations

from tests.crawler.extract.layouts.case import FOOTER, HEADLINE, P1, P2, P3, P4, STORY, TEASERS, Case, paragraphs
from tests.crawler.extract.layouts.odd import AR, JA, TH, ZH, page

KO = (
    "항구 도시 의회는 화요일 지난겨울 홍수 이후 폐쇄된 옛 다리를 다시 짓기로 표결했다고 밝혔다.",
    "기술자들은 공사에 약 2년이 걸리고 비용은 4천만 원으로 봄 계획보다 3분의 1이 늘었다고 말했다.",
    "계류장을 잃을까 걱정하던 어민들은 표결을 환영했고 시장은 가을까지 전용 부두를 약속했다.",
)
HE = (
    "מועצת עיר הנמל הצביעה ביום שלישי בעד בנייה מחדש של הגשר הישן, שנסגר לאחר השיטפון של החורף האחרון.",
    "המהנדסים אמרו כי העבודה תימשך כשנתיים ותעלה ארבעים מיליון, שליש יותר ממה שתוכנן באביב.",
    "הדייגים שחששו למעגנים שלהם בירכו על ההצבעה, וראש העיר הבטיח להם רציף משלהם עד הסתיו.",
)
HI = (
    "बंदरगाह नगर की परिषद ने मंगलवार को पुराने पुल को फिर से बनाने के पक्ष में मतदान किया, जो पिछली सर्दी की बाढ़ के बाद बंद था।",
    "इंजीनियरों ने कहा कि काम में लगभग दो साल लगेंगे और चार करोड़ रुपये खर्च होंगे, जो वसंत की योजना से एक तिहाई अधिक है।",
    "मछुआरों ने मतदान का स्वागत किया और महापौर ने उन्हें शरद ऋतु तक अपना घाट देने का वादा किया।",
)
EL = (
    "Το συμβούλιο της πόλης του λιμανιού ψήφισε την Τρίτη να ξαναχτίσει την παλιά γέφυρα, που έκλεισε μετά την πλημμύρα.",
    "Οι μηχανικοί είπαν ότι τα έργα θα διαρκέσουν περίπου δύο χρόνια και θα κοστίσουν σαράντα εκατομμύρια.",
    "Οι ψαράδες που φοβούνταν για τις θέσεις τους χαιρέτισαν την ψηφοφορία και ο δήμαρχος τούς υποσχέθηκε δική τους προβλήτα.",
)
RU = (
    "Совет портового города во вторник проголосовал за восстановление старого моста, закрытого после зимнего паводка.",
    "Инженеры сообщили, что работы займут около двух лет и обойдутся в сорок миллионов, на треть больше плана.",
    "Рыбаки, опасавшиеся за свои причалы, приветствовали решение, а мэр пообещал им отдельный пирс к осени.",
)
TR = (
    "Liman kentinin meclisi salı günü, geçen kışki selden sonra kapatılan eski köprünün yeniden yapılması için oy kullandı.",
    "Mühendisler çalışmaların yaklaşık iki yıl süreceğini ve kırk milyona mal olacağını, bunun plandan üçte bir fazla olduğunu söyledi.",
    "Bağlama yerlerinden endişe eden balıkçılar oylamayı memnuniyetle karşıladı, başkan da onlara sonbahara kadar iskele sözü verdi.",
)
PT = (
    "A câmara da cidade portuária votou na terça-feira a reconstrução da ponte velha, fechada depois da cheia do inverno passado.",
    "Os engenheiros disseram que a obra levará cerca de dois anos e custará 40 milhões, um terço mais do que estava previsto.",
    "Os pescadores que temiam pelos seus lugares saudaram o voto, e o presidente prometeu-lhes um cais próprio até ao outono.",
)
ES = (
    "El ayuntamiento de la ciudad portuaria votó el martes la reconstrucción del puente viejo, cerrado tras la riada del invierno.",
    "Los ingenieros dijeron que la obra durará unos dos años y costará 40 millones, un tercio más de lo previsto en primavera.",
    "Los pescadores que temían por sus amarres saludaron el voto, y la alcaldesa les prometió un muelle propio para el otoño.",
)
DE = (
    "Der Rat der Hafenstadt hat am Dienstag beschlossen, die alte Brücke neu zu bauen, die seit der Flut des Winters gesperrt ist.",
    "Die Arbeiten dauern nach Angaben der Ingenieure etwa zwei Jahre und kosten 40 Millionen, ein Drittel mehr als geplant.",
    "Die Fischer, die um ihre Liegeplätze gefürchtet hatten, begrüßten den Beschluss; bis zum Herbst sollen sie einen Steg bekommen.",
)
FR = (
    "Le conseil de la ville portuaire a voté mardi la reconstruction du vieux pont, fermé depuis la crue de l'hiver dernier.",
    "Les ingénieurs ont dit que les travaux dureraient environ deux ans et coûteraient 40 millions, un tiers de plus que prévu.",
    "Les pêcheurs qui craignaient pour leurs places ont salué le vote, et la maire leur a promis un quai avant l'automne.",
)

CASES = (
    Case(
        "substack",
        page(
            f"""<div id="main"><article class="typography newsletter-post post"><div class="post-header"><h1 class="post-title published">{HEADLINE}</h1>
        <h3 class="subtitle">What the vote means for the islands beyond the sound</h3><div class="byline-wrapper"><a href="https://substack.com/@mara">Mara Holt</a>
        <div>May 02, 2024</div></div><div class="post-ufi"><a class="like">12</a><a>3</a><div>Share</div></div></div>
        <div class="available-content"><div class="body markup">{paragraphs(P1, P2)}<div class="subscription-widget-wrap"><div class="subscription-widget"><div
        class="preamble"><p class="cta-caption">Harbour Notes is a reader-supported publication. To receive new posts, consider becoming a subscriber.</p></div></div></div>
        {paragraphs(P3, P4)}</div></div></article></div>"""
        ),
        authors=("Mara Holt",),
        published="2024-05-02",
        deck="What the vote means for the islands beyond the sound",
    ),
    Case(
        "blogger with breaks for paragraphs",
        page(
            f"""<div class="blog-posts hfeed"><div class="date-outer"><h2 class="date-header"><span>Thursday, May 2, 2024</span></h2><div class="post hentry">
        <h3 class="post-title entry-title">{HEADLINE}</h3><div class="post-body entry-content">{"<br /><br />".join(STORY)}<div style="clear: both;"></div></div>
        <div class="post-footer"><span class="post-author vcard">Posted by <span class="fn">Mara Holt</span></span> at <abbr class="published" title="2024-05-02T08:15:00+02:00">8:15 AM</abbr></div>
        </div></div></div><div class="sidebar">{TEASERS}</div>"""
        ),
        authors=("Mara Holt",),
        published="2024-05-02T08:15:00+02:00",
    ),
    Case(
        "chinese portal",
        page(
            f"""<div class="path"><a href="/">首页</a> &gt; <a href="/gn">国内</a> &gt; 正文</div><h1>港城表决通过重建旧桥</h1><div class="info"><span>2024年05月02日 08:15</span>
        <span>来源：新海日报</span><span>作者：李明</span><a>分享到</a></div><div class="content" id="zoom">{paragraphs(*(f"　　{t}" for t in ZH[1:]))}<p
        style="text-align:right">（责任编辑：王芳）</p></div><div class="comment">网友评论</div>""",
            title="港城表决通过重建旧桥_新海网",
        ),
        headline="港城表决通过重建旧桥",
        authors=("李明",),
        published="2024-05-02T08:15:00+08:00",
        story=ZH[1:],
        lang="zh-CN",
        url="https://www.xinhai.example/gn/20240502/1.html",
    ),
    Case(
        "korean portal",
        page(
            f"""<div id="article-head"><h1 class="tit_view">항구 도시, 옛 다리 재건 표결</h1><span class="info_view"><span class="txt_info">김민수 기자</span>
        <span class="txt_info">입력 <span class="num_date">2024. 5. 2. 08:15</span></span></span></div><div class="article_view"><section dmcf-sid="x">
        <figure><img src="/b.jpg"><figcaption>화요일 항구의 옛 다리 모습</figcaption></figure><p>(부산=연합뉴스) 김민수 기자 = {KO[0]}</p>{paragraphs(*KO[1:])}
        <p>minsu@news.example</p><p>Copyright ⓒ 새바다일보. 무단전재 및 재배포 금지.</p></section></div>""",
            title="항구 도시, 옛 다리 재건 표결 | 새바다일보",
        ),
        headline="항구 도시, 옛 다리 재건 표결",
        authors=("김민수",),
        published="2024-05-02T08:15:00+09:00",
        place="부산",
        story=KO,
        captions=("화요일 항구의 옛 다리 모습",),
        lang="ko",
    ),
    Case(
        "hebrew, the time before the author",
        page(
            f"""<article><h1>עיר הנמל תבנה מחדש את הגשר הישן</h1><h2 class="sub">הדייגים יקבלו רציף משלהם עד הסתיו</h2><div class="details-row"><span>02.05.24, 08:15</span> |
        <span class="author">מאת: דנה לוי</span></div>{paragraphs(*HE)}<p><strong>קראו עוד:</strong> <a href="/x">השוק עובר לרציף הצפוני</a></p></article>""",
            title="עיר הנמל תבנה מחדש את הגשר הישן - הדוגמה",
        ),
        headline="עיר הנמל תבנה מחדש את הגשר הישן",
        authors=("דנה לוי",),
        published="2024-05-02T08:15:00+03:00",
        story=HE,
        lang="he",
    ),
    Case(
        "hindi, the place in the story and a link between its paragraphs",
        page(
            f"""<div class="story"><h1>बंदरगाह नगर पुराना पुल फिर बनाएगा</h1><div class="auth">द्वारा: <a href="/author/ravi">रवि कुमार</a> <span>अपडेटेड 02 मई 2024, 08:15 AM IST</span></div>
        <div class="story-detail"><p>मुंबई: {HI[0]}</p><p>{HI[1]}</p><p><b>यह भी पढ़ें: </b><a href="/x">बाज़ार उत्तरी घाट पर</a></p><p>{HI[2]}</p></div></div>""",
            title="बंदरगाह नगर पुराना पुल फिर बनाएगा | उदाहरण समाचार",
        ),
        headline="बंदरगाह नगर पुराना पुल फिर बनाएगा",
        authors=("रवि कुमार",),
        published="2024-05-02",
        modified="2024-05-02T08:15:00+05:30",
        place="मुंबई",
        story=HI,
        lang="hi",
    ),
    Case(
        "greek, the month in the genitive",
        page(
            f"""<article><h1>Η πόλη του λιμανιού ξαναχτίζει την παλιά γέφυρα</h1><div class="meta"><time>2 Μαΐου 2024 | 08:15</time><span class="author">Της Μαρίας Παπαδοπούλου</span></div>
        {paragraphs(*EL)}<p>Διαβάστε επίσης: <a href="/x">Η αγορά μετακομίζει</a></p></article>""",
            title="Η πόλη του λιμανιού ξαναχτίζει την παλιά γέφυρα | Παράδειγμα",
        ),
        headline="Η πόλη του λιμανιού ξαναχτίζει την παλιά γέφυρα",
        authors=("Μαρίας Παπαδοπούλου",),
        published="2024-05-02T08:15:00+03:00",
        story=EL,
        lang="el",
    ),
    Case(
        "russian agency",
        page(
            f"""<div class="article"><div class="article__info">08:15 02.05.2024 <span>(обновлено: 09:30 02.05.2024)</span></div><h1 class="article__title">Портовый город
        восстановит старый мост</h1><div class="article__body"><div class="article__block" data-type="text"><div class="article__text"><strong>КАЛИНИНГРАД, 2 мая — РИА Новости.</strong>
        {RU[0]}</div></div><div class="article__block" data-type="article"><div class="article__article"><a href="/x">Рынок переезжает на северную набережную</a></div></div>
        <div class="article__block" data-type="text"><div class="article__text">{RU[1]}</div></div><div class="article__block" data-type="text"><div class="article__text">{RU[2]}
        </div></div></div></div>""",
            title="Портовый город восстановит старый мост - Пример, 02.05.2024",
        ),
        headline="Портовый город восстановит старый мост",
        authors=(),
        published="2024-05-02T08:15:00+00:00",
        modified="2024-05-02T09:30:00+00:00",
        place="КАЛИНИНГРАД",
        story=RU,
        lang="ru",
    ),
    Case(
        "turkish, published and updated in one line",
        page(
            f"""<article><h1>Liman kenti eski köprüyü yeniden yapacak</h1><div class="info">Giriş: 02.05.2024 - 08:15 Güncelleme: 02.05.2024 - 09:30</div><div class="muhabir">Haber:
        Ayşe Demir / İZMİR, (DHA)</div><div class="haber_metni">{paragraphs(*TR)}<p>Haberin devamı için tıklayınız</p></div></article>""",
            title="Liman kenti eski köprüyü yeniden yapacak - Örnek Haber",
        ),
        headline="Liman kenti eski köprüyü yeniden yapacak",
        authors=("Ayşe Demir",),
        published="2024-05-02T08:15:00+03:00",
        modified="2024-05-02T09:30:00+03:00",
        story=TR,
        lang="tr",
    ),
    Case(
        "portuguese, linked lines in the story",
        page(
            f"""<main><h1 class="content-head__title">Cidade portuária vai reconstruir a ponte velha</h1><h2 class="content-head__subtitle">Obra custa um terço mais do que o previsto</h2>
        <p class="content-publication-data__from">Por Inês Prado, g2 — Santos</p><p class="content-publication-data__date"><time itemprop="datePublished" datetime="2024-05-02T08:15:00-03:00">02/05/2024
        08h15</time></p><div class="mc-article-body">{paragraphs(PT[0])}<ul class="content-unordered-list"><li><a href="/x">Clique aqui para seguir o canal no WhatsApp</a></li></ul>
        {paragraphs(*PT[1:])}<p>📲 Siga o canal do g2 Santos no WhatsApp</p></div></main>""",
            title="Cidade portuária vai reconstruir a ponte velha | Santos | g2",
        ),
        headline="Cidade portuária vai reconstruir a ponte velha",
        authors=("Inês Prado",),
        published="2024-05-02T08:15:00-03:00",
        deck="Obra custa um terço mais do que o previsto",
        story=PT,
        lang="pt-BR",
    ),
    Case(
        "spanish agency with a heading left by its list",
        page(
            f"""<article class="nota"><h1>La ciudad portuaria reconstruirá el puente viejo</h1><p class="firma">Por <a href="/autor/ines">Inés Robledo</a> | Agencias</p><time
        datetime="2024-05-02T08:15:00+02:00">2 de mayo de 2024</time><div class="cuerpo"><p>Gijón, 2 may (EFE).- {ES[0]}</p>{paragraphs(*ES[1:])}<h3>Más información</h3><ul><li><a
        href="/a">El mercado se muda al muelle norte</a></li><li><a href="/b">Un gato en el tejado</a></li></ul></div></article>""",
            title="La ciudad portuaria reconstruirá el puente viejo - El Ejemplo",
        ),
        headline="La ciudad portuaria reconstruirá el puente viejo",
        authors=("Inés Robledo",),
        published="2024-05-02T08:15:00+02:00",
        place="Gijón",
        story=ES,
        lang="es",
    ),
    Case(
        "german, a lead picture above the story and the place in bold",
        page(
            f"""<article><header><h2><span class="kicker">Küste</span> <span class="headline">Hafenstadt baut die alte Brücke neu</span></h2></header><div class="article__meta"><time datetime="2024-05-02T08:15:00+02:00">02.05.2024,
        08:15 Uhr</time></div><div class="lead-image"><img src="/b.jpg"><p class="image__caption">Die Brücke am Dienstag.</p><p class="image__credit">(Foto: dpa)</p></div>
        <div class="article__text"><p><strong>Husum (dpa) - {DE[0]}</strong></p>{paragraphs(*DE[1:])}<p>© dpa-infocom, dpa:240502-99-000001/2</p></div></article>""",
            title="Hafenstadt baut die alte Brücke neu - beispiel.de",
        ),
        headline="Hafenstadt baut die alte Brücke neu",
        published="2024-05-02T08:15:00+02:00",
        place="Husum",
        story=DE,
        captions=("Die Brücke am Dienstag.", "(Foto: dpa)"),
        lang="de",
    ),
    Case(
        "french, the wall after the first paragraphs",
        page(
            f"""<article><h1>La ville portuaire reconstruit le vieux pont</h1><p class="chapo">Les pêcheurs auront leur quai avant l'automne.</p><div class="meta">Par <span class="author">Léa
        Martin</span> (à Brest)<span>Publié le 2 mai 2024 à 08h15, modifié le 2 mai 2024 à 09h30</span><span>Temps de lecture : 2 min</span></div><div class="article-content">{paragraphs(*FR)}</div></article>""",
            title="La ville portuaire reconstruit le vieux pont",
        ),
        headline="La ville portuaire reconstruit le vieux pont",
        authors=("Léa Martin",),
        published="2024-05-02T08:15:00+00:00",
        modified="2024-05-02T09:30:00+00:00",
        deck="Les pêcheurs auront leur quai avant l'automne.",
        story=FR,
        lang="fr",
    ),
    Case(
        "a press release with its own place line and contact",
        page(
            f"""<div class="release"><h1>{HEADLINE}</h1><p class="mb-no"><time>May 02, 2024 08:15 ET</time> | Source: <a href="/o">Harbour Trust</a></p><div class="release-body">
        <p>HALIFAX, Nova Scotia, May 02, 2024 (GLOBE NEWSWIRE) -- {P1}</p>{paragraphs(P2, P3, P4)}<p><strong>Contact:</strong><br>Mara Holt<br>press@harbour.example</p></div></div>"""
        ),
        published="2024-05-02T08:15:00-04:00",
        place="HALIFAX, Nova Scotia",
        story=(*STORY, "Contact: Mara Holt press@harbour.example"),
    ),
    Case(
        "read also inside a paragraph's place, share counts and an age",
        page(
            f"""<article><h1>{HEADLINE}</h1><div class="by">By</div><div class="by-name"><a rel="author" href="/a/mara">Mara Holt</a></div><div>X2 minutes ago</div><div>125 shares</div>
        <div class="text">{paragraphs(P1, P2)}<p>Latest Videos From</p><p>ALSO READ: <a href="/x">Market moves to the northern quay</a></p>{paragraphs(P3)}<p>Story continues below
        advertisement</p>{paragraphs(P4)}<p>1.2K Shares</p></div></article>"""
        ),
        authors=("Mara Holt",),
        published="2024-06-01T11:58:00+00:00",
    ),
    Case(
        "an author's box and comments under the story",
        page(
            f"""<main><h1>{HEADLINE}</h1><p class="meta">By Mara Holt and Tom Reed, Harbour Correspondents</p><div class="prose">{paragraphs(*STORY)}</div><div class="about"><h4>About the author</h4>
        <p>Mara Holt is a reporter who has covered the harbour and its people for ten years. She lives on the quay with two cats.</p></div><section id="comments"><h3>2 comments</h3>
        <ol><li><p>Good. The bridge was a shame for the town, and I have said so for years in this very place.</p></li><li><p>Who pays for it, I ask, and who has asked us whether we want it?</p></li></ol></section></main>"""
        ),
        authors=("Mara Holt", "Tom Reed"),
    ),
    Case(
        "a correction in italics at the end",
        page(
            f"""<article><h1>{HEADLINE}</h1>{paragraphs(*STORY)}<p><em>This article was amended on 3 May 2024. An earlier version said the bridge was built in 1913.</em></p></article>"""
        ),
        notices=("This article was amended on 3 May 2024. An earlier version said the bridge was built in 1913.",),
    ),
    Case(
        "story in table cells, with the time above",
        page(
            f"""<table width="760"><tr><td colspan="2"><img src="/logo.gif"></td></tr><tr><td width="150"><a href="/1">Home</a><br><a href="/2">World</a></td><td><font size="1">Thursday, 2 May 2024,
        08:15 GMT</font><br><font size="5"><b>{HEADLINE}</b></font><br><font size="2">By Mara Holt<br>Harbour correspondent<br><br>{"<br><br>".join(STORY)}</font></td></tr></table>"""
        ),
        published="2024-05-02T08:15:00+00:00",
    ),
    Case(
        "a lead caption that stands above the story's container",
        page(
            f"""<article><h1>{HEADLINE}</h1><div class="lead"><figure><img src="/b.jpg"><figcaption>The old bridge on Tuesday morning. <span>(Photo: Ann Poe)</span></figcaption></figure></div>
        <div class="article-body">{paragraphs(*STORY)}</div></article>"""
        ),
        captions=("The old bridge on Tuesday morning. (Photo: Ann Poe)",),
    ),
    Case(
        "a photo's words as the first paragraph",
        page(
            f"""<article><h1>{HEADLINE}</h1><div class="entry-content"><p><img src="/b.jpg"><br>FILE PHOTO: The old bridge in the harbour town after the flood, January 16, 2024. REUTERS/Ann Poe</p>
        <p>May 2, 2024</p>{paragraphs(*STORY)}</div></article>"""
        ),
        published="2024-05-02",
        captions=("FILE PHOTO: The old bridge in the harbour town after the flood, January 16, 2024. REUTERS/Ann Poe",),
    ),
    Case(
        "the way is called 404 and a whole story stands there",
        page(f"""<article><h1>{HEADLINE}</h1>{paragraphs(*STORY)}</article>"""),
        url="https://www.news.example/404",
    ),
    Case(
        "arabic with a place, an agency and two authors",
        page(
            f"""<article><h1>مدينة الميناء تعيد بناء الجسر القديم</h1><div class="author">كتب: أحمد سالم، ليلى حسن</div><div class="date">الخميس 02 مايو 2024 - 08:15 ص</div>
        <p>القاهرة (رويترز) - {AR[0]}</p>{paragraphs(*AR[1:])}<p>اقرأ أيضا: <a href="/x">السوق ينتقل إلى الرصيف الشمالي</a></p></article>""",
            title="مدينة الميناء تعيد بناء الجسر القديم | المثال",
        ),
        headline="مدينة الميناء تعيد بناء الجسر القديم",
        authors=("أحمد سالم", "ليلى حسن"),
        published="2024-05-02T08:15:00+00:00",
        place="القاهرة",
        story=AR,
        lang="ar",
    ),
    Case(
        "japanese daily, the place and reporter in brackets",
        page(
            f"""<article><h1>港町、古い橋の再建を可決</h1><p class="author"><span>田中花子</span></p><p class="date"><time datetime="2024-05-02T08:15:00+09:00">2024年5月2日 8時15分</time></p>
        <div class="body"><p>【横浜＝田中花子】{JA[0]}</p>{paragraphs(*JA[1:])}<p>[有料会員限定]</p></div><div class="related"><h2>関連記事</h2><ul><li><a href="/x">市場が移転</a></li></ul></div></article>""",
            title="港町、古い橋の再建を可決：例新聞デジタル",
        ),
        headline="港町、古い橋の再建を可決",
        authors=("田中花子",),
        published="2024-05-02T08:15:00+09:00",
        place="横浜",
        story=JA,
        lang="ja",
    ),
    Case(
        "thai, the year of the Buddhist era in short",
        page(
            f"""<article><h1>เมืองท่าลงมติสร้างสะพานเก่าขึ้นใหม่</h1><div class="meta"><span>เผยแพร่: 2 พ.ค. 2567 08:15</span> <span>ปรับปรุง: 2 พ.ค. 2567 09:30</span> <span class="author">โดย: ผู้จัดการออนไลน์</span></div>
        {paragraphs(*TH)}</article>""",
            title="เมืองท่าลงมติสร้างสะพานเก่าขึ้นใหม่",
        ),
        headline="เมืองท่าลงมติสร้างสะพานเก่าขึ้นใหม่",
        authors=("ผู้จัดการออนไลน์",),
        published="2024-05-02T08:15:00+07:00",
        modified="2024-05-02T09:30:00+07:00",
        story=TH,
        lang="th",
    ),
    Case(
        "roles and an agency in a line of several authors",
        page(
            f"""<article><h1>{HEADLINE}</h1><div class="byline">By MARA HOLT, Harbour Editor; TOM REED in Oslo, and ANN POE | Associated Press</div>{paragraphs(*STORY)}
        <p><em>Associated Press writer Lee Ford contributed to this report.</em></p></article>{FOOTER}"""
        ),
        authors=("MARA HOLT", "TOM REED", "ANN POE"),
        story=(*STORY, "Associated Press writer Lee Ford contributed to this report."),
    ),
    Case(
        "newsletter and links between the paragraphs, unnamed",
        page(
            f"""<article><h1>{HEADLINE}</h1><div>{paragraphs(P1)}<p><strong>Sign up for our morning briefing and get the day's news.</strong></p>{paragraphs(P2)}<div><h3>Related stories</h3><a
        href="/a">Cat found on the roof of the town hall</a><a href="/b">Market moves to the northern quay</a></div>{paragraphs(P3)}<p><a href="/c"><strong>READ NEXT: Ferry
        fares to rise in the summer</strong></a></p>{paragraphs(P4)}<p>Photo: Ann Poe</p></div></article>"""
        ),
        captions=("Photo: Ann Poe",),
    ),
)
