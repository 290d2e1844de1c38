"""What nobody documents about the hub, each as a named switch.

The dossier (pluggto-api.md) marks as [A] what is neither documented nor seen. A client that works
only with our guess is broken in the field, so every guess can be turned at start (`--assume`) and
at run time (`PUT /_sandbox/assumptions`), and a client tried against each answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ponte_sandbox.common.asgi import Refusal


@dataclass(frozen=True)
class Assumption:
    """One open question: its answers, the first of which is the default."""

    name: str
    answers: tuple[str, ...]
    # What it decides, for the person who reads the list.
    doc: str


KNOWN = (
    Assumption(
        "users_resource",
        ("present", "missing"),
        "GET /users answers id, name and email of the account, or 404.",
    ),
    Assumption(
        "not_updated_status",
        ("400", "200", "422"),
        "HTTP status of the not_updated answer ('Changes not found in the order').",
    ),
    Assumption("missing_status", ("404", "400"), "HTTP status for a product or order unknown."),
    Assumption(
        "validation_status", ("400", "422"), "HTTP status for invalid fields (type validation)."
    ),
    Assumption(
        "invalid_grant_status",
        ("400", "401"),
        "HTTP status for a wrong password, code or refresh token (invalid_grant).",
    ),
    Assumption(
        "invalid_client_status",
        ("401", "400"),
        "HTTP status for a wrong client id or secret (invalid_client).",
    ),
    Assumption(
        "repeated_status",
        ("merged", "refused"),
        "An order PUT with the status it already has and other changes: the changes apply, or the "
        "whole call is not_updated.",
    ),
    Assumption(
        "variations",
        ("merge", "replace"),
        "A variation left out of the list sent stays, or goes.",
    ),
    Assumption(
        "delivered_status", ("accepted", "refused"), "Whether an app may set status delivered."
    ),
    Assumption("shipped_status", ("accepted", "refused"), "Whether an app may set status shipped."),
    Assumption(
        "null_clears", ("yes", "no"), "A product field sent as null is emptied, or ignored."
    ),
    Assumption(
        "rate_limit_answer",
        ("429_retry_after", "429_bare", "503"),
        "What a call beyond the rate limit is answered.",
    ),
    Assumption(
        "expired_token_status",
        ("401", "400", "403"),
        "HTTP status for an expired or unknown access token.",
    ),
    Assumption(
        "external_shape",
        ("string", "object"),
        "An order's external: the text, or an object keyed by the app's client id.",
    ),
    Assumption("numbers", ("number", "string"), "Amounts in orders: JSON numbers, or texts."),
    Assumption("status_history", ("present", "absent"), "Whether orders carry their history."),
    Assumption(
        "answer_body",
        ("full", "empty_product"),
        "A write answers the whole product or order, or only its id.",
    ),
    Assumption("list_totals", ("present", "absent"), "Whether lists carry total and showing."),
    Assumption(
        "list_next",
        ("full_page", "always"),
        "A list's next: only while there may be more, or the last item's id on every page.",
    ),
    Assumption(
        "list_order",
        ("oldest", "newest"),
        "What a list begins with that is asked for without sort and order.",
    ),
    Assumption(
        "window_days",
        ("utc", "brasilia"),
        "Whose days and times the windows created and modified mean when they do not say.",
    ),
    Assumption("created_status", ("201", "200"), "HTTP status of POST /products and POST /orders."),
    Assumption(
        "existing_sku",
        ("refused", "updated"),
        "POST /products with the SKU of a product there is.",
    ),
    Assumption(
        "variation_put",
        ("variation", "refused"),
        "PUT /skus/{sku} with a variation's SKU changes that variation, or is refused.",
    ),
    Assumption(
        "variation_delete",
        ("variation", "product"),
        "DELETE /skus/{sku} with a variation's SKU removes the variation, or its whole product.",
    ),
    Assumption(
        "stock_below_zero",
        ("refused", "zero"),
        "Stock lowered by more than there is: refused, or nothing is left.",
    ),
    Assumption("new_available", ("yes", "no"), "Whether a product is available until told so."),
    Assumption(
        "unchanged_put",
        ("silent", "stamped"),
        "A product PUT that changes nothing leaves modified alone and tells nobody, or does both.",
    ),
    Assumption(
        "own_changes",
        ("told", "untold"),
        "Whether an app is notified of what it changed itself.",
    ),
    Assumption(
        "shipping_items",
        ("checked", "unchecked"),
        "Whether what deliveries hold must have been ordered, in that quantity.",
    ),
    Assumption(
        "reserved_until",
        ("shipped", "invoiced"),
        "With which status an order's reservation ends: shipping_informed, shipped or delivered; "
        "or already invoiced.",
    ),
    Assumption(
        "reserved_goods",
        ("released", "consumed"),
        "What ends with a reservation of goods sent: only reserved falls, because the store "
        "counts quantity; or quantity falls, too.",
    ),
    Assumption(
        "users_shape",
        ("bare", "enveloped"),
        'GET /users answers the account\'s fields, or {"User": {…}} as other resources do.',
    ),
)

_BY_NAME = {assumption.name: assumption for assumption in KNOWN}


class Assumptions:
    """The answers in force. Kept in memory: a restart goes back to the command line's."""

    def __init__(self, chosen: Iterable[str] = ()) -> None:
        """`chosen` are `name=value` texts; raises ValueError for an unknown name or value."""
        self._answers = {assumption.name: assumption.answers[0] for assumption in KNOWN}
        for text in chosen:
            name, _, value = text.partition("=")
            _check(name, value)
            self._answers[name] = value
        self._derive()

    def change(self, answers: dict[str, str]) -> None:
        """Turn some switches, all or none; raises `Refusal` 400 for an unknown name or value."""
        for name, value in answers.items():
            try:
                _check(name, value)
            except ValueError as error:
                raise Refusal(400, "validation", str(error)) from error
        self._answers.update(answers)
        self._derive()

    def __getitem__(self, name: str) -> str:
        """The answer in force for a known name."""
        return self._answers[name]

    def listed(self) -> list[dict[str, object]]:
        """Every switch with its value, default, answers and explanation."""
        return [
            {
                "name": assumption.name,
                "value": self._answers[assumption.name],
                "default": assumption.answers[0],
                "answers": list(assumption.answers),
                "doc": assumption.doc,
            }
            for assumption in KNOWN
        ]

    def _derive(self) -> None:
        # Read on every call, so they are plain attributes.
        answers = self._answers
        self.writes_answer_all = answers["answer_body"] == "full"
        self.null_clears = answers["null_clears"] == "yes"
        self.variations_merge = answers["variations"] == "merge"
        self.new_available = int(answers["new_available"] == "yes")
        self.stamps_unchanged = answers["unchanged_put"] == "stamped"
        self.tells_writer = answers["own_changes"] == "told"
        self.orders_as_stored = (
            answers["external_shape"] == "string"
            and answers["numbers"] == "number"
            and answers["status_history"] == "present"
        )


def _check(name: str, value: str) -> None:
    assumption = _BY_NAME.get(name)
    if assumption is None:
        raise ValueError(f"There is no assumption {name!r}; there are {', '.join(_BY_NAME)}")
    if value not in assumption.answers:
        raise ValueError(f"{name} is one of {', '.join(assumption.answers)}, not {value!r}")
