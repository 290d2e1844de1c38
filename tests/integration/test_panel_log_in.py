"""Who gets into the panel, and who does not."""

from collections.abc import Iterator

import pytest
from install_walk import InstallWorld, Walker, install_world
from panel import PASSWORD, Person, become_operator, first_link


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InstallWorld]:
    """A fresh installation, with a merchant's way open."""
    with install_world(tmp_path_factory.mktemp("panel")) as running:
        yield running


@pytest.fixture(scope="module")
def operator(world: InstallWorld) -> Person:
    """The first operator, whose first choice of a password was a weak one."""
    weak = Person(world.address).open(first_link(world.web.said()))
    chosen = {"password": "curta", "repeated": "curta"}
    weak.post(first_link(world.web.said()), name="Olga", email="olga@ponte.example", **chosen)
    assert weak.status == 400
    assert "pelo menos 10 caracteres" in weak.text
    return become_operator(world.address, world.web.said())


def test_the_first_link_is_good_once(world: InstallWorld, operator: Person) -> None:
    assert operator.status == 200
    late = Person(world.address).open(first_link(world.web.said()))
    assert late.status == 410
    assert "já não vale" in late.text
    # Nor is there another: somebody operates it.
    assert world.rows("SELECT count(*) FROM panel_link") == [(0,)]


def test_a_made_up_link_makes_no_operator(world: InstallWorld) -> None:
    made_up = Person(world.address).open("/entrar/primeiro/inventado")
    assert made_up.status == 410


def test_who_is_not_logged_in_is_sent_to_the_log_in_and_back(
    world: InstallWorld, operator: Person
) -> None:
    stranger = Person(world.address).open("/frota?x=1")
    assert stranger.path.startswith("/entrar?next=")
    stranger.post("/entrar", email="OLGA@ponte.example", password=PASSWORD, next="/frota?x=1")
    assert stranger.path == "/frota?x=1"
    assert "Olga" in stranger.text
    assert "operador" in stranger.text


@pytest.mark.parametrize("way", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
def test_a_way_back_leads_nowhere_else(world: InstallWorld, operator: Person, way: str) -> None:
    person = Person(world.address).open("/entrar")
    person.post("/entrar", email="olga@ponte.example", password=PASSWORD, next=way)
    assert person.path == "/frota"


def test_a_wrong_password_says_no_more_than_that(world: InstallWorld, operator: Person) -> None:
    for email, password in (("olga@ponte.example", "errada"), ("ninguem@x.example", PASSWORD)):
        person = Person(world.address).log_in(email, password)
        assert person.status == 401
        assert "E-mail ou senha incorretos" in person.text
        assert person.open("/painel").path.startswith("/entrar")


def test_many_wrong_passwords_have_to_wait(world: InstallWorld, operator: Person) -> None:
    person = Person(world.address)
    statuses = {person.log_in("mara@ponte.example", "errada").status for _ in range(25)}
    assert statuses == {401, 429}


def test_a_log_out_ends_the_session_for_good(world: InstallWorld, operator: Person) -> None:
    cookies = dict(operator.open("/painel").cookies)
    operator.post("/sair")
    assert "Você saiu" in operator.text
    # The cookie of before opens nothing any more, wherever somebody kept it.
    assert operator.open("/painel", cookies=cookies).path.startswith("/entrar")


def test_the_hubs_link_is_the_merchants_log_in(world: InstallWorld) -> None:
    walker = Walker(world)
    account, shop = world.new_account(), world.new_shop()
    world.add_product(shop, "CAM-1")
    walker.open(world.link(account))
    walker.name_store()
    walker.come_back(shop)
    walker.post("/instalar/conectar", decision="connect")
    walker.post("/instalar/exportar")
    number = world.rows(
        "SELECT connection_id FROM connection WHERE hub_account = %s", account["account"]
    )[0][0]
    walker.open("/instalar/painel")
    assert walker.path == f"/conexoes/{number}"
    assert "lojista" in walker.text
    # Of others there is nothing, nor of the whole.
    for path in (f"/conexoes/{number + 1}", "/conexoes/99999999999", "/frota"):
        walker.open(path)
        assert "Não há nada aqui" in walker.text
