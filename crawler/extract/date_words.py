"""Words of time in the world's languages: months, weekdays, labels, units, zones.

Month and weekday names come from the Unicode CLDR (`month_names.json`, made with Babel); the rest are the words that newsrooms
put into a time line. Every table is keyed by text as `fold` leaves it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from importlib import resources
from typing import Final

_SAME_LENGTH: Final = {
    "İ": "i",
    "أ": "ا",
    "إ": "ا",
    "آ": "ا",
    "ٱ": "ا",
    "ي": "ی",
    "ى": "ی",
    "ك": "ک",
    "ة": "ه",
    "：": ":",
    "／": "/",
    "．": ".",
    "－": "-",
    "−": "-",
    "‐": "-",
    "‑": "-",
    "，": ",",
    "（": "(",
    "）": ")",
    "∶": ":",
    "꞉": ":",
}


def _fold_table() -> dict[int, str]:
    """One character to one character, so that places in the folded text are places in the text."""
    table = {ord(a): b for a, b in _SAME_LENGTH.items()}
    for code in range(0x10000):
        char = chr(code)
        category = unicodedata.category(char)
        if category == "Nd" and not char.isascii():
            table[code] = str(unicodedata.decimal(char))
        elif category in ("Zs", "Zl", "Zp", "Cf") and char not in " \u200c\u200d":
            table[code] = " "
    return table


_FOLD: Final = _fold_table()


def fold(text: str) -> str:
    """Lower case, ASCII digits, plain spaces and colons, one spelling of Arabic letters; the same length as `text`."""
    if text.isascii():
        return text.lower()
    folded = text.translate(_FOLD)
    low = folded.lower()
    return low if len(low) == len(folded) else "".join(c.lower()[0] for c in folded)


_DATA: Final = json.loads(resources.files(__package__).joinpath("month_names.json").read_text("utf-8"))
MONTHS: Final[Mapping[str, int]] = {fold(k): v for k, v in _DATA["months"].items()}
AMBIGUOUS_MONTHS: Final[Mapping[str, Mapping[str, int]]] = {fold(k): v for k, v in _DATA["ambiguous"].items()}
WEEKDAYS: Final[frozenset[str]] = frozenset(fold(w) for w in _DATA["weekdays"])

PERSIAN_MONTHS: Final[Mapping[str, int]] = {
    fold(word): number
    for number, words in enumerate(
        (
            "فروردین",
            "اردیبهشت",
            "خرداد",
            "تیر",
            "مرداد امرداد",
            "شهریور",
            "مهر",
            "آبان",
            "آذر",
            "دی",
            "بهمن",
            "اسفند",
        ),
        start=1,
    )
    for word in words.split()
}

HIJRI_MONTHS: Final[Mapping[str, int]] = {
    fold(word): number
    for number, words in enumerate(
        (
            ("محرم", "muharram"),
            ("صفر", "safar"),
            ("ربیع الاول", "ربیع الأول", "rabi al-awwal"),
            ("ربیع الثانی", "ربیع الآخر", "rabi al-thani"),
            ("جمادی الاولی", "جمادی الأولى", "جمادی الاول", "jumada al-awwal"),
            ("جمادی الثانیه", "جمادی الآخره", "جمادی الثانی", "jumada al-thani"),
            ("رجب", "rajab"),
            ("شعبان", "shaban", "sha'ban"),
            ("رمضان", "ramadan", "ramadhan"),
            ("شوال", "shawwal"),
            ("ذو القعده", "ذی القعده", "ذوالقعده", "ذیقعده", "dhu al-qadah"),
            ("ذو الحجه", "ذی الحجه", "ذوالحجه", "ذیحجه", "dhu al-hijjah"),
        ),
        start=1,
    )
    for word in words
}

WORD: Final = r"[^\W\d_][^\W\d_\u0300-\u036f]*(?:[\u0900-\u0dff\u0e31-\u0e4e\u1031-\u103e\u17b4-\u17d3\u064b-\u0652\u0670\u200c\u200d][^\W\d_]*)*"

_UPDATED = (
    r"updat\w+|last (?:edit|modif|chang|revis)\w*|modif\w+|edited|revised|amended|refreshed|as of|aktualis\w+|akt\.|aktualizov\w+|"
    r"aktualizacja|geändert|bearbeitet|letzte änderung|zuletzt|mise? à jour|actualis\w+|maj|màj|actualiz\w+|actualitz\w+|atualiz\w+|"
    r"modificad\w+|aggiornat\w+|ultima modifica|ultimo aggiornamento|bijgewerkt|gewijzigd|laatste update|uppdater\w+|opdater\w+|"
    r"oppdater\w+|sist endret|senast ändrad|päivitetty|muokattu|uuendatud|atjaunin\w+|atnaujint\w+|обновл\w+|изменен\w*|оновл\w+|"
    r"абноўл\w+|обновен\w*|ажурир\w+|ažurir\w+|izmijenjen\w*|izmenjen\w*|posodobljen\w*|frissít\w+|módosít\w+|actualizat\w*|"
    r"ενημ[εέ]ρω\w+|τελευταία|güncelle\w+|son güncel\w+|diperbarui|diperbaharui|terakhir|cập nhật|na-update|in-update|yenilən\w+|"
    r"עודכן|עדכון|תحدیث|تحدیث|اخر تحدیث|به ?روزرسانی|بروزرسانی|اپ ڈیٹ|अपडेट|अद्यतन|আপডেট|হালনাগাদ|புதுப்பிக்க\w*|ಅಪ್ಡೇಟ್|แก้ไข|อัปเดต|อัพเดต|อัพเดท|"
    r"更新|最終更新|修改|업데이트|수정|최종|განახლ\w+|թարմաց\w+"
)
_PUBLISHED = (
    r"publi\w+|posted|post(?:ed)? on|created|issued|released|first published|uploaded|veröffentlicht|erstellt|erschienen|vom|stand|"
    r"créé|paru|mis en ligne|posté|creado|divulgad\w+|inserit\w+|pubblicat\w+|gepubliceerd|geplaatst|publicer\w+|publiser\w+|udgivet|"
    r"offentliggjort|julkaistu|avaldatud|publicēt\w*|paskelbt\w*|opublik\w+|publikov\w+|zveřejn\w+|vydán\w*|zverejn\w+|uverejn\w+|"
    r"опублик\w+|дата публикации|опубл\w+|публик\w+|објављен\w*|objavljen\w*|objava|megjelen\w*|közzét\w+|δημοσ\w+|yayın\w*|giriş|oluştur\w+|"
    r"eklenme|diterbitkan|diunggah|tayang|đăng|ngày đăng|inilathala|פורסם|نشر|نشرت|تاریخ النشر|انتشار|تاریخ انتشار|शائع|प्रकाशित|पब्लिश|প্রকাশ\w*|"
    r"வெளியி\w*|เผยแพร่|公開|配信|掲載|投稿|发布|發布|发表|發佈|刊登|入力|등록|입력|승인|გამოქვეყნ\w+|հրապարակ\w+"
)
UPDATED: Final = re.compile(rf"(?<!\w)(?:{fold(_UPDATED)})|更新|修改|업데이트|수정|最終")
PUBLISHED: Final = re.compile(rf"(?<!\w)(?:{fold(_PUBLISHED)})|公開|配信|掲載|投稿|发布|發布|发表|發佈|등록|입력")

# Words that stand between the parts of one stamp: "12 June 2023 at 10:56", "12. Juni 2023, um 10:56 Uhr", "12 de junio de 2023".
JOINERS: Final = frozenset(
    fold(
        "at on the of in um am den der dem vom à a le la les las los el il lo de del di du des da do às as o em e en y ore alle ora ob u v ve "
        "в во о об у г год года году р рік року по з од на до klo kl kello klukka kloka kell saat günü tarihli lúc ngày lua thứ hora horas uhr h hs hrs hr "
        "pukul jam tanggal pada noong ng nang om op the time date datum data fecha дата время час година часов م في فی ساعت الساعه الساعة و بتاريخ بتوقیت יום ב ביום בשעה שעה "
        "बजे को सेकंड টায় সময় మరియు เวลา น วันที่ เมื่อ พ.ศ พศ ค.ศ คศ ที่ 日 年 月 时 時 分 시 분 년 월 일 local st nd rd th ª º e' il: "
        "o'clock oclock noon midnight ist: klo: kl: kl."
    ).split()
)

_ZONE_MINUTES = (
    "utc:0 gmt:0 z:0 wet:0 west:60 bst:60 cet:60 cest:120 mez:60 mesz:120 eet:120 eest:180 msk:180 мск:180 trt:180 "
    "gst:240 pkt:300 npt:345 bdt:360 wib:420 ict:420 wita:480 sgt:480 hkt:480 myt:480 pht:480 phst:480 awst:480 wit:540 jst:540 kst:540 "
    "acst:570 acdt:630 aest:600 aedt:660 nzst:720 nzdt:780 ast:-240 adt:-180 est:-300 edt:-240 cdt:-300 mst:-420 mdt:-360 pst:-480 "
    "pdt:-420 akst:-540 akdt:-480 hst:-600 nst:-210 ndt:-150 brt:-180 art:-180 clt:-240 cot:-300 pet:-300 eat:180 cat:120 wat:60 sast:120"
)
ZONES: Final[Mapping[str, int]] = {
    name: int(minutes) for name, _, minutes in (pair.partition(":") for pair in _ZONE_MINUTES.split()) if minutes
}
# Names that follow summer time, or mean different offsets in different places: read as the place whose newsrooms use them most.
NAMED_ZONES: Final[Mapping[str, str]] = {
    "et": "America/New_York",
    "ct": "America/Chicago",
    "mt": "America/Denver",
    "pt": "America/Los_Angeles",
    "cst": "America/Chicago",
    "ist": "Asia/Kolkata",
    "eastern": "America/New_York",
    "pacific": "America/Los_Angeles",
}

_UNIT_WORDS: Final[tuple[tuple[int, str], ...]] = (
    (
        60,
        r"m(?!\w)|min(?:ute[sn]?|uto?s?|uut\w*|uten|utter|uter|ut[iyaeę]?|\.|s)?|minút\w*|mn|мин\w*|хв\w*|λεπτ\w*|dk|dakika|menit|phút|minuto|دقیقه|دقائق|मिनट|মিনিট|דקות|דקה|นาที|"
        r"分钟|分鐘|分(?=前)|분",
    ),
    (
        3600,
        r"h(?:ours?|rs?|eures?|oras?|s)?|stunden?|std\.?|horas?|or[ae]|uur|uren|tim(?:mar|me|er)|tunti\w*|godzin\w*|godz\.?|hodin\w*|час\w*|годин\w*|ώρ\w*|saat|jam|giờ|oras|ór[aá]\w*|"
        r"sat[aei]?|ساعه|ساعات|ساعت|घंटे|घंटा|ঘণ্টা|שעות|שעה|ชั่วโมง|小时|小時|時間|시간",
    ),
    (
        86400,
        r"d(?:ays?|ías?|ias?|ag\w*|an[ai]?|ní|ny|ní)?|jours?|tage?n?|giorn[oi]|dage?|päiv\w*|dni|dzień|дн\w*|день|день|μέρ\w*|ημέρ\w*|gün|hari|ngày|araw|nap\w*|یوم|ایام|روز|दिन|দিন|ימים|יום|วัน|天|日(?=前)|일",
    ),
    (
        604800,
        r"w(?:eeks?|ks?)?|wochen?|semanas?|semaines?|settiman[ae]|weken|week|veck\w*|uger?|uker?|viikko\w*|tygod\w*|týd\w*|недел\w*|тижн\w*|εβδομάδ\w*|hafta|minggu|tuần|linggo|hét\w*|اسبوع|اسابیع|هفته|सप्ताह|হפתא|সপ্তাহ|שבועות|สัปดาห์|周|週間|주",
    ),
    (
        2592000,
        r"months?|monate?n?|mes(?:es)?|mois|mes[ei]|maand(?:en)?|månad\w*|måned\w*|kuukau\w*|miesi\w*|měsíc\w*|месяц\w*|місяц\w*|μήν\w*|ay|bulan|tháng|buwan|hónap\w*|شهر|اشهر|ماه|महीने|মাস|חודשים|เดือน|个月|個月|か月|ヶ月|개월",
    ),
    (
        31536000,
        r"years?|yrs?|jahre?n?|años?|anos?|ans?|ann[io]|ja(?:ar|ren)|år|vuo[st]\w*|lat|rok\w*|лет|год\w*|рок\w*|έτ\w*|yıl|tahun|năm|taon|év\w*|سنه|سنوات|سال|साल|বছর|שנים|ปี|年(?=前)|년",
    ),
)
UNITS: Final = tuple((seconds, re.compile(rf"\s*(?:{fold(words)})(?!\w)")) for seconds, words in _UNIT_WORDS)

AGO: Final = re.compile(
    fold(
        r"(?<!\w)(?:ago|hace|il y a|vor|fa|atrás|há|geleden|sedan|siden|sitten|temu|назад|тому|önce|yang lalu|lalu|trước|nakalipas|nakaraan|منذ|قبل|पहले|"
        r"আগে|پیش|לפני|πριν|[ée]zelőtt|előtt|în urmă|acum|преди|пред|prije|pre|pred|před|pirms|prieš|tagasi|ที่แล้ว|ที่ผ่านมา|fa[' ]|síðan)(?!\w)|前|전"
    )
)
NOW: Final = re.compile(
    r"^(?:just now|gerade eben|ahora|à l'instant|adesso|agora|nu|только что|щойно|刚刚|剛剛|たった今|방금|الان|az önce|baru saja)$"
)
TODAY: Final = re.compile(
    fold(
        r"(?<!\w)(?:today|heute|hoy|aujourd[’']hui|oggi|hoje|vandaag|idag|i dag|tänään|dzisiaj|dziś|dnes|сегодня|сьогодні|днес|danas|ma|azi|σήμερα|bugün|hari ini|hôm nay|ngayong araw|اليوم|الیوم|امروز|आज|আজ|היום|วันนี้)(?!\w)|今日|今天|오늘"
    )
)
YESTERDAY: Final = re.compile(
    fold(
        r"(?<!\w)(?:yesterday|gestern|ayer|hier|ieri|ontem|gisteren|igår|i går|eilen|wczoraj|včera|вчера|вчора|jučer|juče|tegnap|χθες|χτες|dün|kemarin|hôm qua|kahapon|امس|أمس|دیروز|कल|গতকাল|אתמול|เมื่อวาน)(?!\w)|昨日|昨天|어제"
    )
)
