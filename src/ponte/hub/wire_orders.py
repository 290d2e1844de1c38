"""Reading an order out of an answer, whatever marketplace filled it.

Which field holds the buyer's document, the street or the total varies by channel, and half of them
may be missing; judging that is the domain's work. Here any JSON becomes a typed value, and no error
message ever quotes one, because orders carry people.
"""

from datetime import datetime

from ponte.domain.documents import cleaned, tax_document
from ponte.domain.hub_order import (
    HubAddress,
    HubItem,
    HubOrder,
    HubPayment,
    HubShipment,
    OrderListing,
    StatusChange,
)
from ponte.domain.readings import count, flag, mapping, members, moment, money, text, whole
from ponte.hub.wire_values import objects, opened

# Fields that were seen or may be expected to hold a buyer's document, with the length to which a
# number that lost its leading zeros is filled up again.
_DOCUMENT_FIELDS = (("cpf", 11), ("cnpj", 14), ("tax_id", 11), ("document", 11))

_SHIPMENT_FIELDS = HubShipment.__struct_fields__

# Where an entry of `status_history` may say which status, and when: the shape is not documented.
_STATUS_KEYS = ("status", "new_status", "to", "value", "name")
_TIME_KEYS = ("date", "created", "at", "modified", "changed", "updated", "time", "timestamp")


def read_status(value: object) -> str:
    """A status in lower case; "" where there is none."""
    return (text(value) or "").lower()


def read_order(answer: object, asked_id: str) -> HubOrder | None:
    """The order of an answer about `asked_id`; None where the answer shows no order fields."""
    order = opened(answer, "Order")
    # A write may be answered with nothing but the id: that shows nothing of the order.
    if not any(name in order for name in ("status", "items", "modified", "total")):
        return None
    return HubOrder(
        id=text(order.get("id")) or asked_id,
        status=read_status(order.get("status")),
        order_number=text(order.get("order_id")),
        marketplace_id=text(order.get("original_id")),
        channel=text(order.get("channel")),
        external=_externals(order.get("external")),
        ack=flag(order.get("ack")) is True,
        created=moment(order.get("created")),
        modified=moment(order.get("modified")),
        total=money(order.get("total")),
        subtotal=money(order.get("subtotal")),
        shipping=money(order.get("shipping")),
        discount=money(order.get("discount")),
        total_paid=money(order.get("total_paid")),
        currency=text(order.get("currency")),
        account=whole(order.get("user_id")),
        delivery_type=text(order.get("delivery_type")),
        expected_delivery=_expected_delivery(order),
        receiver=_address(order, "receiver_"),
        payer=_address(order, "payer_"),
        items=tuple(_item(item) for item in objects(order.get("items"))),
        payments=tuple(_payment(payment) for payment in objects(order.get("payments"))),
        shipments=tuple(_shipment(shipment) for shipment in objects(order.get("shipments"))),
        history=_history(order.get("status_history")),
        log_messages=_log_messages(order.get("log_history")),
    )


def read_listings(entries: list[object]) -> tuple[OrderListing, ...]:
    """The orders of a list; an entry without id is left out, for it cannot be asked for."""
    listings = []
    for entry in entries:
        order = opened(entry, "Order")
        order_id = text(order.get("id"))
        if order_id is not None:
            status = read_status(order.get("status"))
            listings.append(OrderListing(order_id, status, moment(order.get("modified"))))
    return tuple(listings)


def _externals(value: object) -> tuple[str, ...]:
    """Every number in `external`: a string, an object keyed by app, or lists of them."""
    own = text(value)
    if own is not None:
        return (own,)
    found: dict[str, None] = {}
    for member in members(value):
        for inner in (member, *members(member)):
            if (number := text(inner)) is not None:
                found[number] = None
    return tuple(found)


def _expected_delivery(order: dict[str, object]) -> str | None:
    """ISO text: the day where only a day is given, else the moment in UTC."""
    promised = order.get("expected_delivery_date") or order.get("receiver_schedule_date")
    for value in (promised, *(s.get("estimate_delivery_date") for s in _shipments(order))):
        at = moment(value)
        if at is not None:
            written = text(value) or ""
            return written if len(written) == len("2026-01-31") else at.isoformat()
    return None


def _shipments(order: dict[str, object]) -> list[dict[str, object]]:
    return objects(order.get("shipments"))


