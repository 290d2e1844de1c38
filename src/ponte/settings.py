"""What an operator can set: `PONTE_*` variables, listed by `ponte config`.

Everything has a default under which `ponte serve` and `ponte worker` run as they are. Limits that
the manual gives (fifteen minutes, R3) are enforced here, so that no setting can break a promise.
"""

import base64
import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

# R3: each update at least every fifteen minutes.
LONGEST_POLL_SECONDS = 900.0
_MAIL_ADDRESS = re.compile(r"[^\s@<>,;:\"\x00-\x1f]+@[^\s@<>,;:\"\x00-\x1f]+")


class Settings(BaseSettings):
    """The settings of one installation."""

    model_config = SettingsConfigDict(env_prefix="PONTE_", extra="ignore")

    data: Path = Field(Path("data"), description="Folder of the embedded database and the key file")
    database_url: SecretStr | None = Field(
        None, description="PostgreSQL to use instead of the embedded one"
    )
    secret_keys: SecretStr = Field(
        SecretStr(""),
        description="Keys for secrets at rest, newest first, by commas; empty: a file in data",
    )
    public_url: str | None = Field(
        None, description="Address under which hub and stores reach `ponte serve`"
    )
    poll_seconds: float = Field(
        120.0,
        gt=0,
        le=LONGEST_POLL_SECONDS,
        description="Longest time between two looks at a store or hub (R3: at most 900)",
    )
    worker_jobs: int = Field(
        16, ge=1, le=200, description="Wake-ups that one worker process runs at once"
    )
    worker_processes: int = Field(
        0,
        ge=0,
        le=64,
        description="Processes of one `ponte worker`; 0: one for each core, two at most",
    )
    database_connections: int = Field(
        12, ge=2, le=200, description="Database connections of one process at most"
    )
    hub_url: str = Field("https://api.plugg.to", description="The hub, unless `connect` names one")
    hub_panel_url: str | None = Field(
        None, description="The hub's panel for people, which pages link to; without it none do"
    )
    hub_client_id: str | None = Field(None, description="The app's client id at the hub")
    hub_client_secret: SecretStr | None = Field(None, description="The app's client secret")
    allow_internal_stores: bool = Field(
        False,
        description="Let stores be on this machine or network, and without TLS: for tests only",
    )
    contact_development: str = Field(
        "", description="Who built the integration, shown where somebody is stuck (R11)"
    )
    contact_support: str = Field("", description="Who opens support tickets, shown likewise")
    contact_sales: str = Field("", description="Who sells, shown likewise")
    time_zone: str = Field(
        "America/Sao_Paulo", description="In whose days and hours people are answered"
    )
    alert_webhook_url: SecretStr | None = Field(
        None, description="Where alerts are posted, signed as standardwebhooks.com says"
    )
    alert_webhook_secret: SecretStr | None = Field(
        None, description="Key of these signatures: whsec_ and 24 to 64 bytes in base64"
    )
    alert_email_to: str = Field(
        "", description="Who gets alerts by e-mail, by commas; needs PONTE_SMTP_HOST"
    )
    alert_lag_minutes: int = Field(
        15, ge=1, le=1440, description="An alert is raised for what waits longer (R3: 15)"
    )
    alert_problems: int = Field(
        100, ge=1, le=10_000, description="An alert is raised for so many pendências that block"
    )
    smtp_host: str | None = Field(None, description="The mail server that takes our e-mails")
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port")
    smtp_user: str | None = Field(None, description="Who logs in there, if it wants that")
    smtp_password: SecretStr | None = Field(None, description="Their password")
    smtp_from: str = Field("ponte@localhost", description="The sender of our e-mails")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection to it is protected"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least severe message that is written"
    )
    log_format: Literal["text", "json"] = Field("text", description="For people or for machines")

    @field_validator("time_zone")
    @classmethod
    def _is_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise PydanticCustomError(
                "time_zone", "a zone of the IANA database is wanted, as America/Manaus"
            ) from error
        return name

    @field_validator("alert_webhook_url")
    @classmethod
    def _is_receiver(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not _is_web_address(url.get_secret_value()):
            raise PydanticCustomError(
                "web_address", "an address with http or https and a host is wanted"
            )
        return url

    @field_validator("alert_webhook_secret")
    @classmethod
    def _is_key(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not _is_webhook_key(secret.get_secret_value()):
            raise PydanticCustomError(
                "webhook_key", "whsec_ and 24 to 64 bytes in base64 are wanted"
            )
        return secret

    @field_validator("alert_email_to", "smtp_from")
    @classmethod
    def _are_mail_addresses(cls, given: str) -> str:
        # They become headers: whatever could end one has no place in an address.
        for address in given.split(","):
            if address.strip() and not _MAIL_ADDRESS.fullmatch(address.strip()):
                raise PydanticCustomError("mail_address", "e-mail addresses are wanted")
        return given

    @field_validator("public_url", "hub_panel_url")
    @classmethod
    def _is_web_address(cls, url: str | None) -> str | None:
        # It is handed to stores and to the hub, which would call nobody, and say nothing.
        if url is not None and not _is_web_address(url):
            raise PydanticCustomError(
                "web_address",
                "an address with http or https and a host is wanted, as https://ponte.example",
            )
        return url


def _is_webhook_key(secret: str) -> bool:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        return False
    return 24 <= len(key) <= 64


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        # A port that is no number, or a broken IPv6 address.
        return False
