import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discover.address import AddressError, canonical, check, looks_like_article, resolve, same_site


@pytest.mark.parametrize(
    ("given_url", "normal"),
    [
        (
            "HTTPS://WWW.Example.COM:443/a/../b/%7ex?utm_source=t&b=2&a=1&fbclid=9#f",
            "https://www.example.com/b/~x?a=1&b=2",
        ),
        ("http://münchen.example/ä?x=ö", "http://xn--mnchen-3ya.example/%C3%A4?x=%C3%B6"),
        ("http://example.com?12345", "http://example.com/?12345"),
        ("http://[::1]:8080", "http://[::1]:8080/"),
        ("https://example.com/x?ref=twitter", "https://example.com/x"),
        ("https://example.com/x?ref=12345", "https://example.com/x?ref=12345"),
        ("https://example.com/x?CMP=share_btn_tw&page=2", "https://example.com/x?page=2"),
        ("https://example.com/100%", "https://example.com/100%25"),
        ("https://example.com./a", "https://example.com/a"),
    ],
)
def test_canonical(given_url: str, normal: str) -> None:
    assert canonical(given_url) == normal


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/news?id=1", "https://example.com/news?id=2"),
        ("https://example.com/a", "https://example.com/A"),
        ("https://example.com/a", "https://example.com/a/"),
        ("https://example.com/a%2Fb", "https://example.com/a/b"),
        ("http://127.0.0.1:8000/a", "http://127.0.0.1:8001/a"),
        ("https://example.com/?source=1234", "https://example.com/?source=1235"),
    ],
)
def test_two_articles_are_never_folded(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@given(
    st.sampled_from(["http://", "https://", "HTTP://"]),
    st.sampled_from(["ex.com", "EX.com:80", "a.b.co.uk:443", "münchen.de", "1.2.3.4", "[::1]:9"]),
    st.text(alphabet="abz/.%2fF?&=#;+\\:@[]é-_~ü\t ", max_size=40),
)
def test_canonical_is_idempotent(scheme: str, host: str, rest: str) -> None:
    try:
        once = canonical(f"{scheme}{host}/{rest}")
    except AddressError:
        return
    assert canonical(once) == once


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_clear_error(text: str) -> None:
    try:
        found = canonical(text)
    except AddressError:
        return
    assert found.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        ("", "empty"),
        ("example.com/x", "did you mean https://example.com/x"),
        ("ftp://example.com/x", "only http and https"),
        ("javascript:alert(1)", "only http and https"),
        ("http://", "no host"),
        ("http://a b/", "space"),
        ("http://user:secret@example.com/", "user name or password"),
        ("http://example.com:99999/", "bad port"),
        ("http://-a.com/", "no host name"),
        ("http://a..b/", "no host name"),
        ("http://example.com/" + "a" * 5000, "limit"),
    ],
)
def test_check_says_what_is_wrong(bad: str, word: str) -> None:
    with pytest.raises(AddressError, match=word) as caught:
        check(bad)
    assert "secret" not in str(caught.value)


def test_a_long_odd_address_takes_no_time() -> None:
    assert canonical("https://a.example.com/" + "a-" * 1900 + "!").endswith("!")


@pytest.mark.parametrize(
    ("page", "link", "trusted"),
    [
        ("https://n.example/a/story-12345?x=1", "https://www.n.example/a/story-12345", True),
        ("https://m.n.example/2023/06/12/harbour-fire", "https://n.example/2023/06/12/harbour-fire", True),
        ("https://n.example/2023/06/12/harbour-fire/amp", "/2023/06/12/harbour-fire", True),
        ("https://n.example/2023/06/12/harbour-fire", "https://n.example/", False),
        ("https://n.example/2023/06/12/harbour-fire", "/de/", False),
        ("https://n.example/news/harbour-fire-is-out-at-last", "https://n.example/news/", False),
        ("https://n.example/news/harbour-fire-is-out-at-last", "https://n.example/sports", False),
        (
            "https://n.example/news/harbour-fire-is-out-at-last",
            "https://other.example/news/harbour-fire-is-out-at-last",
            False,
        ),
        ("https://n.example/story.php?id=77", "https://n.example/story.php", False),
        ("https://n.example/story.php?id=77&print=1", "https://n.example/story.php?id=77", True),
        ("https://n.example/a", "not an address: http://[", False),
        ("https://n.example/a", "", False),
    ],
)
def test_resolve_believes_only_a_story_s_own_link(page: str, link: str, trusted: bool) -> None:
    assert (resolve(page, link) is not None) is trusted


def test_same_site() -> None:
    assert same_site("https://news.outlet.co.uk/a", "http://www.outlet.co.uk/b")
    assert not same_site("https://one.co.uk/", "https://two.co.uk/")
    assert not same_site("http://127.0.0.1:8000/", "http://127.0.0.1:8001/")
    assert not same_site("https://one.blogspot.com/", "https://two.blogspot.com/")


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("https://n.example/2023/06/12/x", True),
        ("https://n.example/news/1234567", True),
        ("https://n.example/mayor-opens-new-bridge-after-delay", True),
        ("https://n.example/read.php?id=4711", True),
        ("https://n.example/sports/", False),
        ("https://n.example/about-us", False),
    ],
)
def test_looks_like_article(url: str, is_one: bool) -> None:
    assert looks_like_article(url) is is_one
