"""Users at the panel over HTTP: how they come in, how they are shut out, and what nobody learns."""

import re
from collections.abc import Iterator

import pyotp
import pytest
from panel import PASSWORD, Person
from people_world import PeopleWorld, people_world

OTHER = "outra frase bem comprida"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeopleWorld]:
    with people_world(tmp_path_factory.mktemp("people")) as running:
        yield running


def test_an_invitation_leads_in_once_and_says_nowhere_where_it_was(world: PeopleWorld) -> None:
    path = world.invite("iris@ponte.example", "support")
    assert path.startswith("/entrar/convite/")
    iris = Person(world.address).open(path)
    assert iris.answer is not None
    assert "Olá, Iris" in iris.text
    assert iris.answer.headers["cache-control"] == "no-store"
    assert iris.answer.headers["referrer-policy"] == "no-referrer"
    # What is refused there says it neither.
    refused = iris.post(path, password="curta", repeated="curta").answer
    assert refused is not None
    assert (refused.status_code, refused.headers["referrer-policy"]) == (400, "no-referrer")
    iris.post(path, password=PASSWORD, repeated=PASSWORD)
    assert iris.path == "/frota"
    assert "Iris · suporte" in iris.text
    assert world.follow(path).status == 410
    assert Person(world.address).log_in("IRIS@ponte.example").path == "/frota"


@pytest.mark.parametrize("kind", ["convite", "senha"])
@pytest.mark.parametrize("token", ["inventado", "x" * 3000, "%00", "á" * 20])
def test_a_made_up_link_is_a_spent_link(world: PeopleWorld, kind: str, token: str) -> None:
    person = Person(world.address).open(f"/entrar/{kind}/{token}")
    assert person.status == 410
    assert "já não vale" in person.text


def test_a_link_of_one_kind_opens_no_page_of_the_other(world: PeopleWorld) -> None:
    path = world.invite("lia@ponte.example", "support")
    assert world.follow(path.replace("convite", "senha")).status == 410
    assert world.follow(path.replace("convite", "primeiro")).status == 410
    assert world.follow(path).status == 200


def test_a_password_link_ends_the_sessions_of_before(world: PeopleWorld) -> None:
    rita = world.join("rita@ponte.example", "support")
    number = world.user("rita@ponte.example")
    world.operator.open(f"/usuarios/{number}")
    world.operator.post(f"/usuarios/{number}/link")
    path = world.handed_link(world.operator)
    assert path.startswith("/entrar/senha/")
    # Until it is followed nothing changes.
    assert rita.open("/painel").path == "/frota"
    assert world.follow(path, OTHER).path == "/frota"
    assert rita.open("/painel").path.startswith("/entrar")
    assert Person(world.address).log_in("rita@ponte.example").status == 401
    assert Person(world.address).log_in("rita@ponte.example", OTHER).status == 200


def test_who_is_disabled_is_out_at_the_next_click(world: PeopleWorld) -> None:
    dora = world.join("dora@ponte.example", "support")
    number = world.user("dora@ponte.example")
    world.operator.open(f"/usuarios/{number}")
    world.operator.post(f"/usuarios/{number}/desativar")
    assert "desativado" in world.operator.text
    assert dora.open("/painel").path.startswith("/entrar")
    # As for a wrong password, and for nobody.
    answers = {
        Person(world.address).log_in(email, password).text
        for email, password in (
            ("dora@ponte.example", PASSWORD),
            ("dora@ponte.example", OTHER),
        )
    }
    assert len(answers) == 1


def test_the_last_operator_is_kept_by_the_page(world: PeopleWorld) -> None:
    number = world.user("olga@ponte.example")
    world.operator.open(f"/usuarios/{number}")
    world.operator.post(f"/usuarios/{number}/desativar")
    assert "último operador" in world.operator.text
    world.operator.post(f"/usuarios/{number}", name="Olga", role="support", connection_id="")
    assert world.operator.status == 409
    assert world.operator.open("/usuarios").status == 200


def test_a_form_that_cannot_be_is_shown_again_with_what_is_wrong(world: PeopleWorld) -> None:
    page = "/usuarios/convidar"
    for fields, problem in (
        ({"email": "x", "name": "X", "role": "support"}, "Informe um e-mail"),
        ({"email": "x@y.example", "name": "  ", "role": "support"}, "Informe o nome"),
        ({"email": "x@y.example", "name": "X", "role": "rei"}, "Escolha um papel"),
        ({"email": "x@y.example", "name": "X", "role": "merchant"}, "Um lojista é de uma conexão"),
        ({"email": "olga@ponte.example", "name": "X", "role": "support"}, "já é de outra pessoa"),
    ):
        world.operator.open(page)
        world.operator.post(page, **fields)
        assert world.operator.status in (400, 409)
        assert problem in world.operator.text


def test_a_log_in_begins_a_session_of_its_own(world: PeopleWorld) -> None:
    """A session that somebody else put into the browser does not become theirs."""
    vera = world.join("vera@ponte.example", "support")
    planted = dict(vera.cookies)
    victim = Person(world.address).open("/entrar", cookies=planted)
    before = world.rows("SELECT count(*) FROM panel_session")[0][0]
    # Who is in already is led on; a log-in by its form takes the place of what was there.
    assert victim.path == "/frota"
    victim.post("/entrar", email="vera@ponte.example", password=PASSWORD)
    assert world.rows("SELECT count(*) FROM panel_session")[0][0] == before
    assert vera.open("/painel", cookies=planted).path.startswith("/entrar")


