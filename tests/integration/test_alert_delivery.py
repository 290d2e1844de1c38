"""Alerts reach the operator by webhook and mail, once, signed, and whatever a receiver does."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from typing import Any

import msgspec
import pytest
from aiosmtpd.controller import Controller
from alert_receiver import Receiver
from bare_ledger import BareLedger, bare_ledger
from standardwebhooks.webhooks import Webhook

from ponte.domain.alerts import Thresholds
from ponte.http.exchange import open_session
from ponte.jobs import alert_channels, alerts
from ponte.jobs.alert_channels import channel_names, channels_of
from ponte.jobs.health import refresh
from ponte.ledger.alerts import EMAIL, WEBHOOK
from ponte.services import alerts as service
from ponte.services.actors import Actor, Forbidden, Role, Via
from ponte.services.alerts import AlertPage, NoChannel
from ponte.settings import Settings

SECRET = "whsec_" + "c2VncmVkby1kZS10ZXN0ZS1jb20tMzItYnl0ZXM="
EVIL_NAME = "Loja\r\nBcc: vitima@example.com\r\n\r\nolá" + "x" * 300
OPERATOR = Actor(Role.OPERATOR, "op", Via.PANEL)
THRESHOLDS = Thresholds(900, 100)


class MailBox:
    """A mail server's handler."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], Message]] = []

    async def handle_DATA(  # noqa: N802 (the library asks for it)
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content)))
        return "250 OK"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BareLedger]:
    with bare_ledger(tmp_path_factory.mktemp("alerts")) as running:
        yield running


@pytest.fixture
def ledger(database: BareLedger) -> Iterator[BareLedger]:
    # Somebody works.
    database.sql("INSERT INTO procrastinate_workers DEFAULT VALUES")
    yield database
    database.forget_all()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.close()


