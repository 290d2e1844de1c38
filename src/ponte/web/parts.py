"""What the pages are made with, and which settings an operator owes them."""

from msgspec import Struct
from procrastinate import App

from ponte.ledger.database import Pool
from ponte.settings import Settings
from ponte.sync.installing import HubApp
from ponte.sync.runtime import Runtime
from ponte.web.limits import Limit


class Parts(Struct):
    """What the pages are made with."""

    runtime: Runtime
    queue: App
    settings: Settings
    # Somebody who opens the app again and again, and a class of pupils behind one address.
    codes: Limit
    # Each is a name to resolve and a host to call.
    domains: Limit
    # A person mistypes a password some times; who tries a thousand has to wait.
    log_ins: Limit

    @property
    def pool(self) -> Pool:
        """The ledger."""
        return self.runtime.pool

    def hub_app(self) -> HubApp:
        """Our app at the hub; only asked for where nothing is missing."""
        settings = self.settings
        secret = settings.hub_client_secret
        return HubApp(
            settings.hub_url.rstrip("/"),
            settings.hub_client_id or "",
            "" if secret is None else secret.get_secret_value(),
            settings.public_url or "",
        )

    def missing_settings(self) -> list[str]:
        """What an operator has to set before anybody can install."""
        settings = self.settings
        secret = settings.hub_client_secret
        given = {
            "PONTE_HUB_URL": settings.hub_url,
            "PONTE_HUB_CLIENT_ID": settings.hub_client_id,
            "PONTE_HUB_CLIENT_SECRET": None if secret is None else secret.get_secret_value(),
            "PONTE_PUBLIC_URL": settings.public_url,
        }
        return [name for name, value in given.items() if not value]