def test_the_second_factor_from_set_up_to_log_in(world: PeopleWorld) -> None:
    zoe = world.join("zoe@ponte.example", "support")
    page = "/minha-conta/segundo-fator"
    zoe.open(page).post(page, present="errada")
    assert zoe.status == 400
    zoe.post(page, present=PASSWORD)
    assert zoe.answer is not None
    secret = re.search(r'id="secret">([A-Z2-7]+)<', zoe.answer.text)
    assert secret is not None
    assert 'src="data:image/svg+xml' in zoe.answer.text
    code = pyotp.TOTP(secret[1]).now()
    assert zoe.post(f"{page}/confirmar", code="12a456").status == 400
    zoe.post(f"{page}/confirmar", code=f"{code[:3]} {code[3:]}")
    assert zoe.path == "/minha-conta"
    assert secret[1] not in zoe.open(page).text
    again = Person(world.address).log_in("zoe@ponte.example")
    assert again.path == "/entrar/codigo"
    # The password alone opens nothing, nor does the code that was used.
    for path in ("/painel", "/minha-conta", "/usuarios"):
        assert again.open(path).path == "/entrar/codigo"
    assert again.post("/entrar/codigo", code=code).status == 401
    assert secret[1] not in world.web.said()


def test_no_log_holds_what_lets_somebody_in(world: PeopleWorld) -> None:
    path = world.invite("nina@ponte.example", "support")
    nina = world.follow(path)
    token = world.token(nina)
    for way in (path, path.upper(), path + "/x", path.replace("convite", "convit")):
        Person(world.address).open(way)
    said = world.web.said()
    assert "/entrar/convite/" in said
    for secret in (path.rpartition("/")[2], token, token.removeprefix("ponte_"), PASSWORD):
        assert secret not in said
        assert secret.upper() not in said


def test_an_operator_acts_as_the_merchant_and_it_is_seen(world: PeopleWorld) -> None:
    olga, base = world.operator, f"/conexoes/{world.own}"
    assert "Agir como o lojista" in olga.open(base).text
    assert "Agir como o lojista" not in world.support.open(base).text
    assert world.support.post(f"{base}/agir").status == 403
    olga.open(base).post(f"{base}/agir")
    assert "está agindo como o lojista desta conexão" in olga.text
    for path in ("/usuarios", "/registro", f"/conexoes/{world.other}"):
        assert olga.open(path).status == 404
    assert olga.open("/minha-conta").status == 200
    olga.open(base).post("/painel/voltar")
    assert olga.open("/usuarios").status == 200
    seen = world.merchant.open(f"{base}/registro").text
    assert "Passou a agir como o lojista" in seen
    assert "Olga" in seen
    assert "Deixou de agir" in seen


def test_ones_own_sessions_are_listed_and_ended(world: PeopleWorld) -> None:
    bea = world.join("bea@ponte.example", "support")
    elsewhere = Person(world.address).log_in("bea@ponte.example")
    assert "este navegador" in bea.open("/minha-conta").text
    bea.post("/minha-conta/sessoes/encerrar-outras")
    assert elsewhere.open("/painel").path.startswith("/entrar")
    assert bea.open("/painel").path == "/frota"
    # A stranger's session is nobody's to end.
    name = world.rows("SELECT encode(session_hash, 'hex') FROM panel_session LIMIT 1")[0][0]
    count = world.rows("SELECT count(*) FROM panel_session")
    bea.open("/minha-conta").post("/minha-conta/sessoes/encerrar", session=name[:16])
    assert world.rows("SELECT count(*) FROM panel_session") == count
    assert world.operator.open("/painel").path == "/frota"


def test_users_are_found_and_paged(world: PeopleWorld) -> None:
    world.rows(
        "INSERT INTO panel_user (email, name, role)"
        " SELECT 'm' || n || '@muitos.example', 'Muitos ' || n, 'support'"
        " FROM generate_series(100, 219) AS n"
    )
    try:
        first = world.operator.open("/usuarios?busca=MUITOS.example").text
        assert "Muitos 100" in first
        assert "Muitos 150" not in first
        second = world.operator.open("/usuarios?busca=muitos&depois=m149%40muitos.example").text
        assert "Muitos 150" in second
        assert "Muitos 100" not in second
        assert "Ninguém encontrado" in world.operator.open("/usuarios?busca=%00%25_").text
    finally:
        world.rows("DELETE FROM panel_user WHERE email LIKE '%%@muitos.example'")


def test_the_command_lets_somebody_back_in(world: PeopleWorld) -> None:
    world.join("tina@ponte.example", "support")
    link = world.ponte.json("users", "link", "TINA@ponte.example")["link"]
    path = "/" + link.partition("://")[2].partition("/")[2]
    assert world.follow(path, OTHER).path == "/frota"
    listed = world.ponte.json("users", "list")["users"]
    assert {each["email"]: each["role"] for each in listed}["tina@ponte.example"] == "support"
    # A command loads for seconds; each of the others differs from these by a line.
    ended = world.ponte.run("users", "disable", "olga@ponte.example")
    assert ended.returncode == 1
    assert "last operator" in ended.stderr
