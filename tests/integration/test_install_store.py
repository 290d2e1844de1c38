"""The store's domain, the log-in there, and the way back: whatever a person, a store or a stranger
does, it is said in words, nothing typed is lost, and nothing is connected unasked."""

import concurrent.futures
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from hub_process import wait_until
from install_walk import InstallWorld, Walker, decide_at_store, free_port, install_world
from odd_store import METADATA, OddStore, odd_store


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InstallWorld]:
    with install_world(tmp_path_factory.mktemp("install"), "--families", "0") as running:
        yield running


@pytest.fixture(scope="module")
def account(world: InstallWorld) -> dict[str, Any]:
    """One account whose installation never ends here."""
    return world.new_account()


@pytest.fixture(scope="module")
def on_the_way(world: InstallWorld, account: dict[str, Any]) -> Walker:
    """A browser that came from the hub."""
    walker = Walker(world)
    walker.open(world.link(account))
    return walker


@pytest.fixture
def walker(on_the_way: Walker) -> Walker:
    """The same, at the form for the domain."""
    on_the_way.open("/instalar/loja")
    return on_the_way


@pytest.fixture
def odd() -> Iterator[OddStore]:
    with odd_store() as found:
        yield found


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Informe o domínio"),
        ("minha loja", "não é um domínio"),
        ("https://ana:senha@loja.com.br", "sem usuário nem senha"),
        ("loja.com.br/produtos", "depois da barra"),
        ("ftp://loja.com.br", "começa com https://"),
        ("a" * 400, "longo demais"),
        ('"><script>alert(1)</script>', "não é um domínio"),
    ],
)
def test_what_is_no_domain_is_said_at_its_field(walker: Walker, typed: str, said: str) -> None:
    assert walker.post("/instalar/loja", domain=typed).status_code == 422
    assert said in walker.text
    assert 'aria-invalid="true"' in walker.page.text
    assert "<script>alert" not in walker.page.text
    assert "Atendimento" in walker.text


def assert_domain_refused(walker: Walker, typed: str, said: str, status: int = 422) -> None:
    """The page says why, and the form is as it was filled in."""
    answer = walker.post("/instalar/loja", domain=typed)
    assert said in walker.text
    assert answer.status_code == status
    assert f'value="{typed}"' in walker.page.text
    assert "Atendimento" in walker.text


def test_a_domain_that_nobody_has(walker: Walker) -> None:
    assert_domain_refused(walker, "loja.invalid", "Não encontramos este domínio")


def test_a_domain_where_nobody_answers(walker: Walker) -> None:
    typed = f"http://127.0.0.1:{free_port()}"
    assert_domain_refused(walker, typed, "A loja não está respondendo", 502)


def test_a_domain_that_answers_too_late(walker: Walker, odd: OddStore) -> None:
    odd.answers[METADATA] = (200, None)
    assert_domain_refused(walker, odd.url, "A loja não está respondendo", 502)


@pytest.mark.parametrize(
    "answer",
    [(404, {}), (200, "<html>Olá"), (200, []), (301, "https://x.example"), (403, "Proibido")],
)
def test_a_domain_that_is_no_store(walker: Walker, odd: OddStore, answer: tuple[int, Any]) -> None:
    odd.answers[METADATA] = answer
    said = "Neste endereço não há uma loja" if answer[1] != [] else "A loja diz ter outro endereço"
    assert_domain_refused(walker, odd.url, said)
    assert odd.asked == [METADATA]


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://outra.example"},
        {"token_endpoint": "https://ladrao.example/token"},
        {"registration_endpoint": "http://127.0.0.1:1/register"},
    ],
)
def test_a_store_that_names_another_address(
    walker: Walker, odd: OddStore, changes: dict[str, str]
) -> None:
    odd.metadata(**changes)
    assert_domain_refused(walker, odd.url, "A loja diz ter outro endereço")
    assert odd.asked == [METADATA]


def test_a_store_without_pkce(walker: Walker, odd: OddStore) -> None:
    odd.metadata(code_challenge_methods_supported=["plain"])
    assert_domain_refused(walker, odd.url, "não oferece uma entrada segura")


def test_a_store_that_refuses_our_app(walker: Walker, odd: OddStore) -> None:
    odd.metadata()
    odd.answers["/register"] = (400, {"error": "invalid_client_metadata"})
    assert_domain_refused(walker, odd.url, "não aceitou registrar o aplicativo")


def test_a_store_that_answers_without_measure(walker: Walker, odd: OddStore) -> None:
    """Nothing of it is kept: neither in the browser's session nor in the ledger."""
    odd.metadata()
    odd.answers["/register"] = (201, {"client_id": "a" * 100_000})
    assert_domain_refused(walker, odd.url, "não aceitou registrar o aplicativo")
    odd.metadata(authorization_endpoint=f"{odd.url}/authorize?{'a' * 100_000}")
    assert_domain_refused(walker, odd.url, "A loja diz ter outro endereço")
    odd.answers[METADATA] = (200, "[" * 100_000)
    assert_domain_refused(walker, odd.url, "Neste endereço não há uma loja")


