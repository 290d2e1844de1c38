"""Put together as text or as objects, a body is the same."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from store_products import a_family, a_shirt, drafted, products

from ponte.domain.catalogue import StoreProduct
from ponte.domain.families import FamilyDraft, encode_content
from ponte.domain.full_body import full_body
from ponte.domain.hub_body import FamilyBody, OfferBody


def as_objects(draft: FamilyDraft) -> bytes:
    """The body, made of objects and encoded once."""

    def offered(body: OfferBody, quantity: int) -> OfferBody:
        price, special = draft.price[body.sku]
        return msgspec.structs.replace(
            body,
            quantity=quantity,
            price=Decimal(price),
            special_price=None if special is None else Decimal(special),
        )

    own = offered(draft.content, sum(draft.stock.values()))
    assert isinstance(own, FamilyBody)
    own.available = 1
    own.variations = [offered(each, draft.stock[each.sku]) for each in own.variations]
    return msgspec.json.Encoder(decimal_format="number").encode(own)


def as_text(draft: FamilyDraft) -> bytes | None:
    """The body, made of the content as the ledger keeps it."""
    content = encode_content(draft.content)
    return full_body(draft.sku, content, draft.stock, draft.price)


@given(products())
def test_text_and_objects_agree(product: StoreProduct) -> None:
    draft = drafted(product)
    assert as_text(draft) == as_objects(draft)


HOSTILE = ['{"sku":"CAM-1","quantity":9}', '"', "\\", '"variations":[{"sku":', "\u2028{", "a\x1fb"]


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_that_look_like_a_body_stay_texts(text: str) -> None:
    draft = drafted(a_shirt(name=text, description=text, brand=text, sku=f"S-{text}"))
    assert as_text(draft) == as_objects(draft)


def test_a_content_of_other_skus_is_left_alone() -> None:
    draft = drafted(a_family(P=1, M=2))
    content = encode_content(draft.content)
    assert full_body("CAM-2", content, draft.stock, draft.price) is None
    assert full_body(draft.sku, content, {"CAM-1-P": 1}, draft.price) is None
    assert full_body(draft.sku, content, {"CAM-1-P": 1, "CAM-1-X": 2}, draft.price) is None
