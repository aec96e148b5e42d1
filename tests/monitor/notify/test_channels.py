"""Each way of telling, against a real receiver on loopback."""

from __future__ import annotations

import base64
import io
import logging
import socket
import ssl
import threading
import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from crawler.fetch.policy import refusal
from monitor.cli.routes import PRIVATE
from monitor.notify.channel import SendError, scrub
from monitor.notify.mail import Mail, server_of
from monitor.notify.services import Service
from monitor.notify.terminal import Terminal
from monitor.notify.webhook import Webhook, key_of
from monitor.report.message import subject, text
from tests.monitor.notify.samples import NOW, message, record
from tests.newsroom.certificate import self_signed
from tests.receivers import Hook, hook, mailbox, verified

UTC_ZONE = ZoneInfo("UTC")
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
HOSTILE = "Ferry\r\nBcc: all@example.org\x1b[2J\u202e <script>alert(1)</script>"


def webhook(receiver: Hook, **given: object) -> Webhook:
    values = {"judge": lambda ip: refusal(ip, PRIVATE), "timeout_s": 5.0, **given}
    return Webhook("hook", receiver.url, key_of(SECRET), **values)  # type: ignore[arg-type]


def test_a_webhook_is_signed_as_the_standard_says() -> None:
    with hook() as receiver:
        webhook(receiver).send(message(record(3), key="abc"))
        (post,) = receiver.posts
    assert verified(post, SECRET, time.time())
    assert not verified(post, SECRET, time.time() + 3600)
    assert not verified(post, "whsec_" + base64.b64encode(b"another secret of 24 byte").decode(), time.time())
    assert post.headers["webhook-id"] == post.headers["idempotency-key"] == "abc"
    assert post.headers["content-type"] == "application/json"
    found = post.json
    assert (found["type"], found["version"], found["data"]["key"]) == ("newswatch.changes", 1, "abc")
    (change,) = found["data"]["changes"]
    assert (change["id"], change["kind"], change["before"], change["event"]) == (
        3,
        "headline",
        "Ferry with 12 aboard sinks",
        7,
    )


def test_the_verifier_that_the_documentation_shows_works() -> None:
    page = (Path(__file__).parents[3] / "docs" / "notifications.md").read_text(encoding="utf-8")
    found: dict[str, Any] = {}
    exec(page.split("```python\n")[1].split("```")[0], found)
    with hook() as receiver:
        webhook(receiver).send(message())
        (post,) = receiver.posts
    assert found["verify"](post.headers, post.body, SECRET)
    assert not found["verify"](post.headers, post.body + b" ", SECRET)


def test_a_webhook_says_why_it_was_not_taken_and_follows_no_redirect() -> None:
    with hook() as receiver:
        receiver.statuses, receiver.headers = [503, 302], {"Retry-After": "120", "Location": receiver.url}
        with pytest.raises(SendError, match="HTTP 503") as caught:
            webhook(receiver).send(message())
        assert (caught.value.after_s, caught.value.unknown) == (120.0, True)
        with pytest.raises(SendError, match="redirects are not followed"):
            webhook(receiver).send(message())
        assert len(receiver.posts) == 2


def test_a_webhook_waits_no_longer_than_it_may() -> None:
    with hook() as receiver:
        receiver.hang = True
        with pytest.raises(SendError, match="no answer") as caught:
            webhook(receiver, timeout_s=0.2).send(message())
        assert caught.value.unknown
        assert "hidden-token" not in str(caught.value)


def test_a_receiver_that_took_it_and_never_ends_its_answer_has_taken_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def once() -> None:
            client, _ = server.accept()
            with client:
                client.recv(65536)
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx")
                client.recv(65536)  # until the other side goes away

        thread = threading.Thread(target=once)
        thread.start()
        receiver = Hook(port=server.getsockname()[1])
        webhook(receiver, timeout_s=0.3).send(message())
        thread.join(10)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "::ffff:192.168.0.1"])
def test_a_webhook_to_a_private_address_is_refused_before_anything_is_sent(address: str) -> None:
    with hook() as receiver:
        guarded = webhook(receiver, judge=refusal, resolver=lambda host, port: [address])
        with pytest.raises(SendError, match="is refused"):
            guarded.send(message())
        assert receiver.posts == []


def test_one_refused_address_of_a_name_refuses_it_and_link_local_stays_shut() -> None:
    with hook() as receiver:
        both = webhook(receiver, judge=refusal, resolver=lambda host, port: ["93.184.216.34", "127.0.0.1"])
        with pytest.raises(SendError, match="loopback"):
            both.send(message())
        metadata = webhook(receiver, resolver=lambda host, port: ["169.254.169.254"])
        with pytest.raises(SendError, match="metadata"):
            metadata.send(message())


