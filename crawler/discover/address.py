"""Addresses: their normal form, whether they are addresses at all, and whether a page's canonical link may be believed.

The normal form drops only what never tells two articles apart (scheme and host case, default port, fragment, tracking parameters)
and sorts the rest of the query (RFC 3986, section 6). It leaves http and https, `www.` and trailing slashes alone: redirects and
canonical links join those, on evidence.
"""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress
from datetime import date
from functools import lru_cache
from typing import Final
from urllib.parse import SplitResult, unquote_plus, urljoin, urlsplit

import idna
import tldextract
from w3lib.url import canonicalize_url, safe_url_string

MAX_LENGTH: Final = 4096
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_CONTROL: Final = re.compile(r"[\x00-\x20\x7f]")
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_PLAIN: Final = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?\.){1,6}[a-z]{2,24}/"
    r"(?:[A-Za-z0-9_-][A-Za-z0-9._~-]*/)*(?:[A-Za-z0-9_-][A-Za-z0-9._~-]*)?"
)
"""What is in normal form already, as most addresses are."""
_BAD_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")

_TRACKING: Final = re.compile(
    r"""(?x)
    utm_.* | pk_.* | mtm_.* | hsa_.* | itm_.* | stm_.* | vgo_.* | sc_campaign.* | at_recipient.*
    | fbclid | gclid | gclsrc | dclid | wbraid | gbraid | msclkid | yclid | ysclid | twclid | ttclid | li_fat_id | igshid | igsh
    | mc_cid | mc_eid | _ga | _gl | _hsenc | _hsmi | __hssc | __hstc | __hsfp | hsctatracking | mkt_tok | vero_id | vero_conv
    | oly_anon_id | oly_enc_id | wickedid | rb_clickid | s_cid | ns_mchannel | ns_source | ns_campaign | ns_linkname | ns_fee
    | smid | smtyp | cmpid | icid | ocid | ncid | sref | srnd | guccounter | guce_referrer | guce_referrer_sig
    | __twitter_impression | fb_action_ids | fb_action_types | fb_source | fb_ref | action_object_map | action_type_map
    | ref_src | ref_url | xtor | echobox | ito | campaign_id | linkcode | mibextid | share_id | sharetype | spm | scm
    | openlinerextractor | at_medium | at_campaign | at_custom[1-4] | at_link_id | at_link_type | at_link_origin | at_format
    | at_ptr_name | at_bbc_team | maca | wt_mc | wt\.mc_id | cvid | trk | trkcampaign | tracking_source
    """
)
# Names that track on one site and tell articles apart on another: dropped only where the value names a channel.
_DOUBTFUL: Final = re.compile(
    r"ref|source|src|from|via|cmp|cid|rss|feed|partner|medium|campaign|referrer|origin|share|amp_js_v|usqp|outputtype"
)
_CHANNEL: Final = re.compile(
    r"[a-z_.-]*(?:rss|atom|feeds?|twitter|facebook|fb|newsletters?|e-?mail|social|whatsapp|telegram|linkedin|reddit|shared?|"
    r"homepage|google|applenews|flipboard|push|mobile|copylink|instagram|youtube|tw)[a-z_.-]*"
)
_IDENTIFIES: Final = re.compile(
    r"^(?:id|p|a|aid|artid|art|article|articleid|article_id|story|storyid|story_id|nid|newsid|news_id|sid|doc|docid|item|itemid|"
    r"post|page_id|cid|idx?|no|num|key|q|slug|uid|guid|code)$"
)
_SECTION_WORD: Final = re.compile(r"[a-z]{2,20}(?:-[a-z]{2,20}){0,2}")

_suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


class AddressError(ValueError):
    """An address that cannot be fetched; the message says what is wrong and what to do."""


def check(url: str) -> str:
    """The normal form of an address a person gave. Raises AddressError where it is none."""
    return canonical(url)


