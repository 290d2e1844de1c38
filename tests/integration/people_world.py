"""An installation with one person of each role, each in a browser: no hub, no store, no worker."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from panel import PASSWORD, Person, become_operator
from ponte_process import Ponte, PonteService, running_ponte

from ponte.ledger.vault import open_vault

_CONNECTION = """
    INSERT INTO connection (hub_url, hub_account, hub_client_id, hub_client_secret, store_platform,
        store_url, store_id, store_name, hint_secret, released_at)
    VALUES ('https://hub.example', %(number)s, 'app', %(secret)s, 'webstore',
        'https://loja-' || %(number)s || '.example', '1', 'Loja ' || %(number)s, %(secret)s, now())
    RETURNING connection_id"""
_LINK = re.compile(r'id="link">([^<]+)<')
_TOKEN = re.compile(r'id="token">([^<]+)<')


class PeopleWorld:
    """The installation and its people; connections `own` and `other`, of whose merchant is
    `merchant` the first's."""

    def __init__(self, ponte: Ponte, web: PonteService | None = None) -> None:
        self.ponte = ponte
        # What serves already, or a process of its own.
        self.web = web or ponte.serve()
        self.address = self.web.address
        self.own, self.other = (self.add_connection(number) for number in (1, 2))
        self.operator = become_operator(self.address, self.web.said())
        self.support = self.join("sara@ponte.example", "support")
        self.merchant = self.join("ana@loja.example", "merchant", self.own)
        self.stranger = Person(self.address).open("/entrar")

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the ledger."""
        with self.ponte.ledger() as conn:
            cursor = conn.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def add_connection(self, number: int) -> int:
        """A connection at rest; its number."""
        with self.ponte.ledger() as conn:
            secret = open_vault("", self.ponte.data).seal("secret")
            row = conn.execute(_CONNECTION, {"number": number, "secret": secret}).fetchone()
        assert row is not None
        made: int = row[0]
        return made

    def user(self, email: str) -> int:
        """The number of a user."""
        number: int = self.rows("SELECT user_id FROM panel_user WHERE email = %s", email)[0][0]
        return number

    def invite(self, email: str, role: str, connection: int | None = None) -> str:
        """By the operator; the path of the link to hand over."""
        self.operator.open("/usuarios/convidar")
        self.operator.post(
            "/usuarios/convidar",
            email=email,
            name=email.partition("@")[0].title(),
            role=role,
            connection_id=str(connection or ""),
        )
        return self.handed_link(self.operator)

    def handed_link(self, person: Person) -> str:
        """The path of the link on the page."""
        assert person.answer is not None
        found = _LINK.search(person.answer.text)
        assert found is not None, person.text
        return urlsplit(unescape(found[1])).path

    def follow(self, path: str, password: str = PASSWORD) -> Person:
        """In a fresh browser: open a link and choose a password."""
        person = Person(self.address).open(path)
        if person.status == 200:
            person.post(path, password=password, repeated=password)
        return person

    def join(self, email: str, role: str, connection: int | None = None) -> Person:
        """Somebody new, who is logged in."""
        person = self.follow(self.invite(email, role, connection))
        assert person.status == 200, person.text
        assert not person.path.startswith("/entrar"), person.text
        return person

    def token(
        self, person: Person, role: str = "", connection: int | None = None, days: int = 30
    ) -> str:
        """A token of the API that somebody makes."""
        person.open("/minha-conta/tokens")
        person.post(
            "/minha-conta/tokens",
            name="Programa de teste",
            role=role,
            connection_id=str(connection or ""),
            lasts_days=str(days),
        )
        assert person.answer is not None
        found = _TOKEN.search(person.answer.text)
        assert found is not None, person.text
        return found[1]


@contextmanager
def people_world(folder: Path, **settings: str) -> Iterator[PeopleWorld]:
    """Start it."""
    with running_ponte(folder, PONTE_LOG_LEVEL="debug", **settings) as ponte:
        yield PeopleWorld(ponte)
