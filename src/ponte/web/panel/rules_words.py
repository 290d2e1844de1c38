"""What rules, faults and their effects are called."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from msgspec import Struct

from ponte.domain.applying_rules import LeftOut
from ponte.domain.rule_effects import Example, Field
from ponte.domain.rules import (
    Fault,
    FaultCode,
    Pausable,
    PriceRounding,
    Removed,
    ReportMode,
    RuleChange,
    Unpublished,
    WeightUnit,
)
from ponte_ui.formats import NOTHING, money, number
from ponte_ui.language import _, mark

RULE_NAMES = {
    "report_mode": mark("Como as notas e os envios vão"),
    "order_tolerance": mark("Tolerância do total dos pedidos"),
    "reserve_units": mark("Estoque guardado, em unidades"),
    "reserve_percent": mark("Estoque guardado, em porcentagem"),
    "stock_ceiling": mark("Estoque máximo anunciado"),
    "price_percent": mark("Acréscimo ou desconto, em porcentagem"),
    "price_amount": mark("Acréscimo ou desconto, em R$"),
    "price_rounding": mark("Arredondamento dos preços"),
    "price_tables": mark("Preços por canal"),
    "only_categories": mark("Só estas categorias"),
    "except_categories": mark("Menos estas categorias"),
    "only_brands": mark("Só estas marcas"),
    "except_brands": mark("Menos estas marcas"),
    "only_skus": mark("Só estes SKUs"),
    "except_skus": mark("Menos estes SKUs"),
    "unpublished": mark("Produtos não publicados na loja"),
    "removed": mark("Produtos removidos da loja"),
    "default_brand": mark("Marca padrão"),
    "default_warranty_months": mark("Garantia padrão, em meses"),
    "default_warranty_message": mark("Mensagem de garantia padrão"),
    "default_handling_days": mark("Prazo de manuseio padrão, em dias"),
    "longest_handling_days": mark("Prazo de manuseio máximo, em dias"),
    "weight_unit": mark("Unidade dos pesos da loja"),
}
CHOICES: Mapping[str, Mapping[str, str]] = {
    "report_mode": {
        ReportMode.IN_STEPS: mark("Em etapas: Faturado, depois Despachado"),
        ReportMode.AT_ONCE: mark("Em um passo: Entrega informada"),
    },
    "price_rounding": {
        PriceRounding.NONE: mark("Nenhum"),
        PriceRounding.TEN_CENTS: mark("Aos 10 centavos mais próximos"),
        PriceRounding.NINETY: mark("Terminar em ,90"),
        PriceRounding.NINETY_NINE: mark("Terminar em ,99"),
        PriceRounding.WHOLE: mark("Reais inteiros"),
    },
    "unpublished": {
        Unpublished.OFF_SALE: mark("Tirar de venda no Plugg.to"),
        Unpublished.WITHOUT_STOCK: mark("Enviar com estoque zero"),
        Unpublished.AS_PUBLISHED: mark("Vender mesmo assim, só nos canais"),
    },
    "removed": {
        Removed.OFF_SALE: mark("Tirar de venda no Plugg.to"),
        Removed.DELETE: mark("Excluir do Plugg.to"),
        Removed.LEAVE: mark("Deixar como estão no Plugg.to"),
    },
    "weight_unit": {
        WeightUnit.KILOGRAMS: mark("Quilos"),
        WeightUnit.GRAMS: mark("Gramas"),
    },
}
LOOP_NAMES = {
    Pausable.CATALOGUE: mark("Catálogo"),
    Pausable.ORDERS: mark("Pedidos"),
    Pausable.REPORTS: mark("Notas e envios"),
}
LOOP_NOTES = {
    Pausable.CATALOGUE: mark("Produtos, preços e estoques, da loja ao Plugg.to"),
    Pausable.ORDERS: mark("Pedidos aprovados, do Plugg.to à loja"),
    Pausable.REPORTS: mark("Notas fiscais e rastreios, da loja ao Plugg.to"),
}
LOOP_HARM = {
    Pausable.CATALOGUE: mark(
        "Pausar o catálogo? Enquanto estiver pausado, o estoque e os preços dos canais não mudam,"
        " e o que acabou na loja pode ser vendido."
    ),
    Pausable.ORDERS: mark(
        "Pausar os pedidos? Enquanto estiverem pausados, nenhum pedido entra na loja nem baixa o"
        " estoque dela; todos entram quando você retomar."
    ),
    Pausable.REPORTS: mark(
        "Pausar notas e envios? Enquanto estiverem pausados, os canais não ficam sabendo que você"
        " faturou e despachou, e podem contar atraso."
    ),
}
FIELD_NAMES = {
    Field.GOES: mark("Vai ao Plugg.to"),
    Field.STOCK: mark("Estoque"),
    Field.PRICE: mark("Preço"),
    Field.SPECIAL_PRICE: mark("Preço promocional"),
    Field.CHANNEL_PRICE: mark("Preço do canal"),
    Field.BRAND: mark("Marca"),
    Field.WARRANTY_MONTHS: mark("Garantia (meses)"),
    Field.WARRANTY_MESSAGE: mark("Mensagem de garantia"),
    Field.HANDLING_DAYS: mark("Manuseio (dias)"),
    Field.WEIGHT: mark("Peso (kg)"),
    Field.REMOVED: mark("Removido da loja"),
}
_REASONS = {
    LeftOut.UNPUBLISHED: mark("não: não publicado"),
    LeftOut.CATEGORY: mark("não: pela categoria"),
    LeftOut.BRAND: mark("não: pela marca"),
    LeftOut.SKU: mark("não: pelo SKU"),
}
_MONEY = frozenset({Field.PRICE, Field.SPECIAL_PRICE, "price_amount", "order_tolerance"})
_PERCENT = frozenset({"price_percent", "reserve_percent"})
_COUNTS = frozenset(
    {
        *("reserve_units", "stock_ceiling", "default_warranty_months", "default_handling_days"),
        *("longest_handling_days", Field.STOCK, Field.WARRANTY_MONTHS, Field.HANDLING_DAYS),
    }
)
# A list of SKUs may have thousands.
_SHOWN_ENTRIES = 5


class Spoken(Struct, frozen=True):
    """Something before and after, in words."""

    what: str
    before: str
    after: str


def spoken_change(change: RuleChange) -> Spoken:
    """A rule that changes."""
    name = change.rule
    # A rule that another version of Ponte brought has only its name.
    what = _(RULE_NAMES[name]) if name in RULE_NAMES else name
    return Spoken(what, _rule_value(name, change.before), _rule_value(name, change.after))


def spoken_example(example: Example) -> Spoken:
    """A field of a product that changes."""
    return Spoken(
        _(FIELD_NAMES[example.field]),
        _field_value(example.field, example.before),
        _field_value(example.field, example.after),
    )


def fault_text(fault: Fault) -> str:
    """What is wrong with a field, and how it is right."""
    most = NOTHING if fault.most is None else number(fault.most, 2)
    if fault.code is FaultCode.OUT_OF_RANGE:
        return _("Informe um valor entre %(least)s e %(most)s.") % {
            "least": number(fault.least, 2),
            "most": most,
        }
    if fault.code is FaultCode.TOO_MANY_PLACES:
        return _("Use no máximo duas casas depois da vírgula.")
    if fault.code is FaultCode.TOO_LONG:
        return _("Use no máximo %(most)s caracteres.") % {"most": most}
    if fault.code is FaultCode.TOO_MANY and fault.field == "price_tables":
        return _("Use no máximo %(most)s linhas.") % {"most": most}
    if fault.code is FaultCode.TOO_MANY:
        return _("Use no máximo %(most)s linhas; para mais, use categorias.") % {"most": most}
    if fault.code is FaultCode.IN_BOTH_LISTS:
        return _("“%(named)s” está nas duas listas; deixe em uma só.") % {"named": fault.named}
    if fault.code is FaultCode.TWICE:
        return _("“%(named)s” está duas vezes; deixe uma só.") % {"named": fault.named}
    return _("Há um caractere que não pode ser usado.")


def _rule_value(name: str, value: Any) -> str:
    if name in CHOICES:
        return _(CHOICES[name][value]) if value in CHOICES[name] else str(value)
    if name == "price_tables":
        tables = [f"{each['code']} {number(each['percent'], 2)} %" for each in value]
        return ", ".join(tables) or NOTHING
    if isinstance(value, (list, tuple)):
        shown = ", ".join(str(each) for each in value[:_SHOWN_ENTRIES])
        more = len(value) - _SHOWN_ENTRIES
        return (f"{shown} (+{number(more)})" if more > 0 else shown) or NOTHING
    if name in _PERCENT and value is not None:
        return f"{number(value, 2)} %"
    return _plain_value(name, value)


def _field_value(field: Field, value: str | None) -> str:
    if field is Field.GOES:
        return _("sim") if value is None else _(_REASONS[LeftOut(value)])
    if field is Field.REMOVED and value is not None:
        fates = CHOICES["removed"]
        return _(fates[value])
    if field is Field.CHANNEL_PRICE and value is not None:
        code, _sign, amount = value.rpartition(": ")
        told = f"{number(amount[:-2], 2)} %" if amount.endswith("%") else money(amount)
        return f"{code}: {told}"
    if field is Field.WEIGHT and value is not None:
        return number(Decimal(value), 4)
    return _plain_value(field, value)


def _plain_value(name: str, value: Any) -> str:
    if value in (None, ""):
        return NOTHING
    if name in _MONEY:
        return money(value)
    return number(value) if name in _COUNTS else str(value)