def canonical(url: str) -> str:
    """The normal form of an http or https address; the same for all spellings of it. Raises AddressError."""
    if len(url) < 400 and _PLAIN.fullmatch(url):
        return url
    parts = _split(url.strip())
    host = _host(parts)
    port = _port(parts)
    netloc = host if port in {None, _DEFAULT_PORTS[parts.scheme]} else f"{host}:{port}"
    path = _path(f"{parts.scheme}://{host}", parts.path)
    query = _query(parts.query)
    return _in_bounds(f"{parts.scheme}://{netloc}{path}{'?' + query if query else ''}")


def _in_bounds(url: str) -> str:
    """The address, which may not be too long as given nor in its normal form, where a letter may take nine characters."""
    if len(url) > MAX_LENGTH:
        raise AddressError(f"the address has {len(url)} characters; {MAX_LENGTH} are the limit: {url[:117]}…")
    return url


def _split(url: str) -> SplitResult:
    shown = url if len(url) <= 120 else url[:117] + "…"
    if not url:
        raise AddressError("the address is empty; give one like https://example.com/news/story")
    if _CONTROL.search(_in_bounds(url)):
        raise AddressError(f"the address has a space or a control character in it: {shown!r}")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise AddressError(f"{shown!r} is no address: {error}") from error
    if "://" not in url and (not parts.scheme or "." in parts.scheme or parts.path[:1].isdigit()):
        raise AddressError(f"{shown!r} has no scheme; did you mean https://{shown.lstrip('/')} ?")
    if parts.scheme not in _DEFAULT_PORTS:
        raise AddressError(f"only http and https addresses can be watched, not {parts.scheme}: {shown}")
    if parts.username is not None or parts.password is not None:
        raise AddressError(f"the address holds a user name or password; leave it out: {parts.hostname}")
    return parts


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    if not host:
        raise AddressError(f"the address has no host: {parts.geturl()[:120]}")
    if ":" in host:
        return f"[{_ip(host)}]"
    try:
        ascii_host = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise AddressError(f"{host[:120]!r} is no host name: {error}") from error
    ascii_host = ascii_host.lower()
    if len(ascii_host) > 253 or not all(_LABEL.fullmatch(label) for label in ascii_host.split(".")):
        raise AddressError(f"{host[:120]!r} is no host name")
    return ascii_host


def _ip(host: str) -> str:
    try:
        return ipaddress.IPv6Address(host).compressed
    except ValueError as error:
        raise AddressError(f"{host[:60]!r} is no IPv6 address") from error


def _port(parts: SplitResult) -> int | None:
    try:
        port = parts.port
    except ValueError as error:
        raise AddressError(f"the address has a bad port: {parts.netloc[:120]}") from error
    if port == 0:
        raise AddressError("port 0 cannot be fetched")
    return port


def _path(origin: str, path: str) -> str:
    clean = _BAD_PERCENT.sub("%25", path.replace("\\", "/"))
    joined = urlsplit(urljoin(origin + "/", clean.lstrip("/") and "/" + clean.lstrip("/"))).path
    path = urlsplit(canonicalize_url(origin + "/" + joined.lstrip("/"))).path
    return "/" + path.lstrip("/")


def _query(query: str) -> str:
    kept = [part for part in query.split("&") if part and not _tracks(part)]
    encoded: str = safe_url_string("http://h/?" + _BAD_PERCENT.sub("%25", "&".join(kept)))
    return "&".join(sorted(encoded.partition("?")[2].split("&"), key=lambda part: part.partition("=")[0]))


def _tracks(part: str) -> bool:
    name, _, value = part.partition("=")
    name = unquote_plus(name).lower()
    if _TRACKING.fullmatch(name):
        return True
    return bool(_DOUBTFUL.fullmatch(name)) and bool(_CHANNEL.fullmatch(unquote_plus(value).lower()))


@lru_cache(maxsize=4096)
def site_of(host: str) -> str:
    """The registered domain of a host by the Public Suffix List, private suffixes included; an IP address is its own."""
    if _is_ip(host):
        return host
    return _suffixes(host).top_domain_under_public_suffix or ".".join(host.split(".")[-2:])


