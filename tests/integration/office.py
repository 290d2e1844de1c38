"""The people of an installation on a bare ledger: the first operator, and whoever she invites."""

import pyotp
from bare_ledger import BareLedger
from cryptography.fernet import Fernet

from ponte.ledger.vault import Vault
from ponte.services import account, links, log_in, tokens, users
from ponte.services.actors import Actor, Role
from ponte.services.links import HandedLink
from ponte.services.log_in import LoggedIn, Visitor
from ponte.services.users import Rights, UserView

PASSWORD = "uma frase bem comprida"
OTHER = "outra frase bem comprida"
HERE = Visitor("Mozilla/5.0 (X11; Linux) Firefox/140.0", "127.0.0.1")
VAULT = Vault([Fernet.generate_key().decode()])


class Office:
    """The people of an installation, all of whom act at once or one after the other."""

    def __init__(self, ledger: BareLedger) -> None:
        self.ledger = ledger
        self.pool = ledger.pool
        token = ledger.run(log_in.first_operator_link(self.pool))
        assert token is not None
        key = ledger.run(
            log_in.become_first_operator(
                self.pool, token, "olga@ponte.example", "Olga", PASSWORD, HERE
            )
        )
        assert key is not None
        self.olga = self.actor(key)

    def here(self, key: str) -> LoggedIn | None:
        """Whose browser it is."""

        async def find() -> LoggedIn | None:
            async with self.pool.connection() as conn:
                return await log_in.find(conn, key)

        return self.ledger.run(find())

    def inside(self, key: str) -> LoggedIn:
        """A browser that is logged in."""
        here = self.here(key)
        assert here is not None
        return here

    def actor(self, key: str) -> Actor:
        """Who it is."""
        actor = self.inside(key).actor
        assert actor is not None
        return actor

    def invite(
        self, email: str, role: Role, connection: int | None = None
    ) -> tuple[UserView, HandedLink]:
        """Somebody new."""
        rights = Rights(email.partition("@")[0].title(), role, connection)
        return self.ledger.run(users.invite(self.pool, self.olga, email, rights))

    def follow(self, link: HandedLink, password: str = PASSWORD) -> tuple[str, bool] | None:
        """Choose a password by a link."""
        return self.ledger.run(
            links.follow_link(self.pool, link.purpose, link.token, password, HERE)
        )

    def join(self, email: str, role: Role, connection: int | None = None) -> tuple[UserView, str]:
        """Somebody new, who is logged in; the key of the session."""
        user, link = self.invite(email, role, connection)
        followed = self.follow(link)
        assert followed is not None
        assert not followed[1]
        return user, followed[0]

    def log_in(self, email: str, password: str = PASSWORD) -> str | None:
        """By password; the key of the session."""
        found = self.ledger.run(log_in.log_in(self.pool, email, password, HERE))
        return None if found is None else found[0]

    def bearer(self, token: str) -> tokens.Bearer | None:
        """Who calls with a token."""

        async def find() -> tokens.Bearer | None:
            async with self.pool.connection() as conn:
                return await tokens.find_bearer(conn, token)

        return self.ledger.run(find())


def set_up_second_factor(office: Office, key: str) -> pyotp.TOTP:
    """Turn it on; what the telephone makes codes with."""
    here = office.inside(key)
    office.ledger.run(account.begin_second_factor(office.pool, VAULT, here, PASSWORD))
    secret = office.ledger.run(account.pending_secret(office.pool, VAULT, here))
    assert secret is not None
    assert secret.text not in repr(secret)
    totp = pyotp.TOTP(secret.text)
    office.ledger.run(account.confirm_second_factor(office.pool, VAULT, here, totp.now()))
    return totp
