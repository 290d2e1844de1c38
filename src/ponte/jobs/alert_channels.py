"""Where alerts go: a webhook of the operator's, and mail. A receiver may be slow, down or hostile.

Whatever goes wrong is an `Undelivered` with a short reason and no secret in it; nothing here waits
longer than its time-out. A message may arrive twice (we died after sending and before noting it),
so it has an id by which its receiver knows it again.
"""

import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Protocol

import aiosmtplib
import msgspec
from msgspec import Struct
from pyreqwest.client import Client
from standardwebhooks.webhooks import Webhook

from ponte.domain import alert_texts
from ponte.domain.alert_texts import Message
from ponte.domain.alerts import AlertKind, Figures
from ponte.domain.failures import Failure
from ponte.http.exchange import exchange
from ponte.ledger.alerts import EMAIL, OVER, WEBHOOK, Delivery
from ponte.settings import Settings

# A mail server greets within seconds; some ask for a minute's patience with whom they do not know,
# and then it is tried again.
SMTP_SECONDS = 20.0


class Undelivered(Exception):
    """A message did not arrive; the text says why, for an operator."""


class Channel(Protocol):
    """One kind of receiver."""

    @property
    def name(self) -> str:
        """Its word in the ledger."""

    async def send(self, delivery: Delivery) -> None:
        """Hand the message over. Raises `Undelivered`."""


class Event(Struct, frozen=True):
    """The body of a webhook."""

    type: str
    timestamp: datetime
    alert_id: int
    kind: str
    connection_id: int | None
    subject: str
    figures: Figures
    # For receivers that show text.
    text: str
    # The page of the panel, where the public address is known.
    url: str | None


def channels_of(settings: Settings, http: Client) -> list[Channel]:
    """The channels that the operator set up."""
    names = channel_names(settings)
    found: list[Channel] = []
    if WEBHOOK in names:
        found.append(WebhookChannel(settings, http))
    if EMAIL in names:
        found.append(MailChannel(settings))
    return found


def channel_names(settings: Settings) -> list[str]:
    """Their words in the ledger."""
    names = [WEBHOOK] if settings.alert_webhook_url is not None else []
    return names + ([EMAIL] if settings.smtp_host and settings.alert_email_to.strip(", ") else [])


class WebhookChannel:
    """A POST of JSON, signed where a key is set. The address is the operator's own setting."""

    name = WEBHOOK

    def __init__(self, settings: Settings, http: Client) -> None:
        self._http = http
        url, secret = settings.alert_webhook_url, settings.alert_webhook_secret
        self._url = "" if url is None else url.get_secret_value()
        self._signer = None if secret is None else Webhook(secret.get_secret_value())
        self._public_url = settings.public_url

    async def send(self, delivery: Delivery) -> None:
        """Post it; any 2xx is a receipt."""
        now = datetime.now(UTC)
        event = Event(
            type=f"alert.{delivery.event}",
            timestamp=(delivery.over_at if delivery.event == OVER else delivery.raised_at) or now,
            alert_id=delivery.alert_id,
            kind=delivery.kind,
            connection_id=delivery.connection_id,
            subject=delivery.subject,
            figures=_figures(delivery),
            text=_message(delivery).subject,
            url=page_of(self._public_url, delivery.connection_id),
        )
        body = msgspec.json.encode(event)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": delivery.delivery_id,
            "webhook-timestamp": str(int(now.timestamp())),
        }
        if self._signer is not None:
            headers["webhook-signature"] = self._signer.sign(
                delivery.delivery_id, now, body.decode()
            )
        try:
            answer = await exchange(
                self._http, "alert webhook", "POST", self._url, headers=headers, body=body
            )
        except Failure as failure:
            raise Undelivered(str(failure)) from failure
        if not 200 <= answer.status < 300:
            raise Undelivered(f"alert webhook: HTTP {answer.status}")


class MailChannel:
    """Plain text in Portuguese, through the operator's mail server."""

    name = EMAIL

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._to = [each.strip() for each in settings.alert_email_to.split(",") if each.strip()]

    async def send(self, delivery: Delivery) -> None:
        """Hand it to the mail server."""
        settings = self._settings
        password = settings.smtp_password
        mail = write_mail(delivery, settings.smtp_from, self._to, settings.public_url)
        try:
            await aiosmtplib.send(
                mail,
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                username=settings.smtp_user,
                password=None if password is None else password.get_secret_value(),
                use_tls=settings.smtp_tls == "tls",
                start_tls=settings.smtp_tls == "starttls",
                timeout=SMTP_SECONDS,
            )
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError, ValueError) as error:
            # Its words are the mail server's; nothing of ours but the addresses is in them.
            reason = alert_texts.one_line(str(error), 200)
            raise Undelivered(f"mail server: {type(error).__name__}: {reason}") from error


def write_mail(
    delivery: Delivery, sender: str, to: Sequence[str], public_url: str | None
) -> EmailMessage:
    """The mail of a message. Its id is the same at every attempt."""
    said = _message(delivery)
    mail = EmailMessage()
    mail["Subject"] = said.subject
    mail["From"] = sender
    mail["To"] = ", ".join(to)
    mail["Date"] = format_datetime(delivery.made_at)
    mail["Message-ID"] = f"<{delivery.delivery_id}@ponte>"
    # Nobody's out-of-office answer is wanted (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    page = page_of(public_url, delivery.connection_id)
    mail.set_content(said.text + (f"\n\n{page}\n" if page else "\n"))
    return mail


def page_of(public_url: str | None, connection_id: int | None) -> str | None:
    """Where the panel shows more."""
    if public_url is None:
        return None
    base = public_url.rstrip("/")
    return f"{base}/alertas" if connection_id is None else f"{base}/conexoes/{connection_id}"


def _figures(delivery: Delivery) -> Figures:
    return msgspec.convert(delivery.figures, Figures)


def _message(delivery: Delivery) -> Message:
    say = alert_texts.over if delivery.event == OVER else alert_texts.raised
    return say(AlertKind(delivery.kind), delivery.subject, _figures(delivery))
