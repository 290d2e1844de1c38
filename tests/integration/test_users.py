"""Users and their rights: nobody is left without an operator, and nothing outlives its right."""

import asyncio
from collections.abc import Iterator

import pytest
from bare_ledger import BareLedger, bare_ledger
from office import OTHER, PASSWORD, Office

from ponte.ledger import people
from ponte.services import account, links, tokens, users
from ponte.services.actors import Actor, Forbidden, Role, Via
from ponte.services.history import read_interventions, read_trail
from ponte.services.log_in import EmailTaken, Purpose
from ponte.services.tokens import NewToken, TooManyTokens
from ponte.services.users import LastOperator, Rights, Unfit, UserDisabled, UserView


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BareLedger]:
    with bare_ledger(tmp_path_factory.mktemp("users")) as running:
        running.connect(2)
        yield running


@pytest.fixture
def office(ledger: BareLedger) -> Office:
    ledger.sql("TRUNCATE panel_user, panel_session, panel_link, api_token, trail CASCADE")
    return Office(ledger)


@pytest.fixture
def stores(ledger: BareLedger) -> list[int]:
    return [number for (number,) in ledger.sql("SELECT connection_id FROM connection ORDER BY 1")]


def test_an_invitation_is_good_once_and_its_user_has_the_rights(
    office: Office, stores: list[int]
) -> None:
    user, link = office.invite("  Ana@Loja.com.BR ", Role.MERCHANT, stores[0])
    assert (user.email, user.has_joined) == ("ana@loja.com.br", False)
    assert link.purpose is Purpose.INVITATION
    assert office.log_in("ana@loja.com.br") is None
    followed = office.follow(link)
    assert followed is not None
    ana = office.actor(followed[0])
    assert (ana.role, ana.connection_id) == (Role.MERCHANT, stores[0])
    assert office.follow(link, OTHER) is None
    assert office.log_in("ANA@loja.com.br") is not None


def test_a_link_opens_only_what_it_is_for(office: Office) -> None:
    _, link = office.invite("sara@ponte.example", Role.SUPPORT)
    other = links.HandedLink(Purpose.PASSWORD, link.token, link.expires_at)
    assert office.follow(other) is None
    assert link.token not in repr(link)
    office.ledger.sql("UPDATE panel_link SET expires_at = now() - interval '1 second'")
    assert office.follow(link) is None


def test_a_newer_link_ends_the_former(office: Office) -> None:
    user, first = office.invite("sara@ponte.example", Role.SUPPORT)
    second = office.ledger.run(users.hand_link(office.pool, office.olga, user.user_id))
    assert second.purpose is Purpose.INVITATION
    assert office.follow(first) is None
    assert office.follow(second) is not None


def test_only_fit_rights_are_given(office: Office, stores: list[int]) -> None:
    def unfit(email: str, rights: Rights) -> str:
        with pytest.raises(Unfit) as caught:
            office.ledger.run(users.invite(office.pool, office.olga, email, rights))
        return caught.value.field

    assert unfit("ana", Rights("Ana", Role.SUPPORT)) == "email"
    assert unfit("ana@loja.com", Rights(" \0 ", Role.SUPPORT)) == "name"
    assert unfit("ana@loja.com", Rights("Ana", Role.MERCHANT)) == "connection_id"
    assert unfit("ana@loja.com", Rights("Ana", Role.MERCHANT, 2**40)) == "connection_id"
    assert unfit("ana@loja.com", Rights("Ana", Role.MERCHANT, 999_999)) == "connection_id"
    office.invite("ana@loja.com", Role.SUPPORT, stores[0])
    with pytest.raises(EmailTaken):
        office.invite("ANA@loja.com", Role.SUPPORT)


def test_the_last_operator_stays(office: Office) -> None:
    number = office.olga.user_id or 0
    # Invited operators cannot log in yet.
    office.invite("otto@ponte.example", Role.OPERATOR)
    with pytest.raises(LastOperator):
        office.ledger.run(users.disable(office.pool, office.olga, number))
    with pytest.raises(LastOperator):
        office.ledger.run(
            users.change_rights(office.pool, office.olga, number, Rights("Olga", Role.SUPPORT))
        )