def _address(order: dict[str, object], prefix: str) -> HubAddress:
    def field(name: str) -> str | None:
        return text(order.get(prefix + name))

    return HubAddress(
        name=_full_name(field("fullname"), field("name"), field("lastname")),
        documents=_documents(order, prefix),
        company_name=field("razao_social") or field("company_name"),
        state_registration=field("ie"),
        street=field("address"),
        number=field("address_number"),
        complement=field("address_complement") or field("additional_info"),
        reference=field("address_reference"),
        neighborhood=field("neighborhood"),
        city=field("city"),
        state=field("state"),
        country=field("country"),
        postal_code=field("zipcode"),
        phone=_phone(field("phone_area"), field("phone"))
        or _phone(field("phone2_area"), field("phone2")),
        email=field("email"),
    )


def _full_name(full: str | None, first: str | None, last: str | None) -> str | None:
    if full is not None:
        return full
    if first is None or last is None:
        return first or last
    return first if first.lower().endswith(last.lower()) else f"{first} {last}"


def _phone(area: str | None, phone: str | None) -> str | None:
    """Area code and number; some channels repeat the area code in the number."""
    if phone is None or area is None:
        return phone
    digits = sum(character.isdigit() for character in phone)
    return phone if digits > len("912345678") else f"{area} {phone}"


def _documents(order: dict[str, object], prefix: str) -> tuple[str, ...]:
    """Every plausible document without punctuation, valid ones first."""
    valid: dict[str, None] = {}
    others: dict[str, None] = {}
    for name, length in _DOCUMENT_FIELDS:
        given = cleaned(text(order.get(prefix + name)) or "")
        if not given.isalnum():
            continue
        for candidate in (given, given.zfill(length)):
            if tax_document((candidate,)) is not None:
                valid[candidate] = None
                break
        else:
            others[given] = None
    return tuple(valid) + tuple(others)


def _item(item: dict[str, object]) -> HubItem:
    own = text(item.get("sku"))
    variation = text(mapping(item.get("variation")).get("sku"))
    sold = variation or own
    # Of an item with a variation, `sku` is the parent's: nobody bought the parent.
    others = dict.fromkeys((None if variation else own, text(item.get("original_sku"))))
    return HubItem(
        sku=sold,
        other_skus=tuple(sku for sku in others if sku is not None and sku != sold),
        name=text(item.get("name")) or "",
        quantity=count(item.get("quantity")),
        price=money(item.get("price")),
        total=money(item.get("total")),
        discount=money(item.get("discount")),
    )


def _payment(payment: dict[str, object]) -> HubPayment:
    return HubPayment(
        method=text(payment.get("payment_type")) or text(payment.get("payment_method")) or "",
        installments=max(1, count(payment.get("payment_installments")) or 1),
        total=money(payment.get("payment_total")),
    )


def _shipment(shipment: dict[str, object]) -> HubShipment:
    return HubShipment(**{name: text(shipment.get(name)) for name in _SHIPMENT_FIELDS})


def _history(value: object) -> tuple[StatusChange, ...]:
    """The past statuses, from a list of objects or words, or an object of status and time."""
    if isinstance(value, dict) and not any(isinstance(member, dict) for member in value.values()):
        if _first(value, _STATUS_KEYS) is not None:
            return (_change(value),)
        dated = ((status, moment(at)) for status, at in value.items())
        return tuple(StatusChange(read_status(status), at) for status, at in dated if at)
    read = []
    for entry in members(value):
        if isinstance(entry, dict):
            read.append(_change(entry))
        elif (word := read_status(entry)) != "":
            read.append(StatusChange(word, None))
    return tuple(change for change in read if change.status)


def _change(entry: dict[str, object]) -> StatusChange:
    at: datetime | None = None
    for key in _TIME_KEYS:
        if (at := moment(entry.get(key))) is not None:
            break
    return StatusChange(read_status(_first(entry, _STATUS_KEYS)), at)


def _first(entry: dict[str, object], keys: tuple[str, ...]) -> str | None:
    return next((word for key in keys if (word := text(entry.get(key))) is not None), None)


def _log_messages(value: object) -> tuple[str, ...]:
    messages = (
        text(entry.get("message")) if isinstance(entry, dict) else text(entry)
        for entry in members(value)
    )
    return tuple(message for message in messages if message is not None)
