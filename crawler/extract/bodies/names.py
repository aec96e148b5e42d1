"""The words newsrooms use in class names and ids. `a_b` stands for two words in a row."""

from __future__ import annotations


def _set(listing: str) -> frozenset[str]:
    return frozenset(listing.split())


BODY = _set(
    """
    article_body article_text article_content article_txt article_main article_inner article_copy article_contents
    article_paragraphs article_detail articlebody articletext articlecontent
    story_body story_text story_content story_detail storybody
    post_body post_text post_content postcontent post_entry entry_content entry_text entry_body entrycontent
    news_body news_text news_content news_detail single_content single_text detail_text detail_content detail_body
    content_body content_text page_text text_content body_text body_copy body_content bodytext main_text
    rich_text richtext td_post_content content_article text_article body_article text_long paywall_article
    metered_content meteredcontent news_article_body storytext newstext
    artikel_text artikeltext artikel_body artikel_inhalt artikelinhalt artikel_content artikelbody
    texto_noticia cuerpo_articulo texto_articulo cuerpo_nota texto_nota noticia_texto noticia_cuerpo
    corpo_noticia texto_materia corps_article texte_article article_texte corpo_articolo testo_articolo articolo_testo
    artikel_tekst artikeltekst brodtext tresc_artykulu
    """
)

CAPTION = _set(
    """
    caption captions figcaption bildunterschrift bildtext didascalia piefoto pie_foto image_credit image_credits
    image_description image_source image_copyright photo_credit photo_credits photo_description photo_info photo_by
    media_credit media_info img_desc img_credit credit credits byline_image image_caption photo_caption
    photo_agency image_agency
    wp_caption_text cutline cutlines bildunterzeile pie_de_foto pie_foto pie_imagen legende_photo fotobyline
    """
)

HIDDEN = _set(
    "visually_hidden visuallyhidden sr_only screen_reader u_hidden is_hidden hidden_print_only assistive_text d_none"
)

_ADS = """
    ad ads adv advert adverts advertising advertisement advertisment adbox adslot adunit adwrap adcontainer adzone
    adsense adplacement admanager ad_slot ad_unit ad_container ad_wrapper ad_zone ad_banner ad_placeholder ad_label
    ad_block werbung anzeige anzeigen publicite publicidad publicidade pubblicita reclame reklama reklam dfp gpt
    taboola
    outbrain google_auto_placed leaderboard
    """
_LINKS = """
    related relateds relatedlinks relatedarticles relatedposts relatedcontent relatednews relatedstories
    recommended recommend recommendation recommendations recirc recirculation relacionadas relacionados relacionada
    relacionado readmore seealso alsoread morefrom morestories also_read see_also more_from more_on more_stories
    more_news more_articles more_links more_like read_more read_also read_next lire_aussi leer_mas lees_ook lees_meer
    lesen_sie up_next next_article next_story next_post prev_article prev_story prev_post you_may_like
    you_might_like may_also_like in_case_you most_read most_popular most_viewed most_shared most_recent latest_news
    latest_stories latest_articles latest_posts mehr_zum_thema mehr_zu zum_thema a_lire les_ogsa las_mer leia_mais
    leia_tambem czytaj_tez czytaj_wiecej te_puede_interesar noticias_relacionadas mostread trending mostviewed
    jp_relatedposts prevnext breadcrumb breadcrumbs pagination pager
    """
_SERVICE = """
    newsletter newsletters nl signup sign_up optin mailchimp addtoany addthis sharedaddy comment comments commentlist
    disqus respond livefyre viafoura spotim kommentare commentaires comentarios cookie cookies consent gdpr onetrust
    cmp
    skip_link nav navbar navigation submenu sitefooter masthead taglist tagcloud replies reply_content
    annotation_footnote authorbox authorbio biography bio
    about_author author_bio author_box author_info sabox saboxplugin tableofcontents post_navigation post_nav
    interstitial_link interstitial
    video_fallback jwplayer featured_video embed_consent share_buttons share_bar social_share social_links
    """
STRONG = _set(_ADS + _LINKS + _SERVICE)
"""Never a story, whatever is inside."""

_WEAK = """
    advertorial sponsored sponsor sponsors sponsorship promo promos promotion promobox promoted promotional
    paid_content
    partner_content donate donation donations cta call_to_action code_block similar popular trends teaser teasers
    subscribe subscription subscriptions abo paywallbox share shares sharing sharebar sharer sharebuttons social
    socials
    socialmedia socialbar follow_us coral privacy popup modal overlay lightbox tooltip rating ratings vote poll quiz
    survey printonly print_only print_button feedback login signin register tts audio_player audioplayer speechkit
    listen
    reading_time read_time time_to_read menu footer topbar toolbar tools sidebar widget_area textwidget
    sidebar_widget rail tags keywords
    hashtags topics topiclist tagged byline bylines author authors autor autoren contributor contributors writer toc
    copyright disclaimer gallerynav slick arrows counter syndication post_meta post_tags post_footer post_author
    post_ratings entry_meta entry_footer entry_tags entry_utility article_meta article_footer article_tags
    article_tools
    article_actions article_info article_share article_topics article_author article_date article_published meta_data
    meta_info meta_bar publish_date published_date publish_time publish_info timestamp time_stamp dateline_wrap
    story_meta story_footer story_tags story_tools post_card article_card story_card news_card print_header
    rollover_block hover_card hovercard
    popover player video_player videoplayer player_wrapper
    """
ASIDE = STRONG | _set(_WEAK)
"""Beside the story, unless several paragraphs are inside."""

NEGATING = _set("no has with without hide show is enable enabled disable disabled js can not embed embedded embeds")
"""A name that says whether something is there (`has-sidebar`, `no-ads`) stands on what holds the story."""

LAYOUT = _set(
    """
    single_post layout col grid row container_fluid wrapper_main page_wrapper elementor_widget et_pb_widget wp_block
    fl_module fl_rich
    """
)
