"""The marketplaces' habits: the same order looks different from each of them.

Which field holds the document, whether amounts are numbers or texts, how names and missing values
are written: pluggto-api.md says it "varies", and a client that has learned one channel's habit
fails on the next. Which habit belongs to which channel is ours.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ponte_sandbox.hub.marketplace.buyers import Buyer
from ponte_sandbox.hub.wire import invalid


class Channel(NamedTuple):
    """One marketplace."""

    name: str
    # The number of its app in the hub: an order's `user_client_id`.
    app_number: int
    # Where a CPF stands, and where a CNPJ.
    cpf_fields: tuple[str, ...]
    cnpj_fields: tuple[str, ...]
    # "123.456.789-09" instead of digits only.
    dotted_documents: bool
    # "129.90" instead of 129.90, "3" instead of 3.
    writes_texts: bool
    # What stands where there is nothing: None, "", or no field at all.
    absent: Any
    # Company and first name in one field instead of two.
    full_names: bool
    # Of every hundred orders, how many have a voucher of the channel, and lines with discounts.
    voucher_percent: int
    line_discount_percent: int
    payment_types: tuple[str, ...]


# Stands for "leave the field out".
MISSING = object()

CHANNELS = (
    Channel(
        "Mercado Livre", 2, ("payer_cpf",), ("payer_cnpj",), False, False, None, False, 10, 0,
        ("credit", "credit", "ticket", "account_money", "pix"),
    ),
    Channel(
        "Shopee", 309, ("payer_tax_id",), ("payer_tax_id",), False, True, "", True, 45, 0,
        ("credit", "pix", "ticket"),
    ),
    Channel(
        "Amazon", 270, ("payer_tax_id",), ("payer_tax_id",), True, False, MISSING, True, 5, 20,
        ("credit", "ticket"),
    ),
    Channel(
        "Magazine Luiza", 245, ("payer_cpf",), ("payer_cnpj",), True, True, None, False, 15, 15,
        ("credit", "credit", "pix", "debit"),
    ),
    Channel(
        "B2W", 275, ("payer_cpf", "payer_document"), ("payer_cnpj", "payer_document"), False, True,
        "", False, 20, 0, ("credit", "ticket", "debit"),
    ),
    Channel(
        "Via", 276, ("payer_cpf", "receiver_cpf"), ("payer_cnpj",), False, False, MISSING, False,
        10, 10, ("credit", "ticket"),
    ),
)  # fmt: skip

CHANNELS_BY_NAME = {channel.name: channel for channel in CHANNELS}


class Mix(NamedTuple):
    """Which channels orders come from. Without weights each is as likely."""

    channels: tuple[Channel, ...] = CHANNELS
    weights: tuple[float, ...] | None = None

    def draw(self, chance: random.Random) -> Channel:
        """The channel of one order."""
        if self.weights is None:
            return chance.choice(self.channels)
        return chance.choices(self.channels, self.weights)[0]


def mix_of(names: Sequence[str] | Mapping[str, float]) -> Mix:
    """The mix somebody asked for by names or by weights; none at all means every channel.

    Raises `Refusal` 400 for an unknown name, and for weights of which none is above zero.
    """
    if not names:
        return Mix()
    unknown = [name for name in names if name not in CHANNELS_BY_NAME]
    if unknown:
        raise invalid(f"channels are {', '.join(CHANNELS_BY_NAME)}, not {unknown[0][:80]!r}")
    channels = tuple(CHANNELS_BY_NAME[name] for name in names)
    if not isinstance(names, Mapping):
        return Mix(channels)
    weights = tuple(names.values())
    if not any(weights):
        raise invalid("channels: one of the weights has to be above 0")
    return Mix(channels, weights)


def buyer_fields(channel: Channel, buyer: Buyer) -> dict[str, Any]:
    """The `payer_*` and `receiver_*` fields as this channel writes them."""
    document = buyer.document
    fields: dict[str, Any] = {}
    for side in ("payer", "receiver"):
        fields |= {
            f"{side}_address": buyer.street,
            f"{side}_address_number": buyer.number,
            f"{side}_address_complement": _or_absent(channel, buyer.complement),
            f"{side}_neighborhood": buyer.neighborhood,
            f"{side}_city": buyer.city,
            f"{side}_state": buyer.state,
            f"{side}_country": _or_absent(channel, "Brasil" if channel.full_names else "BR"),
            f"{side}_zipcode": _postal_code(channel, buyer),
            f"{side}_phone_area": buyer.phone_area,
            f"{side}_phone": buyer.phone,
            f"{side}_phone2": _or_absent(channel, None),
            f"{side}_email": _or_absent(channel, None if channel.full_names else buyer.email),
        }
        if channel.full_names:
            fields[f"{side}_name"] = f"{buyer.first_name} {buyer.last_name}"
        else:
            fields[f"{side}_name"] = buyer.first_name
            fields[f"{side}_lastname"] = buyer.last_name
    fields["payer_razao_social"] = _or_absent(channel, buyer.company)
    fields["payer_ie"] = _or_absent(channel, buyer.state_registration)
    written = _dotted(document) if channel.dotted_documents else document
    is_company = len(document) == len("12345678000195")
    for name in ("payer_cpf", "payer_cnpj", "payer_tax_id"):
        fields[name] = _or_absent(channel, None)
    for name in channel.cnpj_fields if is_company else channel.cpf_fields:
        fields[name] = written
    return {name: value for name, value in fields.items() if value is not MISSING}


def _or_absent(channel: Channel, value: Any) -> Any:
    return channel.absent if value is None else value


def _postal_code(channel: Channel, buyer: Buyer) -> str:
    code = buyer.postal_code
    return f"{code[:5]}-{code[5:]}" if channel.dotted_documents else code


def _dotted(document: str) -> str:
    if len(document) == len("12345678909"):
        return f"{document[:3]}.{document[3:6]}.{document[6:9]}-{document[9:]}"
    return f"{document[:2]}.{document[2:5]}.{document[5:8]}/{document[8:12]}-{document[12:]}"
