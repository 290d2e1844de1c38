"""What an audit found, in the words of people: on the page, in the document and in the sheet."""

import re
from datetime import datetime

from babel.dates import format_time

from ponte.domain.comparison import Field
from ponte.services.audits import Figures
from ponte_ui.formats import day, money, number, zone
from ponte_ui.language import _, current_language, mark, ngettext

FIELD_NAMES = {
    Field.STOCK: mark("Estoque"),
    Field.PRICE: mark("Preço"),
    Field.SPECIAL_PRICE: mark("Preço promocional"),
    Field.PRICE_TABLE: mark("Preço do canal"),
    Field.AVAILABLE: mark("À venda"),
    Field.NAME: mark("Nome"),
    Field.EXTERNAL: mark("Código externo"),
    Field.EAN: mark("EAN"),
    Field.NCM: mark("NCM"),
    Field.BRAND: mark("Marca"),
    Field.MODEL: mark("Modelo"),
    Field.DESCRIPTION: mark("Descrição"),
    Field.SHORT_DESCRIPTION: mark("Descrição curta"),
    Field.WARRANTY_TIME: mark("Garantia (meses)"),
    Field.WARRANTY_MESSAGE: mark("Texto da garantia"),
    Field.HANDLING_TIME: mark("Prazo de manuseio (dias)"),
    Field.COST: mark("Custo"),
    Field.LINK: mark("Link"),
    Field.LENGTH: mark("Comprimento (cm)"),
    Field.WIDTH: mark("Largura (cm)"),
    Field.HEIGHT: mark("Altura (cm)"),
    Field.WEIGHT: mark("Peso (kg)"),
    Field.CATEGORY_MISSING: mark("Categoria que falta"),
    Field.CATEGORY_EXTRA: mark("Categoria a mais"),
    Field.ATTRIBUTE: mark("Atributo"),
    Field.ATTRIBUTE_MISSING: mark("Atributo que falta"),
    Field.ATTRIBUTE_EXTRA: mark("Atributo a mais"),
    Field.PHOTO_PLACE: mark("Ordem da foto"),
    Field.PHOTO_MISSING: mark("Foto que falta"),
    Field.PHOTO_EXTRA: mark("Foto a mais"),
    Field.VARIATION_MISSING: mark("Variação que falta"),
    Field.VARIATION_EXTRA: mark("Variação a mais à venda"),
    Field.PRODUCT_MISSING: mark("Produto que falta"),
    Field.ONLY_IN_HUB: mark("Só existe no Plugg.to"),
}

_MONEY = frozenset({Field.PRICE, Field.SPECIAL_PRICE, Field.COST})
_FIGURES = frozenset(
    {
        Field.STOCK,
        Field.WARRANTY_TIME,
        Field.HANDLING_TIME,
        Field.LENGTH,
        Field.WIDTH,
        Field.HEIGHT,
        Field.WEIGHT,
    }
)
_FIGURE = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?")
_CENTS = 2
_MOST_PLACES = 10

STATE_NAMES = {
    "open": mark("A reparar"),
    "asked": mark("Na fila do reparo"),
    "sent": mark("Sendo enviado"),
    "repaired": mark("Reparado"),
    "gone": mark("Já não difere"),
    "note": mark("Informação"),
}

HOW_MEASURED = mark(
    "A lista do Plugg.to foi lida uma vez, por inteiro, e cada produto foi comparado com o que a"
    " loja respondeu naquele momento. O que não apareceu na lista foi procurado pelo SKU. O que"
    " estava sendo alterado durante a leitura foi lido de novo, nos dois lados, antes de contar"
    " como diferença. As horas são as de %(zone)s."
)


def how_measured() -> str:
    """How an audit finds out, for its reports."""
    return _(HOW_MEASURED) % {"zone": zone().key}


def sentence(figures: Figures) -> str:
    """The result in one sentence: on this day, so many of so many were equal."""
    return ngettext(
        "Em %(day)s às %(time)s, %(equal)s de %(compared)s SKU estava igual.",
        "Em %(day)s às %(time)s, %(equal)s de %(compared)s SKUs estavam iguais.",
        figures.compared,
    ) % {
        "day": day(figures.ended_at),
        "time": clock(figures.ended_at),
        "equal": number(figures.equal),
        "compared": number(figures.compared),
    }


def cut_note(figures: Figures, kept: int) -> str:
    """That of a run's differences only `kept` rows were kept, with how many there were; "" where
    all were."""
    if figures.differences <= kept:
        return ""
    return _("Só as primeiras %(kept)s de %(total)s diferenças foram guardadas.") % {
        "kept": number(kept),
        "total": number(figures.differences),
    }


def clock(moment: datetime | None) -> str:
    """14:30, local; nothing where there is no time."""
    if moment is None:
        return ""
    return format_time(moment, "HH:mm", tzinfo=zone(), locale=current_language())


def field_name(field: str) -> str:
    """What a field is called; its own name where it is a later version's."""
    return _(FIELD_NAMES[Field(field)]) if field in FIELD_NAMES else field


def state_name(state: str) -> str:
    """What a state of repair is called."""
    return _(STATE_NAMES[state]) if state in STATE_NAMES else state


def value_text(field: str, value: str) -> str:
    """A value as people read it: money and figures in the page's language, yes or no for what is on
    sale. What is no figure stays as it is."""
    if field == Field.AVAILABLE:
        return _("sim") if value == "1" else _("não")
    if field not in _MONEY | _FIGURES or not _FIGURE.fullmatch(value):
        return value
    # Never rounded: two values that differ must not look equal.
    if field in _MONEY and len(value.partition(".")[2].rstrip("0")) <= _CENTS:
        return money(value)
    return number(value, _MOST_PLACES)


def counts(figures: Figures) -> list[tuple[str, int]]:
    """The figures behind the sentence, each with its name."""
    return [
        (_("SKUs comparados"), figures.compared),
        (_("SKUs iguais"), figures.equal),
        (_("SKUs diferentes"), figures.different),
        (_("SKUs que faltam no Plugg.to"), figures.missing),
        (_("SKUs ainda em alteração ao fim"), figures.moving),
        (_("Produtos com diferença"), figures.products_different),
        (_("Campos diferentes"), figures.differences - figures.only_in_hub),
        (_("Produtos que só existem no Plugg.to"), figures.only_in_hub),
    ]