def same_site(one: str, other: str) -> bool:
    """Whether two addresses belong to one registered domain; hosts without one (IP addresses) must share the port too."""
    first, second = urlsplit(one), urlsplit(other)
    if not first.hostname or not second.hostname:
        return False
    if first.hostname == second.hostname and first.netloc == second.netloc:
        return True
    site = site_of(first.hostname)
    return "." in site and not _is_ip(site) and site == site_of(second.hostname)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def resolve(page_url: str, canonical_link: str | None) -> str | None:
    """The normal form of a page's canonical link where it may be believed, else None.

    It is believed on the same site, where it is not the home page, not a section above the page, and does not lose the part
    of the page's query that names the article: templates often point every article to one of these.
    """
    if not canonical_link or not canonical_link.strip():
        return None
    try:
        page = canonical(page_url)
        link = canonical(urljoin(page_url, canonical_link.strip()))
    except (AddressError, ValueError):
        return None
    if link == page:
        return link
    trusted = (
        same_site(page, link) and not _is_home(link) and not _is_above(page, link) and not _loses_query(page, link)
    )
    return link if trusted else None


def _is_home(url: str) -> bool:
    parts = urlsplit(url)
    return not parts.query and bool(
        re.fullmatch(r"/(?:index\.\w{3,5}|home|[a-z]{2}(?:-[a-z]{2})?)?/?", parts.path.lower())
    )


def _is_above(page: str, link: str) -> bool:
    """Whether the link is a folder above the page, or a short section name where the page has the form of an article."""
    here, there = urlsplit(page), urlsplit(link)
    below, above = here.path.rstrip("/"), there.path.rstrip("/")
    if there.query:
        return False
    if below.startswith(above + "/") and below != above:
        rest = below[len(above) + 1 :]
        return not re.fullmatch(r"(?:amp|print|full|all|page/\d+|\d{1,2}|index\.\w+|story|article)", rest)
    names = above.strip("/").split("/")
    return len(names) == 1 and bool(_SECTION_WORD.fullmatch(names[0])) and looks_like_article(page)


def _loses_query(page: str, link: str) -> bool:
    """Whether the page's query names the article and the link, on the same path, has lost it."""
    here, there = urlsplit(page), urlsplit(link)
    if here.path.rstrip("/") != there.path.rstrip("/"):
        return False
    kept = set(there.query.split("&"))
    for part in here.query.split("&"):
        name, _, value = part.partition("=")
        if part not in kept and value and (_IDENTIFIES.match(name.lower()) or re.search(r"\d{3}", value)):
            return True
    return False


_ARTICLE_PATH: Final = re.compile(
    r"/(?:19|20)\d\d/(?:\d{1,2}|[a-z]{3})/|(?:19|20)\d\d-\d\d-\d\d|\d{5,}|[a-z0-9%]+(?:[-_][a-z0-9%]+){4,}|\.s?html?$|[-/]a?\d{4,}"
)


def looks_like_article(url: str) -> bool:
    """Whether an address has the form of a story's: a date, a long number, a long slug. Not proof; some have none of these."""
    parts = urlsplit(url.lower())
    if _ARTICLE_PATH.search(parts.path):
        return True
    return any(
        _IDENTIFIES.match(part.partition("=")[0]) and re.search(r"\d{3}", part) for part in parts.query.split("&")
    )


_DAY: Final = re.compile(r"(?<!\d)((?:19|20)\d\d)([/-]?)(0?[1-9]|1[0-2])\2(0?[1-9]|[12]\d|3[01])(?!\d)")


def day_in(url: str) -> date | None:
    """The day that an address names (`/2026/11/25/`, `2026-11-25`, `20261125`), if it names just one."""
    days = set()
    for year, mark, month, day in _DAY.findall(urlsplit(url).path):
        if not mark and len(month + day) != 4:
            continue
        with suppress(ValueError):
            days.add(date(int(year), int(month), int(day)))
    return days.pop() if len(days) == 1 else None
