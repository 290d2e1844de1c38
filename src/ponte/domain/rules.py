"""What a merchant decides about the connection; everything has a default that is safe."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct


class ReportMode(StrEnum):
    """How the store's facts reach the hub."""

    # R6 and R7: Faturado, then Despachado.
    IN_STEPS = "in_steps"
    # R8: Entrega informada, once, with invoice and dispatch.
    AT_ONCE = "at_once"


class MerchantRules(Struct, frozen=True):
    """The rules of one connection, stored as a JSON object."""

    report_mode: ReportMode = ReportMode.IN_STEPS
    # Reais by which an order's parts may miss its total. Five cents cover what marketplaces' own
    # rounding of instalments and discounts produces in the Olist sample.
    order_tolerance: Decimal = Decimal("0.05")