def test_an_internal_address_is_not_called(tmp_path: Path, odd: OddStore) -> None:
    """As long as no operator allows it; nor plain http."""
    odd.metadata()
    port = odd.url.rpartition(":")[2]
    with install_world(tmp_path, "--families", "0", PONTE_ALLOW_INTERNAL_STORES="") as world:
        walker = Walker(world)
        walker.open(world.link(world.new_account()))
        assert walker.path == "/instalar/loja"
        for typed in (
            "localhost", f"127.0.0.1:{port}", f"https://0x7f.1:{port}", f"2130706433:{port}",
            f"https://[::ffff:127.0.0.1]:{port}", f"https://[::1]:{port}", "169.254.169.254",
        ):  # fmt: skip
            walker.post("/instalar/loja", domain=typed)
            assert walker.page.status_code == 422
            assert "rede interna" in walker.text, typed
        walker.post("/instalar/loja", domain=odd.url)
        assert "precisa de um endereço seguro" in walker.text
    assert odd.asked == []


def test_domains_are_tried_at_a_bounded_rate(tmp_path: Path, odd: OddStore) -> None:
    """Nobody scans hosts through us."""
    with install_world(tmp_path, "--families", "0") as world:
        walker = Walker(world)
        walker.open(world.link(world.new_account()))
        form = walker.page
        statuses = []
        for _ in range(60):
            walker.page = form
            statuses.append(walker.post("/instalar/loja", domain=odd.url).status_code)
        assert statuses[-1] == 429
        assert "Muitas tentativas" in walker.text
        assert f'value="{odd.url}"' in walker.page.text
        assert len(odd.asked) < 50


def test_our_app_is_registered_once_and_anew_where_the_store_forgot_it(
    world: InstallWorld, walker: Walker, account: dict[str, Any]
) -> None:
    registered = "SELECT client_id FROM store_app WHERE store_url = %s"
    first = walker.name_store()
    ((client_id,),) = world.rows(registered, world.store.base_url)
    assert f"client_id={client_id}" in first
    again = walker.name_store()
    assert f"client_id={client_id}" in again
    world.rows("UPDATE store_app SET client_id = 'app_gone' RETURNING 1")
    fresh = walker.name_store()
    ((successor,),) = world.rows(registered, world.store.base_url)
    assert successor not in (client_id, "app_gone")
    assert f"client_id={successor}" in fresh


def test_a_merchant_who_declines_may_try_again(world: InstallWorld, walker: Walker) -> None:
    walker.name_store()
    walker.come_back(world.store.account, "deny")
    assert walker.page.status_code == 403
    assert "Você não autorizou o acesso à loja" in walker.text
    assert 'href="/instalar/loja"' in walker.page.text
    assert "error=" not in walker.page.url
    walker.open("/instalar/loja")
    assert f'value="{world.store.base_url}"' in walker.page.text


def test_the_return_in_another_browser_connects_nothing(
    world: InstallWorld, walker: Walker
) -> None:
    """Also what an attacker can do: have somebody else log in at the store for them."""
    address = decide_at_store(world.store.account, walker.name_store())
    another = Walker(world)
    assert another.open(address).status_code == 400
    assert "começou em outro navegador" in another.text
    assert another.path == "/instalar/problema"
    # Somebody with an installation of their own is not led into it either.
    theirs = Walker(world)
    theirs.open(world.link(world.new_account()))
    theirs.open(address)
    assert "não é desta instalação" in theirs.text
    # And the one who began still can.
    walker.open(address)
    assert walker.path == "/instalar/conectar"
    walker.post("/instalar/conectar", decision="other")
    assert walker.path == "/instalar/loja"


def test_a_wrong_state_spends_nothing(world: InstallWorld, walker: Walker) -> None:
    """A forged return, with the attacker's own code, before the true one."""
    address = decide_at_store(world.store.account, walker.name_store())
    true = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    code, mark = true["code"], {"loja": true["loja"]}
    forged: list[dict[str, str] | list[tuple[str, str]]] = [
        {"code": code, **mark},
        {"code": code, "state": true["state"]},
        {**true, "loja": "0" * 16},
        {**true, "iss": "https://outra.example"},
        {**true, "code": "\ufffd\x00"},
        {"code": code, "state": "", **mark},
        {"code": code, "state": "invented", **mark},
        {"state": "a" * 5000, "code": code},
        {"error": "access_denied"},
        [("code", code), ("state", "a"), ("state", "b")],
    ]
    for query in forged:
        walker.open(f"/instalar/retorno?{urlencode(query)}")
        assert walker.page.status_code == 400
        assert "não é desta instalação" in walker.text
    walker.open(address)
    assert walker.path == "/instalar/conectar"
    walker.post("/instalar/conectar", decision="other")