def test_of_two_who_demote_each_other_at_once_one_stays(office: Office) -> None:
    otto, key = office.join("otto@ponte.example", Role.OPERATOR)
    ottos = office.actor(key)
    olga = office.olga.user_id or 0

    async def both() -> list[UserView | BaseException]:
        ended = await asyncio.gather(
            users.change_rights(office.pool, ottos, olga, Rights("Olga", Role.SUPPORT)),
            users.disable(office.pool, office.olga, otto.user_id),
            return_exceptions=True,
        )
        return list(ended)

    for _ in range(5):
        ended = office.ledger.run(both())
        assert sorted(type(each).__name__ for each in ended) == ["LastOperator", "UserView"]

        async def count() -> int:
            async with office.pool.connection() as conn:
                return await people.count_operators(conn)

        assert office.ledger.run(count()) == 1
        office.ledger.sql("UPDATE panel_user SET role = 'operator', disabled_at = NULL")


def test_who_is_disabled_is_out_at_once_with_sessions_links_and_tokens(office: Office) -> None:
    sara, key = office.join("sara@ponte.example", Role.SUPPORT)
    new = NewToken("ERP", Role.SUPPORT, 30)
    _, token = office.ledger.run(tokens.make_token(office.pool, office.actor(key), new))
    link = office.ledger.run(users.hand_link(office.pool, office.olga, sara.user_id))
    assert office.bearer(token) is not None
    office.ledger.run(users.disable(office.pool, office.olga, sara.user_id))
    assert office.here(key) is None
    assert office.bearer(token) is None
    assert office.follow(link) is None
    assert office.log_in("sara@ponte.example") is None
    with pytest.raises(UserDisabled):
        office.ledger.run(users.hand_link(office.pool, office.olga, sara.user_id))
    office.ledger.run(users.enable(office.pool, office.olga, sara.user_id))
    assert office.log_in("sara@ponte.example") is not None
    # What ended does not come back.
    assert office.here(key) is None
    assert office.bearer(token) is None


def test_a_changed_role_ends_sessions_and_tokens(office: Office, stores: list[int]) -> None:
    sara, key = office.join("sara@ponte.example", Role.SUPPORT)
    _, token = office.ledger.run(
        tokens.make_token(office.pool, office.actor(key), NewToken("x", Role.SUPPORT, 30))
    )
    rights = Rights("Sara", Role.MERCHANT, stores[1])
    office.ledger.run(users.change_rights(office.pool, office.olga, sara.user_id, rights))
    assert office.here(key) is None
    assert office.bearer(token) is None
    # A name alone ends nothing.
    key = office.log_in("sara@ponte.example") or ""
    rights = Rights("Sara Lima", Role.MERCHANT, stores[1])
    office.ledger.run(users.change_rights(office.pool, office.olga, sara.user_id, rights))
    assert office.actor(key).name == "Sara Lima"


def test_a_token_is_judged_by_its_users_rights_of_now(office: Office) -> None:
    _, key = office.join("otto@ponte.example", Role.OPERATOR)
    _, token = office.ledger.run(
        tokens.make_token(office.pool, office.actor(key), NewToken("x", Role.OPERATOR, 30))
    )
    # Whatever changed the row.
    office.ledger.sql("UPDATE panel_user SET role = 'support' WHERE email = 'otto@ponte.example'")
    assert office.bearer(token) is None
    office.ledger.sql("UPDATE panel_user SET role = 'operator' WHERE email = 'otto@ponte.example'")
    assert office.bearer(token) is not None
    office.ledger.sql("UPDATE api_token SET expires_at = now()")
    assert office.bearer(token) is None


