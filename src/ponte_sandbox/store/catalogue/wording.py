"""Descriptions in Portuguese, HTML as merchants paste it: headings, lists, tables."""

import random

from ponte_sandbox.store.catalogue.assortment import Kind

_OPENINGS = (
    "Conforto e praticidade para o seu dia a dia.",
    "Feito para durar, com o capricho que você merece.",
    "O queridinho dos nossos clientes está de volta!",
    "Qualidade brasileira com preço justo.",
    "Ideal para presentear quem você ama.",
)
_BENEFITS = (
    "Acabamento reforçado e materiais selecionados",
    "Fácil de limpar e de guardar",
    "Embalagem segura, pronta para presente",
    "Produzido no Brasil com controle de qualidade",
    "Design moderno que combina com tudo",
    "Ótima durabilidade mesmo com uso frequente",
    "Leve, prático e versátil",
    "Envio imediato com nota fiscal",
)
_CARE = (
    "Conserve em local seco e arejado.",
    "Siga as instruções da embalagem antes do primeiro uso.",
    "Em caso de dúvida, fale com o nosso atendimento.",
)


def describe(kind: Kind, name: str, brand: str, chance: random.Random) -> str:
    """An HTML description of about a kilobyte."""
    benefits = chance.sample(_BENEFITS, 3)
    items = "".join(f"<li>{benefit}</li>" for benefit in benefits)
    department = kind.path.rpartition(" > ")[2]
    return (
        f"<h2>{name}</h2><p>{chance.choice(_OPENINGS)}</p>"
        f"<p>A <strong>{brand}</strong> apresenta <em>{name}</em>, da linha {department}.</p>"
        f"<ul>{items}</ul><table><tr><th>Marca</th><td>{brand}</td></tr>"
        f"<tr><th>Garantia</th><td>{_warranty(kind.warranty_months)}</td></tr></table>"
        f"<p>{chance.choice(_CARE)}</p>"
    )


def stretch(description: str, length: int) -> str:
    """The description, repeated up to exactly `length` characters, as from a careless import."""
    return (description * (length // len(description) + 1))[:length]


def _warranty(months: int) -> str:
    if not months:
        return "Conforme o Código de Defesa do Consumidor"
    return "1 mês" if months == 1 else f"{months} meses"
