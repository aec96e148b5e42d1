"""The words that a site's furniture uses, by language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Labels:
    """Texts of boxes, buttons and messages. `by` goes before the author's name."""

    ad: str
    related: str
    most_read: str
    newsletter: str
    newsletter_terms: str
    cookies: str
    subscribe: str
    by: str
    published: str
    updated: str
    comments: str
    views: str
    share: str
    tags: str
    not_found: str
    not_found_text: str
    paywall: str
    correction: str
    rights: str
    home: str


LABELS = {
    "en": Labels(
        ad="ADVERTISEMENT",
        related="RELATED STORIES",
        most_read="Most read",
        newsletter="Subscribe to our daily newsletter",
        newsletter_terms="By providing an email address, I agree to the Terms of Use and have read the Privacy Policy.",
        cookies="We use cookies to give you the best experience on our website. By continuing, you agree to their use.",
        subscribe="Subscribe",
        by="By",
        published="Published",
        updated="Updated",
        comments="comments",
        views="views",
        share="Share this story",
        tags="TAGS",
        not_found="Page not found",
        not_found_text="The page you are looking for is no longer here. Try the search or go back to the front page.",
        paywall="Subscribe to continue reading. Already a subscriber? Log in.",
        correction="Correction",
        rights="All rights reserved",
        home="Home",
    ),
    "de": Labels(
        ad="ANZEIGE",
        related="Mehr zum Thema",
        most_read="Meistgelesen",
        newsletter="Der Morgen-Newsletter: das Wichtigste vor dem ersten Kaffee",
        newsletter_terms="Mit der Anmeldung stimme ich den Nutzungsbedingungen und der Datenschutzerklärung zu.",
        cookies="Wir verwenden Cookies, um unser Angebot zu verbessern. Mit der Nutzung stimmen Sie dem zu.",
        subscribe="Abonnieren",
        by="Von",
        published="Veröffentlicht",
        updated="Aktualisiert",
        comments="Kommentare",
        views="Aufrufe",
        share="Artikel teilen",
        tags="Schlagworte",
        not_found="Seite nicht gefunden",
        not_found_text="Die gesuchte Seite gibt es nicht mehr. Nutzen Sie die Suche oder gehen Sie zur Startseite.",
        paywall="Weiterlesen mit dem Digital-Abo. Sie sind schon Abonnent? Hier anmelden.",
        correction="Korrektur",
        rights="Alle Rechte vorbehalten",
        home="Startseite",
    ),
    "es": Labels(
        ad="PUBLICIDAD",
        related="Noticias relacionadas",
        most_read="Lo más leído",
        newsletter="Reciba cada mañana nuestro boletín",
        newsletter_terms="Al suscribirse acepta las condiciones de uso y la política de privacidad.",
        cookies="Utilizamos cookies propias y de terceros para mejorar su experiencia. Si continúa, acepta su uso.",
        subscribe="Suscribirse",
        by="Por",
        published="Publicado",
        updated="Actualizado",
        comments="comentarios",
        views="lecturas",
        share="Compartir",
        tags="Archivado en",
        not_found="Página no encontrada",
        not_found_text="La página que busca ya no existe. Pruebe con el buscador o vuelva a la portada.",
        paywall="Suscríbase para seguir leyendo. ¿Ya es suscriptor? Inicie sesión.",
        correction="Fe de errores",
        rights="Todos los derechos reservados",
        home="Portada",
    ),
    "ja": Labels(
        ad="広告",
        related="関連記事",
        most_read="アクセスランキング",
        newsletter="朝のニュースレターを受け取る",
        newsletter_terms="登録すると利用規約とプライバシーポリシーに同意したことになります。",
        cookies="このサイトはクッキーを使用しています。閲覧を続けると使用に同意したことになります。",
        subscribe="会員登録",
        by="",
        published="公開",
        updated="更新",
        comments="件のコメント",
        views="回表示",
        share="シェアする",
        tags="キーワード",
        not_found="ページが見つかりません",
        not_found_text="お探しのページは削除されたか、移動した可能性があります。",
        paywall="この記事は有料会員限定です。続きを読むには会員登録が必要です。",
        correction="訂正",
        rights="無断転載を禁じます",
        home="トップ",
    ),
}