def test_a_store_that_sends_people_on_to_another_gets_no_code(
    world: InstallWorld, walker: Walker, odd: OddStore
) -> None:
    """A mix-up: the attacker's store passes our log-in on to the merchant's true one, to be handed
    its code together with the verifier. The true one sends browsers back to an address of its own.
    """
    true_log_in = walker.name_store()
    odd.metadata()
    walker.open("/instalar/loja")
    walker.post("/instalar/loja", domain=odd.url)
    asked = parse_qs(urlsplit(walker.log_in_address()).query)
    true = {name: values[0] for name, values in parse_qs(urlsplit(true_log_in).query).items()}
    mixed = {**true, "state": asked["state"][0], "code_challenge": asked["code_challenge"][0]}
    address = f"{true_log_in.partition('?')[0]}?{urlencode(mixed)}"
    walker.open(decide_at_store(world.store.account, address))
    assert walker.page.status_code == 400
    assert "não é desta instalação" in walker.text
    assert "/token" not in odd.asked


def test_the_state_of_an_earlier_log_in_is_good_no_more(
    world: InstallWorld, walker: Walker
) -> None:
    old = decide_at_store(world.store.account, walker.name_store())
    walker.open("/instalar/loja")
    walker.name_store()
    walker.open(old)
    assert "não é desta instalação" in walker.text


def test_the_return_pressed_twice_goes_on(world: InstallWorld, walker: Walker) -> None:
    walker.name_store()
    address = walker.come_back(world.store.account)
    walker.open(address)
    assert walker.path == "/instalar/conectar"
    walker.post("/instalar/conectar", decision="other")
    # Given up, it opens nothing any more.
    walker.open(address)
    assert walker.path == "/instalar/loja"


def test_the_return_pressed_twice_at_once_waits_for_the_first(
    world: InstallWorld, walker: Walker
) -> None:
    """A double click: the browser shows the second answer, and only the first has the code."""
    address = decide_at_store(world.store.account, walker.name_store())
    faults = {"latency_ms": 700, "only_paths": ["/oauth/token"], "include_oauth": True}
    assert world.store.admin("PUT", "faults", json=faults).ok
    try:
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            cookies = {each.name: each.value or "" for each in walker._session.cookies}
            presses = [
                pool.submit(requests.get, address, cookies=cookies, timeout=30) for _ in range(2)
            ]
            ended = [urlsplit(press.result().url).path for press in presses]
    finally:
        world.store.admin("PUT", "faults", json={})
    assert ended == ["/instalar/conectar"] * 2
    walker.open("/instalar/conectar")
    walker.post("/instalar/conectar", decision="other")


def test_a_code_that_the_store_does_not_take(world: InstallWorld, walker: Walker) -> None:
    """Used by somebody else, or older than its minute."""
    walker.open(walker.way_back(walker.name_store(), code="used-or-old"))
    assert walker.page.status_code == 400
    assert "A entrada na loja venceu" in walker.text
    assert 'href="/instalar/loja"' in walker.page.text


@pytest.mark.parametrize(
    ("token", "facts", "said"),
    [
        ((200, "<html>"), None, "respondeu algo que não entendemos"),
        ((200, {"access_token": "a\nb"}), None, "respondeu algo que não entendemos"),
        ((500, "oops"), None, "A loja não está respondendo"),
        ((200, {"access_token": "t"}), (200, {"nome": 1}), "respondeu algo que não entendemos"),
        ((200, {"access_token": "t"}), (401, {}), "respondeu algo que não entendemos"),
    ],
)
def test_a_store_that_answers_nonsense(
    walker: Walker, odd: OddStore, token: tuple[int, Any], facts: Any, said: str
) -> None:
    odd.metadata()
    odd.answers["/token"] = token
    odd.answers["/api/v1/store"] = facts or (404, {})
    walker.post("/instalar/loja", domain=odd.url)
    assert walker.path == "/instalar/entrar"
    walker.open(walker.way_back(walker.log_in_address(), code="c"))
    assert said in walker.text
    assert walker.path == "/instalar/problema"


def test_a_store_that_went_away_keeps_the_way(world: InstallWorld, walker: Walker) -> None:
    address = decide_at_store(world.store.account, walker.name_store())
    world.store.stop()
    try:
        walker.open(address)
        assert "A loja não está respondendo" in walker.text
    finally:
        world.store.restart()
    walker.open("/instalar/loja")
    assert f'value="{world.store.base_url}"' in walker.page.text


def test_an_unused_installation_goes_with_its_tokens(
    world: InstallWorld, account: dict[str, Any]
) -> None:
    walker = Walker(world)
    walker.open(world.link(world.new_account()))
    ours = "SELECT count(*) FROM installation WHERE expires_at < now() + interval '1 day'"
    world.rows(
        "UPDATE installation SET expires_at = now() - interval '1 second'"
        " WHERE hub_account <> %s RETURNING 1",
        account["account"],
    )
    walker.open("/instalar/loja")
    assert "Comece pelo Plugg.to" in walker.text
    world.ponte.worker()
    wait_until(lambda: world.rows(ours) == [(0,)], 30)
