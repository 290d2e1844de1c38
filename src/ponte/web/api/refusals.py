"""Where services say no: how it is answered. One table, so that a code means one thing."""

from collections.abc import Callable, Mapping
from typing import Any

from ponte.domain.failures import Failure
from ponte.services import audits, exports, operation
from ponte.services.account import SecondFactorStands, WrongCode, WrongPassword
from ponte.services.alerts import NoChannel
from ponte.services.buyers import BuyerNotShown, NoAnswer, UnknownOrder
from ponte.services.decisions import BadReason, NotIgnorable
from ponte.services.disconnecting import NotConfirmed, SwitchedOff
from ponte.services.log_in import EmailTaken
from ponte.services.products import NoSuchProduct, ShutOut
from ponte.services.rules import FaultyRules, NoSuchConnection, RulesConflict
from ponte.services.rules_preview import PreviewGone
from ponte.services.tokens import MOST_TOKENS, TooManyTokens
from ponte.services.users import LastOperator, NoSuchUser, Unfit, UserDisabled
from ponte.web.documents.files import NoReport

Said = tuple[int, str, str]
_THERE_IS_NONE = "There is nothing here, or nothing that this token may see."


def _faulty(error: Any) -> Said:
    faults = "; ".join(f"{fault.field}: {fault.code}" for fault in error.faults)
    return 400, "faulty_rules", f"Rules that cannot be so: {faults}."


_NO_BUYER: Mapping[NoAnswer, Said] = {
    NoAnswer.HUB_DOWN: (502, "hub_down", "The hub does not answer. Try again."),
    NoAnswer.THROTTLED: (502, "throttled", "The hub lets no more calls by at present. Try again."),
    NoAnswer.ACCESS_ENDED: (409, "access_ended", "The access to the hub ended. Connect again."),
    NoAnswer.GONE: (404, "gone", "The hub has this order no more."),
}


# Status, code and message; where they depend on the error, what makes them of it.
REFUSALS: Mapping[type[Exception], Said | Callable[[Any], Said]] = {
    NoSuchUser: (404, "not_found", _THERE_IS_NONE),
    NoSuchConnection: (404, "not_found", _THERE_IS_NONE),
    NoSuchProduct: (404, "not_found", _THERE_IS_NONE),
    UnknownOrder: (404, "not_found", _THERE_IS_NONE),
    Unfit: lambda error: (400, f"unfit_{error.field}", f"`{error.field}` cannot be so."),
    EmailTaken: (409, "email_taken", "Somebody has this e-mail already."),
    LastOperator: (409, "last_operator", "This is the last operator who can log in."),
    UserDisabled: (409, "user_disabled", "The user is disabled."),
    NoChannel: (409, "no_channel", "No channel for alerts is set up."),
    BadReason: (400, "bad_reason", "A reason of 1 to 200 characters is wanted."),
    NotIgnorable: (409, "not_ignorable", "This pendência cannot be ignored."),
    ShutOut: (409, "access_ended", "The access to the hub or the store ended. Connect again."),
    NotConfirmed: (400, "not_confirmed", "That is neither the store's name nor its domain."),
    SwitchedOff: (409, "switched_off", "The connection was ended before."),
    FaultyRules: _faulty,
    RulesConflict: (409, "changed_meanwhile", "The rules were changed meanwhile. Read them again."),
    WrongPassword: (409, "wrong_password", "That is not the present password."),
    WrongCode: (409, "wrong_code", "The code is wrong, or was used before. Wait for the next."),
    SecondFactorStands: (409, "second_factor_stands", "There is a second factor already."),
    TooManyTokens: (409, "too_many_tokens", f"{MOST_TOKENS} tokens at most. Revoke one first."),
    BuyerNotShown: lambda error: _NO_BUYER[error.reason],
    PreviewGone: (409, "preview_gone", "The preview is there no more. Begin another."),
    exports.NotPossible: (409, "not_possible", "As the connection is, that is not possible."),
    audits.NotDone: lambda error: (409, str(error.reason), "As things are, that cannot be done."),
    operation.NotDone: lambda error: (
        409,
        str(error.refusal),
        "As things are, that cannot be done.",
    ),
    NoReport: (404, "not_found", "None has ended yet."),
    Failure: (502, "not_reached", "The hub or the store did not do what was asked. Try again."),
}


def said_of(error: Exception) -> Said:
    """How a refusal is answered."""
    for kind in type(error).__mro__:
        said = REFUSALS.get(kind)
        if said is not None:
            return said(error) if callable(said) else said
    raise error
