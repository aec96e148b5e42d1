"""E-mail: text and HTML with the words marked, threaded by event, the same Message-ID at each attempt."""

from __future__ import annotations

import hashlib
import re
import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from monitor.notify.channel import SendError, scrub
from monitor.report.message import Message, html, subject, text

TLS_PORT, SUBMISSION_PORT = 465, 587


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server. `security` is `tls` from the first byte, `starttls`, or `none`."""

    host: str
    port: int
    security: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def server_of(address: str, security: str | None, user: str | None = None, password: str | None = None) -> Server:
    """`mail.example:587` with what is usual there: TLS on port 465, else STARTTLS; port 587 where none is named."""
    host, colon, port = address.rpartition(":")
    named = bool(colon) and port.isdigit() and not host.endswith(":")
    number = int(port) if named else TLS_PORT if security == "tls" else SUBMISSION_PORT
    chosen = security or ("tls" if number == TLS_PORT else "starttls")
    return Server((host if named else address).strip("[]"), number, chosen, user, password)


class Mail:
    """Sends to some addresses by one server."""

    def __init__(
        self,
        name: str,
        to: Sequence[str],
        sender: str,
        server: Server,
        *,
        zone: ZoneInfo,
        timeout_s: float,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._name, self._to, self._sender, self._server = name, tuple(to), sender, server
        self._zone, self._timeout, self._context = zone, timeout_s, context
        self.secrets = [server.password] if server.password else []

    @property
    def target(self) -> str:
        shown = ", ".join(self._to[:3]) + (f" and {len(self._to) - 3} more" if len(self._to) > 3 else "")
        return f"{shown} by {self._server.host}:{self._server.port} ({self._server.security})"

    def compose(self, message: Message) -> EmailMessage:
        """The mail of a message. No header can be made by an article: what is put in one is a single line (RFC 5322)."""
        domain = self._sender.rpartition("@")[2]
        mail = EmailMessage(policy=SMTP)
        mail["From"] = self._sender
        mail["To"] = ", ".join(self._to)
        mail["Subject"] = subject(message)
        mail["Date"] = format_datetime(message.at)
        mail["Message-ID"] = f"<{_plain(message.key)}@{domain}>"
        for header in ("In-Reply-To", "References"):
            thread = _thread(message, domain)
            if thread:
                mail[header] = thread if header == "References" else thread.split()[-1]
        slug = _plain(self._name)
        mail["List-Id"] = f"<{slug}.newswatch.{domain}>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        mail["X-Newswatch-Key"] = _plain(message.key)
        mail.set_content(text(message, self._zone))
        mail.add_alternative(html(message, self._zone), subtype="html")
        return mail

    def send(self, message: Message) -> None:
        mail = self.compose(message)
        client: smtplib.SMTP | None = None
        try:
            client = self._connect()
            client.send_message(mail)
        except (smtplib.SMTPException, OSError) as error:
            if client is not None and isinstance(error, smtplib.SMTPServerDisconnected | TimeoutError):
                raise SendError("the mail server went away before it answered", unknown=True) from error
            raise SendError(scrub(_words(error), self.secrets)) from error
        finally:
            if client is not None:
                with suppress(
                    smtplib.SMTPException, OSError
                ):  # it was taken, or it was not: the farewell changes neither
                    client.quit()

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        context = self._context or ssl.create_default_context()
        if server.security == "tls":
            client: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=self._timeout, context=context)
        else:
            client = smtplib.SMTP(server.host, server.port, timeout=self._timeout)
        try:
            if server.security == "starttls":
                client.starttls(context=context)
            if server.user:
                client.login(server.user, server.password or "")
        except (smtplib.SMTPException, OSError):
            client.close()
            raise
        return client


def _thread(message: Message, domain: str) -> str:
    """The ids of the article and of the event, of which no mail exists: readers thread by them all the same (RFC 5256)."""
    events = {(record.url, record.event_id) for record in message.changes}
    if len(events) != 1 or message.digest or message.test:
        return ""
    ((url, event),) = events
    article = f"<article.{_digest(url)}@{domain}>"
    return f"{article} <event.{_digest(f'{url} {event}')}@{domain}>" if event else article


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:24]


def _plain(value: str) -> str:
    """Letters, digits, dots and dashes alone: what an id in a header may hold."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", value).strip("-.") or "channel"


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        said = "; ".join(f"{who}: {code} {_decoded(why)}" for who, (code, why) in error.recipients.items())
        return f"no recipient was accepted ({said})"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "the mail server did not accept the user or the password"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the mail server said {error.smtp_code} {_decoded(error.smtp_error)}"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return f"the mail server cannot do what was asked: {error}"
    return f"no connection to the mail server ({type(error).__name__}: {error})"


def _decoded(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
