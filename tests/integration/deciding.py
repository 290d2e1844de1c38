"""What a merchant decides about pendências, asked of the services as a page does."""

from asking import ask, merchant_of
from world import World

from ponte.ledger.problem_lists import CauseKey
from ponte.services import decisions
from ponte.services.decisions import Decided, Retried


def ignore(
    world: World, cause: CauseKey, subject: str | None = None, reason: str = "já resolvido"
) -> Decided:
    return ask(
        world,
        lambda runtime: decisions.ignore(
            runtime, merchant_of(world), world.connection_id, cause, reason, subject
        ),
    )


def heed(world: World, cause: CauseKey, subject: str | None = None) -> Decided:
    return ask(
        world,
        lambda runtime: decisions.heed(
            runtime, merchant_of(world), world.connection_id, cause, subject
        ),
    )


def retry(world: World, kind: str, code: str, subject: str | None = None) -> Retried:
    return ask(
        world,
        lambda runtime: decisions.retry(
            runtime, merchant_of(world), world.connection_id, kind, code, subject
        ),
    )
