"""Rights: what each role may see and do."""

import pytest

from ponte.services.actors import (
    Actor,
    Forbidden,
    Role,
    Via,
    must_change,
    must_operate,
    must_see,
    must_see_fleet,
)

OPERATOR = Actor(Role.OPERATOR, "Olga", Via.PANEL, user_id=1)
SUPPORT = Actor(Role.SUPPORT, "Sara", Via.PANEL, user_id=2)
MERCHANT = Actor(Role.MERCHANT, "Loja 7", Via.HUB, connection_id=7)
AS_MERCHANT = Actor(
    Role.MERCHANT, "Olga", Via.PANEL, user_id=1, connection_id=7, acts_as_merchant=True
)


def test_an_operator_may_everything() -> None:
    must_see(OPERATOR, 7)
    must_change(OPERATOR, 7)
    must_see_fleet(OPERATOR)
    must_operate(OPERATOR)


def test_support_sees_everything_and_changes_nothing() -> None:
    must_see(SUPPORT, 7)
    must_see_fleet(SUPPORT)
    with pytest.raises(Forbidden):
        must_change(SUPPORT, 7)
    with pytest.raises(Forbidden):
        must_operate(SUPPORT)


@pytest.mark.parametrize("actor", [MERCHANT, AS_MERCHANT])
def test_a_merchant_sees_and_changes_one_connection_only(actor: Actor) -> None:
    must_see(actor, 7)
    must_change(actor, 7)
    for forbidden in (must_see, must_change):
        with pytest.raises(Forbidden):
            forbidden(actor, 8)
    for whole in (must_see_fleet, must_operate):
        with pytest.raises(Forbidden):
            whole(actor)