def test_nobody_makes_a_token_that_may_more_than_they(office: Office, stores: list[int]) -> None:
    sara = Actor(Role.SUPPORT, "Sara", Via.PANEL, office.olga.user_id)
    ana = Actor(Role.MERCHANT, "Ana", Via.HUB, connection_id=stores[0])

    def make(actor: Actor, role: Role, connection: int | None = None) -> tokens.TokenView:
        new = NewToken("x", role, 30, connection)
        return office.ledger.run(tokens.make_token(office.pool, actor, new))[0]

    for actor, role in (
        (sara, Role.OPERATOR), (sara, Role.MERCHANT), (ana, Role.OPERATOR), (ana, Role.SUPPORT),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            make(actor, role, stores[0])
    # A merchant's token is of the own connection, whichever was asked for.
    assert make(ana, Role.MERCHANT, stores[1]).connection_id == stores[0]
    api = Actor(Role.OPERATOR, "x", Via.API, office.olga.user_id)
    with pytest.raises(Forbidden):
        make(api, Role.OPERATOR)
    for _ in range(tokens.MOST_TOKENS - 1):
        make(ana, Role.MERCHANT)
    with pytest.raises(TooManyTokens):
        make(ana, Role.MERCHANT)


def test_tokens_are_revoked_by_their_owner_and_by_operators_only(
    office: Office, stores: list[int]
) -> None:
    ana = Actor(Role.MERCHANT, "Ana", Via.HUB, connection_id=stores[0])
    other = Actor(Role.MERCHANT, "Bia", Via.HUB, connection_id=stores[1])
    sara = Actor(Role.SUPPORT, "Sara", Via.PANEL, 999)
    new = NewToken("ERP", Role.MERCHANT, 30)
    view, token = office.ledger.run(tokens.make_token(office.pool, ana, new))
    for stranger in (other, sara):
        assert not office.ledger.run(tokens.revoke_token(office.pool, stranger, view.token_id))
    assert office.bearer(token) is not None
    assert office.ledger.run(tokens.revoke_token(office.pool, office.olga, view.token_id))
    assert office.bearer(token) is None


def test_support_looks_and_merchants_do_not_even_that(office: Office, stores: list[int]) -> None:
    sara, _ = office.join("sara@ponte.example", Role.SUPPORT)
    support = Actor(Role.SUPPORT, "Sara", Via.PANEL, sara.user_id)
    merchant = Actor(Role.MERCHANT, "Ana", Via.PANEL, 999, stores[0])
    run, pool, number = office.ledger.run, office.pool, sara.user_id
    assert len(run(users.list_users(pool, support))) == 2
    for actor in (support, merchant):
        for deed in (
            users.invite(pool, actor, "x@y.example", Rights("X", Role.SUPPORT)),
            users.change_rights(pool, actor, number, Rights("X", Role.OPERATOR)),
            users.disable(pool, actor, number),
            users.enable(pool, actor, number),
            users.hand_link(pool, actor, number),
            users.remove_second_factor(pool, actor, number),
            users.end_sessions(pool, actor, number),
            tokens.list_all_tokens(pool, actor),
        ):
            with pytest.raises(Forbidden):
                run(deed)
    for look in (
        users.list_users(pool, merchant),
        users.read_user(pool, merchant, number),
        read_trail(pool, merchant),
        read_trail(pool, merchant, connection_id=stores[1]),
        read_trail(pool, merchant, connection_id=stores[0], user_id=number),
        read_interventions(pool, merchant, stores[1], count=10),
    ):
        with pytest.raises(Forbidden):
            run(look)


def test_the_trail_says_who_did_what_and_holds_no_secret(office: Office, stores: list[int]) -> None:
    ana, key = office.join("ana@loja.com.br", Role.MERCHANT, stores[0])
    _, token = office.ledger.run(
        tokens.make_token(office.pool, office.actor(key), NewToken("ERP", Role.MERCHANT, 30))
    )
    link = office.ledger.run(users.hand_link(office.pool, office.olga, ana.user_id))
    entries = office.ledger.run(read_trail(office.pool, office.olga))
    assert [each.action for each in entries][:4] == [
        "user.link_handed", "token.made", "user.joined", "user.invited",
    ]  # fmt: skip
    kept = office.ledger.sql("SELECT string_agg(trail::text, ' ') FROM trail")[0][0]
    for secret in (token, link.token, PASSWORD, key):
        assert secret not in kept
    # What a merchant sees of it: what others did; and page by page.
    seen = office.ledger.run(read_interventions(office.pool, office.actor(key), stores[0], count=1))
    assert [each.action for each in seen] == ["user.link_handed"]
    seen = office.ledger.run(
        read_interventions(
            office.pool, office.actor(key), stores[0], before=seen[0].entry_id, count=10
        )
    )
    assert [each.action for each in seen] == ["user.invited"]
    own = office.ledger.run(read_trail(office.pool, office.olga, user_id=ana.user_id))
    assert {each.actor for each in own} == {"Ana"}


def test_secrets_are_kept_as_hashes_only(office: Office) -> None:
    sara, key = office.join("sara@ponte.example", Role.SUPPORT)
    _, token = office.ledger.run(
        tokens.make_token(office.pool, office.actor(key), NewToken("ERP", Role.SUPPORT, 30))
    )
    link = office.ledger.run(users.hand_link(office.pool, office.olga, sara.user_id))
    kept = "".join(
        str(office.ledger.sql(f"SELECT t::text FROM {table} AS t"))  # noqa: S608 - of ours
        for table in ("panel_user", "panel_session", "panel_link", "api_token", "trail")
    )
    for secret in (key, token, token.removeprefix(tokens.PREFIX), link.token, PASSWORD):
        assert secret not in kept
        assert secret.encode().hex() not in kept


def test_a_token_that_a_token_makes_ends_with_it_and_no_later(office: Office) -> None:
    run, pool = office.ledger.run, office.pool
    wish = NewToken("Programa", Role.OPERATOR, 30)
    _, first = run(tokens.make_token(pool, office.olga, wish))
    parent = office.bearer(first)
    assert parent is not None
    longer = NewToken("Mais um", Role.OPERATOR, 365)
    view, second = run(tokens.make_token(pool, parent.actor, longer, parent))
    assert view.expires_at == parent.expires_at
    child = office.bearer(second)
    assert child is not None
    _, third = run(tokens.make_token(pool, child.actor, wish, child))
    assert office.bearer(third) is not None
    assert run(tokens.revoke_token(pool, office.olga, parent.token_id))
    assert [office.bearer(each) for each in (first, second, third)] == [None] * 3
    # Whoever still holds what the revoked one was makes none any more.
    with pytest.raises(Forbidden):
        run(tokens.make_token(pool, child.actor, wish, child))


def test_a_token_that_may_less_than_its_user_reaches_nothing_of_the_account(
    office: Office, stores: list[int]
) -> None:
    run, pool = office.ledger.run, office.pool
    for role in (Role.SUPPORT, Role.MERCHANT):
        _, given = run(tokens.make_token(pool, office.olga, NewToken("ERP", role, 30, stores[0])))
        less = office.bearer(given)
        assert less is not None
        assert not less.is_whole
        with pytest.raises(Forbidden):
            account.account_of(less)
        with pytest.raises(Forbidden):
            run(tokens.make_token(pool, less.actor, NewToken("x", role, 30), less))
    _, own = run(tokens.make_token(pool, office.olga, NewToken("ERP", Role.OPERATOR, 30)))
    whole = office.bearer(own)
    assert whole is not None
    assert account.account_of(whole).user_id == office.olga.user_id
    # A merchant whom the hub sent has no account, but sessions and tokens of the connection.
    ana = Actor(Role.MERCHANT, "Ana", Via.HUB, connection_id=stores[0])
    _, hers = run(tokens.make_token(pool, ana, NewToken("ERP", Role.MERCHANT, 30)))
    bearer = office.bearer(hers)
    assert bearer is not None
    assert run(account.read_account(pool, account.account_of(bearer))) is None
    assert run(account.list_sessions(pool, account.account_of(bearer))) == []
