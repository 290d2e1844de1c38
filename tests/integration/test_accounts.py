"""One's own account: password, second factor, and the sessions in other browsers."""

import asyncio
from collections.abc import Iterator

import pyotp
import pytest
from bare_ledger import BareLedger, bare_ledger
from office import HERE, OTHER, PASSWORD, VAULT, Office, set_up_second_factor

from ponte.services import account, log_in, users
from ponte.services.account import WrongCode, WrongPassword
from ponte.services.actors import Role
from ponte.services.log_in import Purpose


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BareLedger]:
    with bare_ledger(tmp_path_factory.mktemp("accounts")) as running:
        yield running


@pytest.fixture
def office(ledger: BareLedger) -> Office:
    ledger.sql("TRUNCATE panel_user, panel_session, panel_link, api_token, trail CASCADE")
    return Office(ledger)


def test_a_new_password_ends_the_sessions_elsewhere(office: Office) -> None:
    _, key = office.join("sara@ponte.example", Role.SUPPORT)
    elsewhere = office.log_in("sara@ponte.example") or ""
    here = office.inside(key)
    with pytest.raises(WrongPassword):
        office.ledger.run(account.change_password(office.pool, here, "errada", OTHER))
    office.ledger.run(account.change_password(office.pool, here, PASSWORD, OTHER))
    assert office.here(key) is not None
    assert office.here(elsewhere) is None
    assert office.log_in("sara@ponte.example") is None
    assert office.log_in("sara@ponte.example", OTHER) is not None


def test_a_password_link_ends_all_sessions_and_asks_for_the_code_all_the_same(
    office: Office,
) -> None:
    sara, key = office.join("sara@ponte.example", Role.SUPPORT)
    set_up_second_factor(office, key)
    link = office.ledger.run(users.hand_link(office.pool, office.olga, sara.user_id))
    assert link.purpose is Purpose.PASSWORD
    followed = office.follow(link, OTHER)
    assert followed is not None
    waiting, needs_code = followed
    assert needs_code
    assert office.inside(waiting).actor is None
    assert office.here(key) is None


def test_a_second_factor_guards_from_its_first_code_on(office: Office) -> None:
    _, key = office.join("sara@ponte.example", Role.SUPPORT)
    elsewhere = office.log_in("sara@ponte.example") or ""
    here = office.inside(key)
    with pytest.raises(WrongPassword):
        office.ledger.run(account.begin_second_factor(office.pool, VAULT, here, "errada"))
    office.ledger.run(account.begin_second_factor(office.pool, VAULT, here, PASSWORD))
    # Not yet: who mistyped the secret is not locked out.
    assert office.actor(office.log_in("sara@ponte.example") or "").name == "Sara"
    with pytest.raises(WrongCode):
        office.ledger.run(account.confirm_second_factor(office.pool, VAULT, here, "000000"))
    secret = office.ledger.run(account.pending_secret(office.pool, VAULT, here))
    assert secret is not None
    code = pyotp.TOTP(secret.text).now()
    office.ledger.run(account.confirm_second_factor(office.pool, VAULT, here, code))
    # It is shown no more, and no other can be put in its place.
    assert office.ledger.run(account.pending_secret(office.pool, VAULT, here)) is None
    with pytest.raises(account.SecondFactorStands):
        office.ledger.run(account.begin_second_factor(office.pool, VAULT, here, PASSWORD))
    assert office.here(elsewhere) is None
    waiting = office.log_in("sara@ponte.example") or ""
    assert office.inside(waiting).actor is None
    # The code that turned it on lets nobody in.
    assert pass_code(office, waiting, code) is None
    sealed = office.ledger.sql("SELECT totp_secret FROM panel_user WHERE totp_since IS NOT NULL")
    assert secret.text.encode() not in bytes(sealed[0][0])


def pass_code(office: Office, waiting: str, code: str) -> str | None:
    """The second step of the log-in."""
    user_id = office.inside(waiting).user_id
    assert user_id is not None
    return office.ledger.run(log_in.pass_second_factor(office.pool, VAULT, user_id, code, HERE))


def test_a_code_is_good_once_also_at_the_same_moment(office: Office) -> None:
    _, key = office.join("sara@ponte.example", Role.SUPPORT)
    totp = set_up_second_factor(office, key)
    waiting = office.log_in("sara@ponte.example") or ""
    user_id = office.inside(waiting).user_id or 0
    # As of a telephone whose clock is a step ahead: the present code is spent.
    office.ledger.sql("UPDATE panel_user SET totp_step = totp_step - 1 WHERE totp_step > 0")
    code = totp.now()

    async def both() -> list[str | None]:
        return await asyncio.gather(
            *(log_in.pass_second_factor(office.pool, VAULT, user_id, code, HERE) for _ in range(2))
        )

    keys = office.ledger.run(both())
    assert sorted(each is None for each in keys) == [False, True]


def test_a_second_factor_is_removed_by_password_and_code_or_by_an_operator(
    office: Office,
) -> None:
    sara, key = office.join("sara@ponte.example", Role.SUPPORT)
    totp = set_up_second_factor(office, key)
    here = office.inside(key)
    office.ledger.sql("UPDATE panel_user SET totp_step = 0")
    with pytest.raises(WrongPassword):
        office.ledger.run(
            account.remove_second_factor(office.pool, VAULT, here, "errada", totp.now())
        )
    with pytest.raises(WrongCode):
        office.ledger.run(account.remove_second_factor(office.pool, VAULT, here, PASSWORD, "123"))
    office.ledger.run(account.remove_second_factor(office.pool, VAULT, here, PASSWORD, totp.now()))
    assert office.actor(office.log_in("sara@ponte.example") or "").name == "Sara"
    set_up_second_factor(office, key)
    office.ledger.run(users.remove_second_factor(office.pool, office.olga, sara.user_id))
    assert office.here(key) is None
    assert office.actor(office.log_in("sara@ponte.example") or "").name == "Sara"


def test_sessions_are_listed_and_ended_one_by_one_and_all(office: Office) -> None:
    _, key = office.join("sara@ponte.example", Role.SUPPORT)
    others = [office.log_in("sara@ponte.example") or "" for _ in range(3)]
    here = office.inside(key)
    listed = office.ledger.run(account.list_sessions(office.pool, here))
    assert len(listed) == 4
    assert [each.is_this for each in listed].count(True) == 1
    (name, *_) = [each.name for each in listed if not each.is_this]
    assert office.ledger.run(account.end_session(office.pool, here, name))
    assert sum(office.here(each) is not None for each in others) == 2
    # Nobody else's.
    assert not office.ledger.run(account.end_session(office.pool, here, "0" * 16))
    assert office.ledger.run(account.end_other_sessions(office.pool, here)) == 2
    assert all(office.here(each) is None for each in others)
    assert office.here(key) is not None