def test_a_webhook_without_a_true_certificate_is_refused() -> None:
    context = self_signed("127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as server:

        def once() -> None:
            client, _ = server.accept()
            try:
                context.wrap_socket(client, server_side=True).close()
            except OSError:
                client.close()

        thread = threading.Thread(target=once)
        thread.start()
        port = server.getsockname()[1]
        made = Webhook("x", f"https://127.0.0.1:{port}/", key_of(SECRET), judge=lambda _: None, timeout_s=5)
        with pytest.raises(SendError, match="certificate"):
            made.send(message())
        thread.join(10)


@pytest.mark.parametrize("secret", ["short", "whsec_!!!", "whsec_" + base64.b64encode(b"short").decode()])
def test_a_weak_or_broken_secret_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        key_of(secret)


def mail(port: int, *to: str, security: str = "none", **given: object) -> Mail:
    server = server_of(f"127.0.0.1:{port}", security)
    return Mail(
        "Night desk", to or ("desk@example.org",), "nw@example.org", server, zone=UTC_ZONE, timeout_s=5, **given
    )  # type: ignore[arg-type]


def test_a_mail_has_the_diff_as_text_and_html_and_threads_by_event() -> None:
    with mailbox() as box:
        mail(box.port).send(message(record(1), key="one"))
        mail(box.port).send(message(record(2, before="a", after="b"), key="two", repeat=True))
        first, second = box.mails
    assert first["Subject"] == "Harbour Post: headline edited: Ferry with 20 aboard sinks"
    assert first["Message-ID"] == "<one@example.org>"
    assert first["List-Id"] == "<Night-desk.newswatch.example.org>"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["References"] == second["References"]
    assert first["In-Reply-To"] == first["References"].split()[-1]
    assert second["Subject"].endswith("(may be a repeat)")
    plain, html = (first.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    assert "Ferry with [-12-]{+20+} aboard sinks" in plain.get_content()
    assert ">12</del>" in html.get_content()
    assert ">20</ins>" in html.get_content()


def test_words_of_an_article_make_no_header_and_no_script() -> None:
    with mailbox() as box:
        hostile = record(headline=HOSTILE, source=HOSTILE, before=HOSTILE, after="x", url="javascript:alert(1)", ops=())
        mail(box.port).send(message(hostile))
        (found,) = box.mails
        assert box.recipients == [["desk@example.org"]]
    assert found["Bcc"] is None
    assert "\x1b" not in found["Subject"]
    html = found.get_body(("html",))
    assert html is not None
    assert "<script" not in html.get_content()
    assert "javascript:" not in html.get_content()
    assert "\x1b" not in html.get_content()


def test_one_unknown_recipient_does_not_keep_it_from_the_others() -> None:
    with mailbox() as box:
        box.refuse = {"gone@example.org"}
        mail(box.port, "gone@example.org", "desk@example.org").send(message())
        assert box.recipients == [["desk@example.org"]]
        with pytest.raises(SendError, match="550 no such user"):
            mail(box.port, "gone@example.org").send(message())


def test_starttls_is_insisted_on_and_its_certificate_checked() -> None:
    with mailbox() as plain, pytest.raises(SendError, match="STARTTLS"):
        mail(plain.port, security="starttls").send(message())
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with mailbox(tls=self_signed("127.0.0.1")) as box:
        mail(box.port, security="starttls", context=trusting).send(message())
        assert len(box.mails) == 1
        with pytest.raises(SendError, match="certificate"):
            mail(box.port, security="starttls").send(message())


def test_where_a_mail_server_is() -> None:
    assert (server_of("m.example", None).port, server_of("m.example", None).security) == (587, "starttls")
    assert server_of("m.example:465", None).security == "tls"
    assert server_of("m.example", "tls").port == 465
    assert server_of("[::1]:2525", "none").host == "::1"
    assert "hush" not in repr(server_of("m.example", None, "me", "hush"))


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # by a plugin of Apprise, before 3.13
def test_apprise_tells_a_service_and_its_failure_names_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    with hook() as receiver:
        url = f"json://127.0.0.1:{receiver.port}/very-secret-path"
        service = Service(url, zone=UTC_ZONE, timeout_s=5)
        service.send(message())
        assert "[-12-]{+20+}" in receiver.posts[0].json["message"]
        receiver.statuses = [500]
        with caplog.at_level(logging.INFO), pytest.raises(SendError, match="JSON") as caught:
            service.send(message())
    assert "very-secret-path" not in str(caught.value) + caplog.text + service.target
    with pytest.raises(ValueError, match="no service of Apprise"):
        Service("nonsense://x", zone=UTC_ZONE, timeout_s=5)


def test_the_terminal_obeys_no_control_character_of_an_article() -> None:
    out = io.StringIO()
    terminal = Terminal(Console(file=out, width=200, force_terminal=False), UTC_ZONE)
    terminal.send(
        message(record(headline=HOSTILE, before=HOSTILE, after="\x07", source=HOSTILE, url="https://x\x1b]0;x\x07"))
    )
    assert not set(out.getvalue()) & {"\x1b", "\x07", "\r", "\u202e"}
    assert "→" in out.getvalue()


def test_a_digest_says_why_and_how_many_more() -> None:
    told = message(*(record(number) for number in range(20)), held=("too_many",))
    assert subject(told) == "20 edits: Harbour Post 20"
    assert "more than the limit an hour" in text(told, UTC_ZONE)
    assert text(told, UTC_ZONE, most=15).endswith("… and 5 edits more on the review page.")
    assert NOW.isoformat(timespec="seconds") in str(
        __import__("monitor.report.message", fromlist=["payload"]).payload(told, "x")
    )


def test_scrubbing_takes_secrets_out() -> None:
    assert scrub("no way to https://x/abcd1234\x1b", ["abcd1234", "x"]) == "no way to https://x/•••\ufffd"