@pytest.fixture
def mailbox() -> Iterator[tuple[MailBox, int]]:
    box = MailBox()
    controller = Controller(box, hostname="127.0.0.1", port=_free_port())
    controller.start()
    yield box, controller.port
    controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def silent_server() -> Iterator[int]:
    """Takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def settings_for(receiver: Receiver | None = None, smtp_port: int | None = None) -> Settings:
    return Settings.model_validate(
        {
            "alert_webhook_url": None if receiver is None else receiver.url,
            "alert_webhook_secret": SECRET,
            "smtp_host": None if smtp_port is None else "127.0.0.1",
            "smtp_port": smtp_port or 25,
            "smtp_tls": "none",
            "alert_email_to": "ops@ponte.example, plantao@ponte.example",
            "smtp_from": "alertas@ponte.example",
            "public_url": "https://ponte.example",
        }
    )


def look(ledger: BareLedger, settings: Settings, times: int = 1) -> None:
    """Looks of the watch, time passing between them."""

    async def run() -> None:
        for _ in range(times):
            async with ledger.pool.connection() as conn, conn.transaction():
                await refresh(conn)
                await alerts.look(conn, THRESHOLDS, channel_names(settings))
            async with ledger.pool.connection() as conn:
                await conn.execute(
                    "UPDATE alert SET noticed_at = noticed_at - interval '10 minutes',"
                    " calm_since = calm_since - interval '10 minutes'"
                )
                await conn.execute("UPDATE connection_health SET is_lively = true")

    ledger.run(run())


def deliver(ledger: BareLedger, settings: Settings) -> None:
    """Every channel sends what is due."""

    async def run() -> None:
        async with open_session() as session:
            for channel in channels_of(settings, session):
                while await alerts.deliver(ledger.pool, channel):
                    pass

    ledger.run(run())


def shown(ledger: BareLedger, settings: Settings) -> AlertPage:
    return ledger.run(service.latest(ledger.pool, settings, OPERATOR))


def test_an_ended_access_is_told_once_by_each_channel_and_once_when_over(
    ledger: BareLedger, receiver: Receiver, mailbox: tuple[MailBox, int]
) -> None:
    box, port = mailbox
    settings = settings_for(receiver, port)
    (number,) = ledger.connect()
    ledger.sql("UPDATE connection SET store_access_ended_at = now(), store_name = %s", [EVIL_NAME])
    look(ledger, settings, 5)
    deliver(ledger, settings)
    ledger.sql("UPDATE connection SET store_access_ended_at = NULL")
    look(ledger, settings, 3)
    deliver(ledger, settings)

    raised, over = (msgspec.json.decode(body) for _, body in receiver.posts)
    assert (raised["type"], over["type"]) == ("alert.raised", "alert.over")
    assert (raised["kind"], raised["connection_id"]) == ("disconnected", number)
    assert raised["url"] == f"https://ponte.example/conexoes/{number}"
    for headers, body in receiver.posts:
        Webhook(SECRET).verify(body, headers)
    assert receiver.posts[0][0]["webhook-id"] != receiver.posts[1][0]["webhook-id"]

    assert len(box.mails) == 2
    to, mail = box.mails[0]
    assert to == ["ops@ponte.example", "plantao@ponte.example"]
    assert mail["Bcc"] is None
    assert mail.get_content_type() == "text/plain"
    text = mail.get_payload(decode=True)
    assert isinstance(text, bytes)
    assert "O lojista precisa reconectar." in text.decode()
    (alert,) = shown(ledger, settings).alerts
    assert alert.over_at is not None
    assert all(each.sent_at for each in alert.deliveries)


def test_a_receiver_that_fails_is_tried_again_and_knows_the_message_by_its_id(
    ledger: BareLedger, receiver: Receiver
) -> None:
    settings = settings_for(receiver)
    receiver.status = 500
    ledger.run(service.send_test(ledger.pool, settings, OPERATOR))
    deliver(ledger, settings)
    ((failed,),) = (each.deliveries for each in shown(ledger, settings).alerts)
    assert (failed.attempts, failed.sent_at, failed.failure) == (1, None, "alert webhook: HTTP 500")
    assert failed.due_at > failed.made_at
    receiver.status = 200
    ledger.sql("UPDATE alert_delivery SET due_at = now()")
    deliver(ledger, settings)
    assert len({headers["webhook-id"] for headers, _ in receiver.posts}) == 1
    assert len(receiver.posts) == 2
    ((sent,),) = (each.deliveries for each in shown(ledger, settings).alerts)
    assert sent.sent_at is not None


def test_a_worker_that_died_while_sending_leaves_the_message_to_others(
    ledger: BareLedger, receiver: Receiver
) -> None:
    settings = settings_for(receiver)
    ledger.run(service.send_test(ledger.pool, settings, OPERATOR))
    ledger.sql("UPDATE alert_delivery SET due_at = now() + interval '3 minutes', attempts = 1")
    deliver(ledger, settings)
    assert receiver.posts == []
    ledger.sql("UPDATE alert_delivery SET due_at = now()")
    deliver(ledger, settings)
    assert len(receiver.posts) == 1


def test_after_a_day_a_message_is_given_up_and_shown_as_such(ledger: BareLedger) -> None:
    settings = settings_for(smtp_port=_free_port())
    ledger.run(service.send_test(ledger.pool, settings, OPERATOR))
    ledger.sql("UPDATE alert_delivery SET made_at = now() - interval '25 hours'")
    deliver(ledger, settings)
    ((given_up,),) = (each.deliveries for each in shown(ledger, settings).alerts)
    assert given_up.given_up_at is not None
    assert given_up.failure is not None
    assert given_up.failure.startswith("mail server: ")


def test_a_mail_server_that_hangs_keeps_no_webhook_waiting(
    ledger: BareLedger, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alert_channels, "SMTP_SECONDS", 1.0)
    with silent_server() as port:
        settings = settings_for(receiver, port)
        ledger.run(service.send_test(ledger.pool, settings, OPERATOR))

        async def run() -> list[str]:
            done: list[str] = []
            async with open_session() as session:

                async def send(channel: alert_channels.Channel) -> None:
                    await alerts.deliver(ledger.pool, channel)
                    done.append(channel.name)

                await asyncio.gather(*map(send, channels_of(settings, session)))
            return done

        assert ledger.run(run()) == [WEBHOOK, EMAIL]
    page = shown(ledger, settings)
    by_channel = {each.channel: each for each in page.alerts[0].deliveries}
    assert by_channel[WEBHOOK].sent_at is not None
    assert by_channel[EMAIL].sent_at is None
    assert by_channel[EMAIL].failure is not None


def test_a_whole_fleet_that_lags_is_one_message(ledger: BareLedger, receiver: Receiver) -> None:
    settings = settings_for(receiver)
    ledger.connect(300)
    ledger.sql("UPDATE connection SET orders_checked_at = now() - interval '1 hour'")
    look(ledger, settings, 5)
    deliver(ledger, settings)
    (told,) = (msgspec.json.decode(body) for _, body in receiver.posts)
    assert (told["kind"], told["subject"], told["figures"]["accounts"]) == ("many", "lag", 300)


def test_that_nobody_works_is_told(ledger: BareLedger, receiver: Receiver) -> None:
    settings = settings_for(receiver)
    ledger.sql("DELETE FROM procrastinate_workers")
    look(ledger, settings, 3)
    deliver(ledger, settings)
    (told,) = (msgspec.json.decode(body) for _, body in receiver.posts)
    assert told["kind"] == "no_worker"


def test_of_a_deleted_connection_nobody_is_told_any_more(
    ledger: BareLedger, receiver: Receiver
) -> None:
    settings = settings_for(receiver)
    ledger.connect()
    ledger.sql("UPDATE connection SET hub_access_ended_at = now()")
    look(ledger, settings, 3)
    ledger.sql("DELETE FROM connection")
    look(ledger, settings, 3)
    deliver(ledger, settings)
    assert len(receiver.posts) == 1
    assert shown(ledger, settings).alerts[0].over_at is not None


def test_a_test_is_for_the_operator_and_needs_a_channel(
    ledger: BareLedger, receiver: Receiver
) -> None:
    support = Actor(Role.SUPPORT, "suporte", Via.PANEL)
    with pytest.raises(Forbidden):
        ledger.run(service.send_test(ledger.pool, settings_for(receiver), support))
    with pytest.raises(NoChannel):
        ledger.run(service.send_test(ledger.pool, settings_for(), OPERATOR))


@pytest.mark.parametrize(
    "wrong",
    [
        {"alert_webhook_url": "ftp://x"},
        {"alert_webhook_secret": "curto"},
        {"alert_email_to": "a@b.example\nBcc: c@d.example"},
        {"smtp_from": "sem arroba"},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"alert|smtp"):
        Settings.model_validate(wrong)
